import { MessagesSquare, Search } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link, NavLink, useNavigate } from "react-router";
import { Ago } from "@/components/ago";
import { Avatar } from "@/components/avatar";
import { EmptyState } from "@/components/empty-state";
import { LoadError } from "@/components/load-error";
import { Button } from "@/components/ui/button";
import { CountBadge } from "@/components/ui/count-badge";
import { Input } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import type { Peer, Sidebar } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { cn } from "@/lib/cn";
import { isFound } from "@/lib/fold";
import { t } from "@/lib/messages";
import { nameOf } from "@/lib/names";
import { paths } from "@/lib/paths";
import { previewOf } from "@/lib/preview";
import { useIsTyping } from "./chat-provider";
import { PresenceDot } from "./presence-dot";
import { useSidebar } from "./use-sidebar";

/** Chats first, newest first; then the friends one could begin one with. */
export function ChatSidebar() {
  const { data, isPending, error, refetch } = useSidebar();
  const [filter, setFilter] = useState("");
  const navigate = useNavigate();
  if (isPending) return <SidebarSkeleton />;
  if (!data) return <LoadError error={error} retry={refetch} />;
  if (data.recent.length === 0 && data.friends.length === 0) {
    return (
      <EmptyState
        icon={<MessagesSquare />}
        title={t.chat.empty}
        hint={t.chat.emptyHint}
        action={<ToFriends />}
      />
    );
  }
  const matches = ({ peer }: { peer: Peer }) => isFound([peer.username, nameOf(peer)], filter);
  const recent = data.recent.filter(matches);
  const friends = data.friends.filter(matches);
  const first = recent[0] ?? friends[0];

  return (
    <>
      <search className="sticky top-0 z-10 block bg-surface px-3 pb-3">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (filter.trim() && first) void navigate(paths.conversation(first.peer));
          }}
          className="relative"
        >
          <Search
            aria-hidden="true"
            className="pointer-events-none absolute top-1/2 left-3.5 size-4.5 -translate-y-1/2 text-ink-faint"
          />
          <Input
            type="search"
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
            aria-label={t.chat.filter}
            placeholder={t.chat.filter}
            autoComplete="off"
            className="h-11 rounded-full bg-canvas pl-10.5"
          />
        </form>
      </search>
      <div className="space-y-5 px-2 pb-4">
        {!first && (
          <div role="status">
            <EmptyState
              icon={<Search />}
              title={t.chat.filterNone}
              hint={t.chat.filterNoneHint}
              action={<ToFriends />}
            />
          </div>
        )}
        {recent.length > 0 && (
          <section aria-label={t.chat.recent}>
            <ul>
              {recent.map((row) => (
                <li key={row.peer.id}>
                  <RecentChat row={row} />
                </li>
              ))}
            </ul>
          </section>
        )}
        {friends.length > 0 && (
          <section aria-labelledby="start-a-chat">
            <h2
              id="start-a-chat"
              className="px-3 pb-1 font-sans text-sm font-semibold tracking-normal text-ink-faint"
            >
              {t.chat.startWith}
            </h2>
            <ul>
              {friends.map(({ peer }) => (
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
            {data.more_friends && (
              <Button asChild variant="ghost" className="mt-1 w-full">
                <Link to={paths.friends}>{t.chat.allFriends}</Link>
              </Button>
            )}
          </section>
        )}
      </div>
    </>
  );
}

function ToFriends() {
  return (
    <Button asChild variant="soft">
      <Link to={paths.friends}>{t.chat.toFriends}</Link>
    </Button>
  );
}

function RecentChat({ row }: { row: Sidebar["recent"][number] }) {
  const me = useMe();
  const { peer, last_message: last, unread_count: unread } = row;
  const typing = useIsTyping(peer.id);
  return (
    <ChatLink peer={peer}>
      <span className="flex items-baseline justify-between gap-3">
        <span className={cn("truncate", unread > 0 ? "font-bold" : "font-semibold")}>
          {nameOf(peer)}
        </span>
        <Ago at={last.sent_at} className="shrink-0 text-xs text-ink-faint" />
      </span>
      <span className="flex min-h-5 items-center justify-between gap-3">
        {typing ? (
          <span className="truncate text-sm font-medium text-brand">{t.chat.typing}</span>
        ) : (
          <span
            className={cn(
              "truncate text-sm",
              unread > 0 ? "font-medium text-ink" : "text-ink-faint",
            )}
          >
            {last.from === me.id && `${t.chat.you}: `}
            {previewOf(last)}
          </span>
        )}
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
      <span className="relative shrink-0">
        <Avatar person={peer} className="size-12" />
        <PresenceDot user={peer.id} />
      </span>
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
