import type { Message, Sync, SyncItem } from "@/lib/api/types";
import type { SyncAnswer } from "@/lib/live/live-client";
import { type ChatChange, messageChange, readChange } from "./changes";

// How changes arrive, by sync and by socket, and what we make of them.

export function readSync(me: string, sync: Sync, stale: boolean): SyncAnswer<ChatChange> {
  if (sync.reset) return { reset: true, position: sync.position };
  return {
    reset: false,
    items: sync.items.flatMap((item) => readSyncItem(me, item) ?? []),
    position: sync.position,
    more: sync.more,
    stale,
  };
}

function readSyncItem(me: string, item: SyncItem): ChatChange | null {
  switch (item.type) {
    case "message":
      return messageChange(me, item.message, item.changed);
    case "read":
      return readChange({
        peer: item.peer,
        position: item.changed,
        readUpTo: item.read_up_to,
        peerReadUpTo: item.peer_read_up_to,
      });
    default:
      // A newer server may tell of more than we know.
      return null;
  }
}

export function readMessageEvent(me: string, payload: unknown): ChatChange | null {
  if (!isObject(payload) || !isObject(payload.message)) return null;
  return messageChange(me, payload.message as unknown as Message, String(payload.position));
}

export function readReadEvent(payload: unknown): ChatChange | null {
  if (!isObject(payload)) return null;
  return readChange({
    peer: String(payload.peer),
    position: String(payload.position),
    readUpTo: stringOrNull(payload.read_up_to),
    peerReadUpTo: stringOrNull(payload.peer_read_up_to),
  });
}

function stringOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
