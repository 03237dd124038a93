import { Suspense, useCallback, useEffect, useMemo, useState } from "react";
import { LoadError } from "@/components/load-error";
import { Loading } from "@/components/loading";
import { Skeleton } from "@/components/ui/skeleton";
import type { Message, Peer } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { useOutbox } from "./chat-provider";
import { MessageComposer } from "./message-composer";
import { useCanSend, useConversation, useReadyFromUnread } from "./use-conversation";

// By far the heaviest part of the page: it comes while the messages do.
const loadList = () => import("./message-list");
const MessageList = lazyPart(() => loadList().then((list) => ({ default: list.MessageList })));
const MessageEditor = lazyPart(() => import("./message-editor"));

/** The messages with one person, and where to write the next. */
export function Conversation({ peer }: { peer: Peer }) {
  const query = useConversation(peer.id);
  const pages = query.data?.pages;
  const newest = pages?.[0];
  const messages = useMemo(
    () => (pages ?? []).toReversed().flatMap((page) => page.messages),
    [pages],
  );
  const ready = useReadyFromUnread(query);
  const me = useMe();
  const [editing, setEditing] = useState<Message | null>(null);
  // What is deleted meanwhile, on another device, can't be changed any more.
  const edited = messages.find(
    (message) => message.id === editing?.id && message.from === me.id && !message.deleted,
  );
  const editLast = () => {
    setEditing(messages.findLast(({ from, deleted }) => from === me.id && !deleted) ?? null);
  };
  const canSend = useCanSend(peer.id, newest !== undefined);
  const { hasNextPage, fetchNextPage } = query;
  const anyWaiting = useOutbox(peer.id).length > 0;
  const onlyWaiting = anyWaiting && !newest && query.fetchStatus === "paused";
  const loadOlder = useCallback(() => void fetchNextPage(), [fetchNextPage]);

  useEffect(() => {
    // What is lost here is asked for again when it is to be shown.
    loadList().catch(() => undefined);
  }, []);

  return (
    <>
      {!ready && !query.isLoadingError && !onlyWaiting && (
        <Loading query={query}>
          <ConversationSkeleton />
        </Loading>
      )}
      {onlyWaiting && (
        <Suspense fallback={<ConversationSkeleton />}>
          <MessageList
            peer={peer}
            messages={[]}
            readUpTo={null}
            peerReadUpTo={null}
            canSend={canSend}
            // What came before is there once there is a network.
            loadOlder={nothing}
            isLoadingOlder={false}
            onEdit={null}
          />
        </Suspense>
      )}
      {query.isLoadingError && (
        <div className="min-h-0 flex-1">
          <LoadError error={query.error} retry={query.refetch} />
        </div>
      )}
      {ready && newest && (
        <Suspense fallback={<ConversationSkeleton />}>
          <MessageList
            peer={peer}
            messages={messages}
            readUpTo={newest.readUpTo}
            peerReadUpTo={newest.peerReadUpTo}
            canSend={canSend}
            loadOlder={hasNextPage ? loadOlder : null}
            isLoadingOlder={query.isFetchingNextPage}
            onEdit={canSend ? setEditing : null}
          />
        </Suspense>
      )}
      {canSend && edited && (
        <Suspense>
          <MessageEditor key={edited.id} message={edited} onDone={() => setEditing(null)} />
        </Suspense>
      )}
      {canSend && !edited && <MessageComposer peer={peer} onEditLast={editLast} />}
      {!canSend && (
        <p
          role="status"
          className="border-t border-line bg-surface px-6 pt-5 pb-[calc(1.25rem+env(safe-area-inset-bottom))] text-center text-pretty text-ink-soft"
        >
          {peer.username === null ? t.chat.peerGone : t.chat.notFriends}
        </p>
      )}
    </>
  );
}

const nothing = () => {};

export function ConversationSkeleton() {
  return (
    <div
      role="status"
      className="mx-auto flex w-full max-w-3xl min-h-0 flex-1 flex-col justify-end gap-3 p-4 sm:px-6"
    >
      <span className="sr-only">{t.actions.loading}</span>
      <Skeleton className="h-10 w-3/5 rounded-[1.25rem]" />
      <Skeleton className="h-16 w-1/2 rounded-[1.25rem]" />
      <Skeleton className="h-10 w-2/5 self-end rounded-[1.25rem]" />
      <Skeleton className="h-10 w-1/3 rounded-[1.25rem]" />
      <Skeleton className="h-14 w-1/2 self-end rounded-[1.25rem]" />
    </div>
  );
}
