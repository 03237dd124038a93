import { useState } from "react";
import type { Message, Peer } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { nameOf } from "@/lib/names";
import { useIsTyping } from "./chat-provider";

/** Reads out what arrives while the chat is open, and who is typing; nothing of what was there before. */
export function Announcer({ messages, peer }: { messages: Message[]; peer: Peer }) {
  const newest = messages.findLast((message) => message.from === peer.id);
  const [first] = useState(newest?.id);
  const isNews = newest !== undefined && newest.id !== first && !newest.deleted;
  const typing = useIsTyping(peer.id);
  return (
    <>
      <p role="status" className="sr-only">
        {isNews
          ? t.chat.saying(nameOf(peer), newest.text || t.pictures.count(newest.media.length))
          : ""}
      </p>
      <p role="status" className="sr-only">
        {typing ? t.chat.isTyping(nameOf(peer)) : ""}
      </p>
    </>
  );
}
