import type { Message } from "@/lib/api/types";
import type { SyncAnswer } from "@/lib/live/live-client";
import { type ChatChange, messageChange, readChange } from "./changes";

// How changes arrive, by socket and by sync, and what we make of them. What isn't understood is
// null: a newer server may say more than we know.

interface SyncBody {
  items?: unknown[];
  position: string;
  more?: boolean;
  reset?: boolean;
}

export function readSync(me: string, body: SyncBody, stale: boolean): SyncAnswer<ChatChange> {
  if (body.reset) return { reset: true, position: body.position };
  return {
    reset: false,
    items: (body.items ?? []).flatMap((item) => readSyncItem(me, item) ?? []),
    position: body.position,
    more: body.more ?? false,
    stale,
  };
}

function readSyncItem(me: string, item: unknown): ChatChange | null {
  if (!isObject(item)) return null;
  if (item.kind === "message") return readMessageEvent(me, item);
  if (item.kind === "read") return readReadEvent(item);
  return null;
}

export function readMessageEvent(me: string, payload: unknown): ChatChange | null {
  if (!isObject(payload) || !isObject(payload.message)) return null;
  return messageChange(me, payload.message as unknown as Message, String(payload.position));
}

export function readReadEvent(payload: unknown): ChatChange | null {
  if (!isObject(payload)) return null;
  const { peer, reader, up_to: upTo, position } = payload;
  return readChange(String(peer), String(reader), String(upTo), String(position));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
