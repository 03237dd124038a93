import { useEffect, useRef, useState } from "react";
import type { Message } from "@/lib/api/types";
import { isNewer } from "@/lib/positions";
import { useChat } from "./chat-provider";

/** Says that the newest message of the other was read, while the chat is on a visible screen. */
export function useMarkRead(
  peer: string,
  newest: Message | undefined,
  readUpTo: string | null | undefined,
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
    // Nothing was loaded yet, or it was read on an earlier visit or another device.
    if (!visible || !newest || readUpTo === undefined) return;
    if (!isNewer(newest.position, readUpTo) || !isNewer(newest.position, marked.current)) return;
    marked.current = newest.position;
    void chat.markRead(peer, newest.position);
  }, [chat, peer, newest, readUpTo, visible]);
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
