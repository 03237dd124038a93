import { useCallback, useState } from "react";
import type { Message } from "@/lib/api/types";
import { isNewer } from "@/lib/positions";
import type { Row } from "./rows";

/** So long a message that one comes back to has just arrived. */
const NEW_FOR_MS = 1_000;

/**
 * Tells what has been written or has arrived since the chat was opened, each for the moment in which
 * it comes: what was there before, and older messages that are loaded, just stand there.
 */
export function useArriving(messages: Message[]): (row: Row) => boolean {
  const [opened] = useState(() => ({
    position: messages.at(-1)?.position ?? null,
    at: Date.now(),
  }));
  const [since] = useState(() => new Map<string, number>());
  return useCallback(
    (row) => {
      if (row.type !== "bubble") return false;
      const { message, at } = row.bubble;
      const isLater = message
        ? isNewer(message.position, opened.position)
        : Date.parse(at) >= opened.at;
      if (!isLater) return false;
      const first = since.get(row.key) ?? Date.now();
      since.set(row.key, first);
      return Date.now() - first < NEW_FOR_MS;
    },
    [opened, since],
  );
}
