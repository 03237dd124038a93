import { useEffect, useRef, useState } from "react";
import type { Message } from "@/lib/api/types";
import { useAttentive } from "@/lib/attention";
import { isNewer } from "@/lib/positions";
import { isUnread } from "./cache";
import { useChat } from "./chat-provider";

/** Before the first message of all. */
const BEGINNING = "c0";

interface Unread {
  peer: string;
  messages: Message[];
  readUpTo: string | null;
}

/** The position after which the unread messages begin, as one came or since one looked elsewhere; null where there are none. */
export function useUnreadAfter({ peer, messages, readUpTo }: Unread) {
  return useState(() =>
    messages.some((message) => isUnread(message, peer, readUpTo)) ? (readUpTo ?? BEGINNING) : null,
  );
}

interface Reading extends Unread {
  /** The newest message of the other that is on screen. */
  shown: string | undefined;
  atEnd: boolean;
  setUnreadAfter: (after: string | null) => void;
}

/**
 * Says how far one has read: up to the newest message that was really on screen, in a window that
 * is visible and has the focus. Returns how many are left.
 */
export function useReading(reading: Reading): number {
  const { peer, messages, readUpTo, shown, atEnd, setUnreadAfter } = reading;
  const chat = useChat();
  const attentive = useAttentive();
  const following = attentive && atEnd;
  const unread = messages.filter((message) => isUnread(message, peer, readUpTo)).length;

  useEffect(() => {
    if (!following) return;
    chat.reading = peer;
    return () => {
      chat.reading = null;
    };
  }, [chat, peer, following]);

  // What comes while one looks elsewhere is what is new when one is back.
  const allRead = unread === 0;
  const wasAllRead = useRef(allRead);
  useEffect(() => {
    const came = wasAllRead.current && !allRead;
    wasAllRead.current = allRead;
    if (came && !following) setUnreadAfter(readUpTo ?? BEGINNING);
  }, [allRead, following, readUpTo, setUnreadAfter]);

  useEffect(() => {
    if (attentive && shown && isNewer(shown, readUpTo)) void chat.markRead(peer, shown);
  }, [attentive, chat, peer, shown, readUpTo]);

  return unread;
}
