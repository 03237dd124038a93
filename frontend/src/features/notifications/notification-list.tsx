import { Bell } from "lucide-react";
import { EmptyState } from "@/components/empty-state";
import { LoadError } from "@/components/load-error";
import { LongList } from "@/components/long-list";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { t } from "@/lib/messages";
import { NotificationLine } from "./notification-line";
import { useMarkSeen, useNotifications } from "./use-notifications";

/** All of them, newest first. To look at them is to have seen them. */
export function NotificationList() {
  const query = useNotifications();
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  useMarkSeen(items[0]);
  if (query.isPending) return <NotificationsSkeleton />;
  if (!query.data) return <LoadError error={query.error} retry={query.refetch} />;
  if (items.length === 0) {
    return (
      <EmptyState icon={<Bell />} title={t.notifications.empty} hint={t.notifications.emptyHint} />
    );
  }
  return (
    <>
      <LongList
        items={items}
        keyOf={(notification) => notification.id}
        label={t.notifications.title}
        className="space-y-0.5"
      >
        {(notification) => <NotificationLine notification={notification} />}
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
        <div key={width} className="flex items-start gap-3 px-3 py-3">
          <Skeleton className="size-11 rounded-full" />
          <div className="flex-1 space-y-2 pt-1">
            <Skeleton className={`h-3.5 ${width}`} />
            <Skeleton className="h-3 w-24" />
          </div>
        </div>
      ))}
    </div>
  );
}
