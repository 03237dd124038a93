import { MessagesSquare } from "lucide-react";
import type { ReactNode } from "react";
import { NavLink } from "react-router";
import { Ago } from "@/components/ago";
import { Avatar } from "@/components/avatar";
import { EmptyState } from "@/components/empty-state";
import { LoadError } from "@/components/load-error";
import { CountBadge } from "@/components/ui/count-badge";
import { Skeleton } from "@/components/ui/skeleton";
import type { Peer, Sidebar } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { nameOf } from "@/lib/names";
import { paths } from "@/lib/paths";
import { useSidebar } from "./use-sidebar";

/** Chats first, newest first; then the friends one could begin one with. */
export function ChatSidebar() {
  const { data, isPending, error, refetch } = useSidebar();
  if (isPending) return <SidebarSkeleton />;
  if (!data) return <LoadError error={error} retry={refetch} />;
  if (data.recent.length === 0 && data.friends.length === 0) {
    return <EmptyState icon={<MessagesSquare />} title={t.chat.empty} hint={t.chat.emptyHint} />;
  }
  return (
    <div className="space-y-5 pb-4">
      {data.recent.length > 0 && (
        <section aria-label={t.chat.recent}>
          <ul>
            {data.recent.map((row) => (
              <li key={row.peer.id}>
                <RecentChat row={row} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {data.friends.length > 0 && (
        <section aria-labelledby="start-a-chat">
          <h2
            id="start-a-chat"
            className="px-3 pb-1 font-sans text-sm font-semibold tracking-normal text-ink-faint"
          >
            {t.chat.startWith}
          </h2>
          <ul>
            {data.friends.map(({ peer }) => (
              <li key={peer.id}>
                <ChatLink peer={peer}>
                  <span className="truncate font-semibold">{nameOf(peer)}</span>
                  <span className="truncate text-sm text-ink-faint">
                    {peer.username && `@${peer.username}`}
                  </span>
                </ChatLink>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function RecentChat({ row }: { row: Sidebar["recent"][number] }) {
  const me = useMe();
  const { peer, last_message: last, unread_count: unread } = row;
  const text = last.deleted ? t.chat.deleted : last.text;
  return (
    <ChatLink peer={peer}>
      <span className="flex items-baseline justify-between gap-3">
        <span className={cn("truncate", unread > 0 ? "font-bold" : "font-semibold")}>
          {nameOf(peer)}
        </span>
        <Ago at={last.sent_at} className="shrink-0 text-xs text-ink-faint" />
      </span>
      <span className="flex min-h-5 items-center justify-between gap-3">
        <span
          className={cn("truncate text-sm", unread > 0 ? "font-medium text-ink" : "text-ink-faint")}
        >
          {last.from === me.id && `${t.chat.you}: `}
          {text}
        </span>
        <CountBadge count={unread} label={t.nav.unread(unread)} />
      </span>
    </ChatLink>
  );
}

function ChatLink({ peer, children }: { peer: Peer; children: ReactNode }) {
  return (
    <NavLink
      to={paths.conversation(peer)}
      className="flex min-h-17 items-center gap-3 rounded-2xl px-3 py-2 hover:bg-sunken focus-visible:-outline-offset-2 aria-[current=page]:bg-brand-soft"
    >
      <Avatar person={peer} className="size-12" />
      <span className="flex min-w-0 flex-1 flex-col">{children}</span>
    </NavLink>
  );
}

function SidebarSkeleton() {
  return (
    <div role="status">
      <span className="sr-only">{t.actions.loading}</span>
      {["w-28", "w-36", "w-24", "w-32", "w-28"].map((width, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they never move
        <div key={i} className="flex min-h-17 items-center gap-3 px-3 py-2">
          <Skeleton className="size-12 rounded-full" />
          <div className="flex-1 space-y-2">
            <Skeleton className={`h-3.5 ${width}`} />
            <Skeleton className="h-3 w-4/5" />
          </div>
        </div>
      ))}
    </div>
  );
}
