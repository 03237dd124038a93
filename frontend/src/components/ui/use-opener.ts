import { useCallback, useLayoutEffect, useRef } from "react";

/** Where the keyboard was last; of a menu, which is gone by then, what opens it. */
let lastFocused: HTMLElement | null = null;

document.addEventListener(
  "focusin",
  ({ target }) => {
    if (target instanceof HTMLElement) lastFocused = standingFor(target);
  },
  { capture: true },
);

function standingFor(element: HTMLElement): HTMLElement {
  const trigger = element.closest("[role='menu']")?.getAttribute("aria-labelledby");
  return (trigger && document.getElementById(trigger)) || element;
}

/**
 * Remembers what opened a layer, and gives the focus back to it; to the page, if that is gone with
 * what was deleted. Radix alone knows triggers that are its own.
 */
export function useOpener(open: boolean): () => void {
  const opener = useRef<HTMLElement | null>(null);
  // Before anything inside takes the focus.
  useLayoutEffect(() => {
    if (!open) return;
    const active = document.activeElement;
    opener.current =
      active instanceof HTMLElement && active !== document.body ? standingFor(active) : lastFocused;
  }, [open]);
  return useCallback(() => {
    const back = opener.current?.isConnected ? opener.current : document.getElementById("content");
    back?.focus({ preventScroll: true });
  }, []);
}
