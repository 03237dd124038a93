import type { Message, MessageMedia } from "@/lib/api/types";
import type { OutboxItem } from "@/lib/live/outbox";
import { isNewer } from "@/lib/positions";
import { isSameDay } from "@/lib/time";

export type Delivery = "waiting" | "sending" | "failed" | "sent" | "read";

export interface Bubble {
  id: string;
  mine: boolean;
  text: string;
  media: MessageMedia[];
  at: string;
  edited: boolean;
  deleted: boolean;
  /** Null for what others wrote. */
  delivery: Delivery | null;
  /** What the server has of it; null while it is on its way. */
  message: Message | null;
}

export interface BubbleRow {
  type: "bubble";
  key: string;
  bubble: Bubble;
  /** Where it stands in what one person said without a long pause; the time is shown once, at the end. */
  first: boolean;
  last: boolean;
}

export type Row = { type: "day"; key: string; at: string } | BubbleRow;

const PAUSE_MS = 5 * 60_000;

/**
 * What the message list shows: messages and what is on its way, one row each, with the days between.
 * A row's key stays the same when older rows come before it, and when a message has been sent.
 * Unless the beginning is there it isn't known whether the first message is the first of its day.
 */
export function toRows(
  messages: Message[],
  outbox: OutboxItem[],
  me: string,
  peerReadUpTo: string | null,
  fromBeginning: boolean,
): Row[] {
  const rows: Row[] = [];
  let last: BubbleRow | null = null;
  for (const bubble of [
    ...messages.map((message) => ofMessage(message, me, peerReadUpTo)),
    ...outbox.map(ofOutbox),
  ]) {
    if (last ? !isSameDay(last.bubble.at, bubble.at) : fromBeginning) {
      rows.push({ type: "day", key: `day:${bubble.id}`, at: bubble.at });
      last = null;
    }
    const row: BubbleRow = { type: "bubble", key: bubble.id, bubble, first: true, last: true };
    if (last && continues(last.bubble, bubble)) {
      last.last = false;
      row.first = false;
    }
    rows.push(row);
    last = row;
  }
  return rows;
}

function continues(last: Bubble, next: Bubble): boolean {
  return last.mine === next.mine && Date.parse(next.at) - Date.parse(last.at) < PAUSE_MS;
}

function ofMessage(message: Message, me: string, peerReadUpTo: string | null): Bubble {
  const mine = message.from === me;
  const read = peerReadUpTo !== null && !isNewer(message.position, peerReadUpTo);
  return {
    // One's own is known by the same id before it was sent; others may use any id they like.
    id: mine ? message.id : `${message.from}:${message.id}`,
    mine,
    text: message.text ?? "",
    media: message.media,
    at: message.sent_at,
    edited: message.edited_at !== null,
    deleted: message.deleted,
    delivery: mine ? (read ? "read" : "sent") : null,
    message,
  };
}

function ofOutbox(item: OutboxItem): Bubble {
  return {
    id: item.id,
    mine: true,
    text: item.text,
    media: item.media ?? [],
    at: item.createdAt,
    edited: false,
    deleted: false,
    delivery: item.state,
    message: null,
  };
}
