import { t } from "@/lib/messages";
import type { Waiting } from "./post-outbox";

/** How far something has come that the server doesn't have yet. */
export function waitingText({ state }: Waiting, sending: string): string {
  if (state === "failed") return t.sending.refused;
  return state === "sending" ? sending : t.sending.waiting;
}
