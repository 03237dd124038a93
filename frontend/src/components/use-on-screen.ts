import { type RefCallback, useCallback, useEffect, useRef } from "react";

/** Calls back whenever the element comes near the screen: the end of a list loads more so. */
export function useOnScreen(action: () => void, margin = "800px"): RefCallback<Element> {
  const latest = useRef(action);
  useEffect(() => {
    latest.current = action;
  });
  return useCallback(
    (element) => {
      if (!element || typeof IntersectionObserver === "undefined") return;
      const observer = new IntersectionObserver(
        (entries) => {
          if (entries.some((entry) => entry.isIntersecting)) latest.current();
        },
        // Inside a scroller of its own a margin counts only around that one.
        { root: element.closest("[data-scroller]"), rootMargin: margin },
      );
      observer.observe(element);
      return () => observer.disconnect();
    },
    [margin],
  );
}
