import type { Message, Peer, Sidebar } from "@/lib/api/types";
import type { ChatChange, MessageChange } from "./changes";

/** A message that has just come, and who it is from. */
export interface Arrival {
  peer: Peer;
  message: Message;
}

/** Tells of messages as they arrive in chats that nobody looks at. */
export class Arrivals {
  private readonly listeners = new Set<(arrival: Arrival) => void>();

  readonly subscribe = (listener: (arrival: Arrival) => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Of several from one person the last is told. */
  tell(changes: ChatChange[], sidebar: Sidebar, reading: string | null): void {
    const latest = new Map<string, Message>();
    for (const change of changes) {
      if (change.peer !== reading && isArrival(change)) latest.set(change.peer, change.message);
    }
    for (const [id, message] of latest) {
      const row = sidebar.recent.find(({ peer }) => peer.id === id);
      if (row) for (const listener of this.listeners) listener({ peer: row.peer, message });
    }
  }
}

/** A message's first change is that it was sent. */
const isArrival = (change: ChatChange): change is MessageChange =>
  change.kind === "message" &&
  change.message.from === change.peer &&
  change.message.position === change.position;
