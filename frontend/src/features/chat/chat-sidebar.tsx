import { MessagesSquare, Search, X } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { EmptyState } from "@/components/empty-state";
import { LoadError } from "@/components/load-error";
import { Loading } from "@/components/loading";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { Skeleton } from "@/components/ui/skeleton";
import { Spinner } from "@/components/ui/spinner";
import type { Peer, Sidebar } from "@/lib/api/types";
import { isFound } from "@/lib/fold";
import { t } from "@/lib/messages";
import { nameOf } from "@/lib/names";
import { paths } from "@/lib/paths";
import { ChatLine, FriendLine, WaitingLine } from "./chat-line";
import { useWaitingPeers } from "./chat-provider";
import { useOlderChats } from "./use-older-chats";
import { useSidebar } from "./use-sidebar";

/** Chats first, newest first; then the friends one could begin one with. */
export function ChatSidebar() {
  const query = useSidebar();
  const { data, isPending, error, refetch } = query;
  if (isPending) {
    return (
      <>
        {query.fetchStatus === "paused" && <WaitingChats />}
        <Loading query={query}>
          <SidebarSkeleton />
        </Loading>
      </>
    );
  }
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
  return <Chats sidebar={data} />;
}

/** What one has written that isn't sent, while the chats themselves can't be asked for. */
function WaitingChats() {
  const peers = useWaitingPeers();
  if (peers.length === 0) return null;
  return (
    <section aria-label={t.chat.waiting} className="px-2">
      <ul>
        {peers.map((peer) => (
          <li key={peer.id}>
            <WaitingLine peer={peer} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Chats({ sidebar }: { sidebar: Sidebar }) {
  const [filter, setFilter] = useState("");
  const [older, setOlder] = useState(false);
  const navigate = useNavigate();
  const searching = filter.trim() !== "";
  const rest = useOlderChats(sidebar, older, searching);
  const matches = ({ peer }: { peer: Peer }) => isFound([peer.username, nameOf(peer)], filter);
  const recent = [...sidebar.recent, ...rest.chats].filter(matches);
  const chatting = new Set(recent.map(({ peer }) => peer.id));
  const friends = sidebar.friends.filter((row) => matches(row) && !chatting.has(row.peer.id));
  const first = recent[0] ?? friends[0];

  return (
    <>
      <ChatFilter
        value={filter}
        onChange={setFilter}
        onSubmit={() => {
          if (searching && first) void navigate(paths.conversation(first.peer));
        }}
      />
      <div className="space-y-5 px-2 pb-4">
        {!first && !rest.isLoading && (
          <div role="status">
            <EmptyState
              icon={<Search />}
              title={t.chat.filterNone}
              hint={sidebar.more_friends ? t.chat.filterNoneOfMany : t.chat.filterNoneHint}
              action={<ToFriends />}
            />
          </div>
        )}
        {recent.length > 0 && (
          <section aria-label={t.chat.recent}>
            <ul>
              {recent.map((row) => (
                <li key={row.peer.id}>
                  <ChatLine row={row} />
                </li>
              ))}
            </ul>
          </section>
        )}
        {rest.isLoading && (
          <p
            role="status"
            className="flex items-center justify-center gap-2 py-2 text-sm text-ink-faint"
          >
            <Spinner className="text-brand" />
            {searching ? t.chat.searchingOlder : t.actions.loading}
          </p>
        )}
        {sidebar.more_recent && !rest.isLoading && (!older || rest.loadMore) && (
          <Button
            variant="ghost"
            className="w-full"
            onClick={() => {
              setOlder(true);
              rest.loadMore?.();
            }}
          >
            {t.chat.olderChats}
          </Button>
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
                  <FriendLine peer={peer} />
                </li>
              ))}
            </ul>
            {sidebar.more_friends && (
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

interface ChatFilterProps {
  value: string;
  onChange: (value: string) => void;
  onSubmit: () => void;
}

function ChatFilter({ value, onChange, onSubmit }: ChatFilterProps) {
  return (
    <search className="sticky top-0 z-10 block bg-surface px-5 pt-0.5 pb-3">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
        className="relative"
      >
        <Search
          aria-hidden="true"
          className="pointer-events-none absolute start-3.5 top-1/2 size-4.5 -translate-y-1/2 text-ink-faint"
        />
        <Input
          type="search"
          dir="auto"
          value={value}
          onChange={(event) => onChange(event.target.value)}
          aria-label={t.chat.filter}
          placeholder={t.chat.filter}
          autoComplete="off"
          className="h-11 rounded-full bg-canvas ps-10.5 pe-11 [&::-webkit-search-cancel-button]:hidden"
        />
        {value !== "" && (
          <button
            type="button"
            aria-label={t.chat.clearFilter}
            onClick={() => onChange("")}
            className="absolute end-0 top-0 grid size-11 place-items-center rounded-full text-ink-faint hover:text-ink focus-visible:-outline-offset-2"
          >
            <X aria-hidden="true" className="size-4.5" />
          </button>
        )}
      </form>
    </search>
  );
}

function ToFriends() {
  return (
    <Button asChild variant="soft">
      <Link to={paths.friends}>{t.chat.toFriends}</Link>
    </Button>
  );
}

function SidebarSkeleton() {
  return (
    <div role="status">
      <span className="sr-only">{t.actions.loading}</span>
      {["w-28", "w-36", "w-24", "w-32", "w-28"].map((width, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they never move
        <div key={i} className="flex min-h-17 items-center gap-3 px-5 py-2">
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
