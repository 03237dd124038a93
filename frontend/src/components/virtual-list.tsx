import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";

/** What is known of items before they are laid out by this list. */
export interface Measured {
  /** How tall items were that were in the document, by key. */
  heights: ReadonlyMap<string, number>;
  /** How tall they are on average. */
  usual: number;
  /** The room between two. */
  gap: number;
}

export interface VirtualListProps {
  keys: string[];
  measured: Measured;
  label?: string;
  children: (index: number) => ReactNode;
}

/** Only the items near the screen are in the document, however far one has read. */
export default function VirtualList({ keys, measured, label, children }: VirtualListProps) {
  const element = useRef<HTMLOListElement>(null);
  const [top, setTop] = useState(0);
  const { heights, usual, gap } = measured;
  const virtual = useWindowVirtualizer({
    count: keys.length,
    estimateSize: (index) => heights.get(keys[index] ?? "") ?? usual,
    getItemKey: (index) => keys[index] ?? index,
    gap,
    overscan: 6,
    scrollMargin: top,
  });
  // What stands above the list changes its height: a composer that opens, news that come.
  useLayoutEffect(() => {
    const measure = () => {
      const box = element.current?.getBoundingClientRect();
      if (box) setTop(Math.round(box.top + window.scrollY));
    };
    measure();
    if (typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);
  useAnchor(virtual, keys, top);
  return (
    <ol
      ref={element}
      aria-label={label}
      className="relative"
      style={{ height: virtual.getTotalSize() }}
    >
      {virtual.getVirtualItems().map((item) => (
        <li
          key={item.key}
          ref={virtual.measureElement}
          data-index={item.index}
          aria-setsize={keys.length}
          aria-posinset={item.index + 1}
          className="absolute inset-x-0 top-0"
          style={{ transform: `translateY(${item.start - top}px)` }}
        >
          {children(item.index)}
        </li>
      ))}
    </ol>
  );
}

type WindowVirtualizer = ReturnType<typeof useWindowVirtualizer<Element>>;

/** Keeps what one reads where it is when items come or go above it: browsers do that for lists in the flow alone. */
function useAnchor(virtual: WindowVirtualizer, keys: string[], top: number): void {
  const anchor = useRef<{ key: string; start: number } | null>(null);
  const first = keys[0];
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what changes the items moves them
  useLayoutEffect(() => {
    const before = anchor.current;
    const index = before ? keys.indexOf(before.key) : -1;
    const start = virtual.measurementsCache[index]?.start;
    if (before && start !== undefined && start !== before.start) {
      window.scrollBy({ top: start - before.start, behavior: "instant" });
    }
  }, [first, keys.length]);
  useLayoutEffect(() => {
    const offset = window.scrollY;
    // Above the list one sees what comes.
    const item = offset > top && virtual.getVirtualItems().find(({ end }) => end > offset);
    anchor.current = item ? { key: String(item.key), start: item.start } : null;
  });
}
