import { useEffect, useRef, useState } from "react";
import { t } from "@/lib/messages";
import { countInTitle } from "@/lib/unread-title";
import { useChat } from "./chat-provider";
import { useUnreadTotal } from "./use-sidebar";

/** Lets people notice a message wherever they are: in the tab's title, on the app's icon, and read out. */
export function ChatNotices() {
  useCountInTitle(useUnreadTotal());
  const { arrivals } = useChat();
  const [name, setName] = useState("");
  useEffect(() => arrivals.subscribe(setName), [arrivals]);
  return (
    <p role="status" className="sr-only">
      {name && t.chat.arrived(name)}
    </p>
  );
}

function useCountInTitle(unread: number): void {
  const counted = useRef<ReturnType<typeof countInTitle>>(null);
  useEffect(() => {
    const started = countInTitle();
    counted.current = started;
    return () => started.stop();
  }, []);
  useEffect(() => counted.current?.show(unread), [unread]);
}
