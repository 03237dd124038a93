import { useSyncExternalStore } from "react";

/** Where in the page the part is that one sees, in pixels. */
export interface VisibleArea {
  top: number;
  height: number;
}

/** Smaller differences are a matter of rounding. */
const SAME_PX = 1;

/**
 * The part of the page that a touch keyboard leaves, where the browser lays it over the page: iOS
 * does, and what fills the page would slide away under it. Null where there is no such keyboard, and
 * while one has zoomed in, as then one sees what one wants to.
 */
export function useVisibleArea(): VisibleArea | null {
  const shown = useSyncExternalStore(subscribe, areaNow);
  if (shown === "") return null;
  const [top = 0, height = 0] = shown.split(" ").map(Number);
  return { top, height };
}

function subscribe(listener: () => void): () => void {
  const { visualViewport } = window;
  visualViewport?.addEventListener("resize", listener);
  visualViewport?.addEventListener("scroll", listener);
  return () => {
    visualViewport?.removeEventListener("resize", listener);
    visualViewport?.removeEventListener("scroll", listener);
  };
}

/** As a text, which is the same as long as nothing changes. */
function areaNow(): string {
  const seen = window.visualViewport;
  if (!seen || Math.abs(seen.scale - 1) > 0.01) return "";
  if (window.innerHeight - seen.height <= SAME_PX) return "";
  return `${seen.pageTop} ${seen.height}`;
}
