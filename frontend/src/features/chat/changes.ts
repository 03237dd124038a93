import type { Message } from "@/lib/api/types";

/** The current state of a message, as of its last change. */
export interface MessageChange {
  kind: "message";
  key: string;
  position: string;
  peer: string;
  message: Message;
}

/** How far one of the two has read. */
export interface ReadChange {
  kind: "read";
  key: string;
  position: string;
  peer: string;
  reader: string;
  upTo: string;
}

export type ChatChange = MessageChange | ReadChange;

/** A message is known by its sender and the sender's id. */
export function messageChange(me: string, message: Message, position: string): MessageChange {
  return {
    kind: "message",
    key: `message:${message.from}:${message.id}`,
    position,
    peer: message.from === me ? message.to : message.from,
    message,
  };
}

export function readChange(
  change: Pick<ReadChange, "peer" | "position" | "reader" | "upTo">,
): ReadChange {
  return { kind: "read", key: `read:${change.peer}:${change.reader}`, ...change };
}
