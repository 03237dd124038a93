import { useEffect, useRef, useState } from "react";
import type { Message, Sidebar } from "@/lib/api/types";
import { isNewer } from "@/lib/positions";
import { useChat } from "./chat-provider";

/** Says that the newest message of the other was read, while the chat is on a visible screen. */
export function useMarkRead(
  peer: string,
  newest: Message | undefined,
  sidebar: Sidebar | undefined,
): void {
  const chat = useChat();
  const visible = useVisible();
  const marked = useRef<string | null>(null);

  useEffect(() => {
    if (!visible) return;
    chat.reading = peer;
    return () => {
      chat.reading = null;
    };
  }, [chat, peer, visible]);

  useEffect(() => {
    if (!visible || !newest || !sidebar) return;
    if (marked.current === null) {
      const row = sidebar.recent.find((each) => each.peer.id === peer);
      // Read on an earlier visit: nothing to say until something new arrives.
      if (row?.unread_count === 0) marked.current = newest.position;
    }
    if (marked.current !== null && !isNewer(newest.position, marked.current)) return;
    marked.current = newest.position;
    void chat.markRead(peer, newest.position);
  }, [chat, peer, newest, sidebar, visible]);
}

function useVisible(): boolean {
  const [visible, setVisible] = useState(document.visibilityState === "visible");
  useEffect(() => {
    const update = () => setVisible(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", update);
    return () => document.removeEventListener("visibilitychange", update);
  }, []);
  return visible;
}
