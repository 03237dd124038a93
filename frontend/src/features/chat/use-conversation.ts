import {
  type InfiniteData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { http } from "@/lib/api/client";
import type { Message, Messages } from "@/lib/api/types";
import { chatPosition } from "@/lib/live/live-client";
import { sequenceOf } from "@/lib/positions";
import { keys } from "@/lib/query";
import { changeConversation, type MessagePage, reachesUnread } from "./cache";
import { useChat } from "./chat-provider";

const PAGE = 40;
/** Who goes back goes far. */
const OLDER_PAGE = 100;
/** So many are loaded at most to begin at the first message that wasn't read: about a thousand messages. */
const MOST_UNREAD_PAGES = 10;

export function useConversation(peer: string | undefined) {
  const chat = useChat();
  const queries = useQueryClient();
  return useInfiniteQuery({
    queryKey: keys.conversation(peer ?? ""),
    queryFn: async ({ pageParam, signal }): Promise<MessagePage> => {
      const { data, headers } = await http.get<Messages>(`/v1/conversations/${peer}/messages`, {
        params: pageParam ? { limit: OLDER_PAGE, cursor: pageParam } : { limit: PAGE },
        signal,
      });
      const messages = data.items.toSorted(
        (one, other) => sequenceOf(one.position) - sequenceOf(other.position),
      );
      const page: MessagePage = {
        messages,
        older: data.next_cursor,
        peer: data.peer,
        readUpTo: data.read_up_to,
        peerReadUpTo: data.peer_read_up_to,
      };
      if (pageParam === null) queries.setQueryData(keys.canSend(peer ?? ""), data.can_send);
      // Events that arrived while this was under way would be undone by it, so they come on top.
      const overtaken = chat
        .changesAfter(chatPosition(headers["echo-position"]))
        .filter((change) => pageParam === null || includes(page, change));
      return changeConversation(single(page), peer ?? "", overtaken).pages[0] ?? page;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.older,
    enabled: peer !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** How often a chat in sight that one may not write in asks whether that has changed. */
const ASK_AGAIN = 15_000;

/**
 * Whether one may write to somebody. It comes with the messages, and is asked for by itself when it
 * may have changed: they stay as they were, whoever is friends. Who becomes a friend again within a
 * day rings no bell, so nothing tells of it.
 */
export function useCanSend(peer: string, loaded: boolean): boolean {
  const { data } = useQuery({
    queryKey: keys.canSend(peer),
    queryFn: async ({ signal }) => {
      const path = `/v1/conversations/${peer}/messages`;
      return (await http.get<Messages>(path, { params: { limit: 1 }, signal })).data.can_send;
    },
    enabled: loaded,
    refetchInterval: ({ state }) => (state.data === false ? ASK_AGAIN : false),
  });
  return data ?? true;
}

/**
 * Loads back to the first message that wasn't read, where a chat opens. True once it is there, and
 * from then on: what comes later, or is loaded anew, moves nobody.
 */
export function useReadyFromUnread(query: ReturnType<typeof useConversation>): boolean {
  const { data, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = query;
  const [ready, setReady] = useState(false);
  const pages = data?.pages ?? [];
  const [newest] = pages;
  const oldest = pages.at(-1);
  const loaded = newest !== undefined && oldest !== undefined;
  const reached = loaded && (!hasNextPage || reachesUnread(newest, oldest));
  const enough = reached || pages.length > MOST_UNREAD_PAGES || isFetchNextPageError;
  useEffect(() => {
    if (!ready && loaded && !enough && !isFetching) void fetchNextPage();
  }, [ready, loaded, enough, isFetching, fetchNextPage]);
  if (!ready && loaded && enough) setReady(true);
  return ready && loaded;
}

const single = (page: MessagePage): InfiniteData<MessagePage, string | null> => ({
  pages: [page],
  pageParams: [null],
});

/** An older page takes changes to its own messages only; what is newer belongs to the first page. */
function includes(page: MessagePage, change: { kind: string; message?: Message }): boolean {
  const { message } = change;
  return (
    message !== undefined &&
    page.messages.some((each) => each.id === message.id && each.from === message.from)
  );
}
