import { type InfiniteData, useInfiniteQuery } from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import type { Message, Messages } from "@/lib/api/types";
import { chatPosition } from "@/lib/live/live-client";
import { sequenceOf } from "@/lib/positions";
import { keys } from "@/lib/query";
import { changeConversation, type MessagePage } from "./cache";
import { useChat } from "./chat-provider";

const PAGE = 40;

export function useConversation(peer: string | undefined) {
  const chat = useChat();
  return useInfiniteQuery({
    queryKey: keys.conversation(peer ?? ""),
    queryFn: async ({ pageParam, signal }): Promise<MessagePage> => {
      const { data, headers } = await http.get<Messages>(`/v1/conversations/${peer}/messages`, {
        params: { limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) },
        signal,
      });
      const messages = data.items.toSorted(
        (one, other) => sequenceOf(one.position) - sequenceOf(other.position),
      );
      const page: MessagePage = {
        messages,
        older: data.next_cursor,
        peer: data.peer,
        canSend: data.can_send,
        readUpTo: data.read_up_to,
        peerReadUpTo: data.peer_read_up_to,
      };
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
