import type { Message } from "@/lib/api/types";
import type { OutboxItem } from "@/lib/live/outbox";
import { isNewer } from "@/lib/positions";
import { isSameDay } from "@/lib/time";

export type Delivery = "waiting" | "sending" | "failed" | "sent" | "read";

export interface Bubble {
  id: string;
  mine: boolean;
  text: string;
  at: string;
  edited: boolean;
  deleted: boolean;
  /** Null for what others wrote. */
  delivery: Delivery | null;
}

export type Row =
  | { type: "day"; key: string; at: string }
  /** What one person said without a long pause; the time is shown once for all of it. */
  | { type: "group"; key: string; mine: boolean; bubbles: Bubble[] };

const PAUSE_MS = 5 * 60_000;

/** What the message list shows: messages and what is on its way, by day and by speaker. */
export function toRows(
  messages: Message[],
  outbox: OutboxItem[],
  me: string,
  peerReadUpTo: string | null,
): Row[] {
  const rows: Row[] = [];
  let last: Bubble | null = null;
  for (const bubble of [
    ...messages.map((message) => ofMessage(message, me, peerReadUpTo)),
    ...outbox.map(ofOutbox),
  ]) {
    const newDay = last === null || !isSameDay(last.at, bubble.at);
    if (newDay) rows.push({ type: "day", key: `day:${bubble.id}`, at: bubble.at });
    const group = rows.at(-1);
    if (group?.type === "group" && last && continues(last, bubble)) group.bubbles.push(bubble);
    else rows.push({ type: "group", key: bubble.id, mine: bubble.mine, bubbles: [bubble] });
    last = bubble;
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
    id: `${message.from}:${message.id}`,
    mine,
    text: message.text ?? "",
    at: message.sent_at,
    edited: message.edited_at !== null,
    deleted: message.deleted,
    delivery: mine ? (read ? "read" : "sent") : null,
  };
}

function ofOutbox(item: OutboxItem): Bubble {
  return {
    id: item.id,
    mine: true,
    text: item.text,
    at: item.createdAt,
    edited: false,
    deleted: false,
    delivery: item.state,
  };
}
