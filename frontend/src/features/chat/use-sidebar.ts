import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { http } from "@/lib/api/client";
import type { Sidebar } from "@/lib/api/types";
import { chatPosition } from "@/lib/live/live-client";
import { keys } from "@/lib/query";
import { changeSidebar, unreadTotal } from "./cache";
import { useChat } from "./chat-provider";

export function useSidebar() {
  const chat = useChat();
  return useQuery({
    queryKey: keys.sidebar,
    queryFn: async ({ signal }) => {
      const { data, headers } = await http.get<Sidebar>("/v1/chat/sidebar", { signal });
      const position = chatPosition(headers["echo-position"]);
      if (position) chat.seed(position);
      return changeSidebar(data, chat.changesAfter(position), { reading: chat.reading }).sidebar;
    },
    // Events keep it true; what they miss, sync finds.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useUnreadTotal(): number {
  return unreadTotal(useSidebar().data);
}

/** Watches whether those one chats with, or could, are online. */
export function useWatchedPresence(): void {
  const { presence } = useChat();
  const { data } = useSidebar();
  useEffect(() => {
    if (data) presence.watch([...data.recent, ...data.friends].map(({ peer }) => peer.id));
  }, [presence, data]);
}
