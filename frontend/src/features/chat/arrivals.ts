import type { Sidebar } from "@/lib/api/types";
import { nameOf } from "@/lib/names";
import type { ChatChange } from "./changes";

/** Tells of messages as they arrive in chats that nobody looks at, by whom they are. */
export class Arrivals {
  private readonly listeners = new Set<(name: string) => void>();

  readonly subscribe = (listener: (name: string) => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  tell(changes: ChatChange[], sidebar: Sidebar, reading: string | null): void {
    const change = changes.findLast((each) => each.peer !== reading && isArrival(each));
    const row = sidebar.recent.find(({ peer }) => peer.id === change?.peer);
    if (row) for (const listener of this.listeners) listener(nameOf(row.peer));
  }
}

/** A message's first change is that it was sent. */
const isArrival = (change: ChatChange): boolean =>
  change.kind === "message" &&
  change.message.from === change.peer &&
  change.message.position === change.position;
