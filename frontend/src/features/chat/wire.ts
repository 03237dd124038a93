import type { MessageChanged, ReadChanged, Sync, SyncItem } from "@/lib/api/types";
import type { SyncAnswer } from "@/lib/live/live-client";
import { type ChatChange, messageChange, readChange } from "./changes";

// How changes arrive, by sync and by socket, and what we make of them.

export function readSync(me: string, sync: Sync, stale: boolean): SyncAnswer<ChatChange> {
  if (sync.reset) return { reset: true, position: sync.position };
  return {
    reset: false,
    items: sync.items.flatMap((item) => readSyncItem(me, item)),
    position: sync.position,
    more: sync.more,
    stale,
  };
}

function readSyncItem(me: string, item: SyncItem): ChatChange[] {
  switch (item.type) {
    case "message":
      return [messageChange(me, item.message, item.changed)];
    case "read":
      // Both sides in one; by socket they come one by one, so each is a change of its own.
      return [
        readState(item.peer, me, item.read_up_to, item.changed),
        readState(item.peer, item.peer, item.peer_read_up_to, item.changed),
      ].flat();
    default:
      // A newer server may tell of more than we know.
      return [];
  }
}

function readState(
  peer: string,
  reader: string,
  upTo: string | null,
  position: string,
): ChatChange[] {
  return upTo === null ? [] : [readChange({ peer, reader, upTo, position })];
}

export function readMessageEvent(me: string, payload: unknown): ChatChange {
  const { message, position } = payload as MessageChanged;
  return messageChange(me, message, position);
}

export function readReadEvent(payload: unknown): ChatChange {
  const { peer, reader, up_to: upTo, position } = payload as ReadChanged;
  return readChange({ peer, reader, upTo, position });
}
