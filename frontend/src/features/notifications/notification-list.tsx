import { Bell } from "lucide-react";
import type { ReactNode } from "react";
import { EmptyState } from "@/components/empty-state";
import { LoadError } from "@/components/load-error";
import { Loading } from "@/components/loading";
import { LongList } from "@/components/long-list";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import type { Person } from "@/lib/api/types";
import { useTimeText } from "@/lib/clock";
import { t } from "@/lib/messages";
import { NotificationLine } from "./notification-line";
import { inSections } from "./sections";
import { useMarkSeen, useNotifications } from "./use-notifications";

interface NotificationListProps {
  /** What can be answered to a friend request. */
  answers: (person: Person) => ReactNode;
  /** The level of the headings above what is new, of today, and older. */
  headings: "h2" | "h3";
}

/** All of them, newest first. To look at them is to have seen them. */
export function NotificationList({ answers, headings: Heading }: NotificationListProps) {
  const query = useNotifications();
  const today = useTimeText((now) => new Date(now).toDateString());
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  useMarkSeen(items[0]);
  if (query.isPending) {
    return (
      <Loading query={query}>
        <NotificationsSkeleton />
      </Loading>
    );
  }
  if (!query.data) return <LoadError error={query.error} retry={query.refetch} />;
  if (items.length === 0) {
    return (
      <EmptyState icon={<Bell />} title={t.notifications.empty} hint={t.notifications.emptyHint} />
    );
  }
  return (
    <>
      <LongList
        items={inSections(items, today)}
        keyOf={(row) => (row.type === "heading" ? row.section : row.notification.id)}
        label={t.notifications.title}
      >
        {(row) =>
          row.type === "heading" ? (
            <Heading className="px-3 pt-2 pb-1 font-sans text-sm font-bold tracking-normal text-ink-soft">
              {t.notifications.sections[row.section]}
            </Heading>
          ) : (
            <NotificationLine notification={row.notification} answers={answers} />
          )
        }
      </LongList>
      {query.hasNextPage && (
        <Button
          variant="ghost"
          className="mt-1 w-full"
          pending={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t.actions.loadMore}
        </Button>
      )}
    </>
  );
}

function NotificationsSkeleton() {
  return (
    <div role="status">
      <span className="sr-only">{t.actions.loading}</span>
      {["w-4/5", "w-3/5", "w-2/3", "w-3/4"].map((width) => (
        <div key={width} className="flex items-center gap-3 px-3 py-2">
          <Skeleton className="size-11 rounded-full" />
          <div className="flex-1 space-y-2">
            <Skeleton className={`h-3.5 ${width}`} />
            <Skeleton className="h-3 w-24" />
          </div>
        </div>
      ))}
    </div>
  );
}
