import type { KeyboardEvent } from "react";
import { isComposing, isSendingKey } from "@/lib/keys";

/**
 * True where a touch keyboard writes: nothing hovers there. Enter begins a line on it, since it has
 * no Shift and there is a button beside the text.
 */
export const writesByTouch = (): boolean =>
  window.matchMedia("(pointer: coarse) and (not (any-hover: hover))").matches;

/** True for the key that sends: Ctrl or Cmd with Enter always, and Enter alone at a keyboard. */
export function sendsBy(event: KeyboardEvent): boolean {
  if (event.key !== "Enter" || isComposing(event)) return false;
  return isSendingKey(event) || !(event.shiftKey || writesByTouch());
}
