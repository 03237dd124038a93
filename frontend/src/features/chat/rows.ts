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
  /** Why it was refused, as a problem's code. */
  problem: string | null;
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
  /** True where how far one's own messages have come is said: once for what was read, once for what wasn't. */
  receipt: boolean;
}

export interface DayRow {
  type: "day";
  key: string;
  at: string;
}

/** Stands above the first message that wasn't read when the chat was opened. */
export interface UnreadRow {
  type: "unread";
  key: "unread";
}

export type Row = DayRow | UnreadRow | BubbleRow;

const PAUSE_MS = 5 * 60_000;

interface Shown {
  messages: Message[];
  outbox: OutboxItem[];
  me: string;
  peerReadUpTo: string | null;
  /** The position above whose next message the unread ones begin; null where all was read. */
  unreadAfter: string | null;
  /** Unless the beginning is there it isn't known whether the first message is the first of its day. */
  fromBeginning: boolean;
}

/**
 * What the message list shows: messages and what is on its way, one row each, with the days between.
 * A row's key stays the same when older rows come before it, and when a message has been sent.
 */
export function toRows(shown: Shown): Row[] {
  const { messages, outbox, me, peerReadUpTo, unreadAfter, fromBeginning } = shown;
  const rows: Row[] = [];
  const firstUnread = unreadAfter === null ? null : firstUnreadOf(messages, me, unreadAfter);
  let last: BubbleRow | null = null;
  for (const bubble of [
    ...messages.map((message) => ofMessage(message, me, peerReadUpTo)),
    ...outbox.map(ofOutbox),
  ]) {
    if (last ? !isSameDay(last.bubble.at, bubble.at) : fromBeginning) {
      rows.push({ type: "day", key: `day:${bubble.id}`, at: bubble.at });
      last = null;
    }
    if (firstUnread !== null && bubble.message === firstUnread) {
      rows.push({ type: "unread", key: "unread" });
      last = null;
    }
    const row: BubbleRow = {
      type: "bubble",
      key: bubble.id,
      bubble,
      first: true,
      last: true,
      receipt: false,
    };
    if (last && continues(last.bubble, bubble)) {
      last.last = false;
      row.first = false;
    }
    rows.push(row);
    last = row;
  }
  markReceipts(rows);
  return rows;
}

/** The first message of the other after a position, and after one's own last, of which there is something left. */
function firstUnreadOf(messages: Message[], me: string, position: string): Message | null {
  const answered = messages.findLastIndex(({ from }) => from === me);
  const isUnread = (message: Message) => !message.deleted && isNewer(message.position, position);
  return messages.slice(answered + 1).find(isUnread) ?? null;
}

/** What is on its way says so itself; of the others the last that was read does, and the last that wasn't. */
function markReceipts(rows: Row[]): void {
  const own = rows.filter((row): row is BubbleRow => row.type === "bubble" && row.bubble.mine);
  for (const delivery of ["read", "sent"] as const) {
    const last = own.findLast(({ bubble }) => bubble.delivery === delivery && !bubble.deleted);
    if (last) last.receipt = true;
  }
  for (const row of own) {
    if (row.last && (row.bubble.delivery === "sending" || row.bubble.delivery === "waiting")) {
      row.receipt = true;
    }
  }
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
    problem: null,
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
    problem: item.problem ?? null,
    message: null,
  };
}
