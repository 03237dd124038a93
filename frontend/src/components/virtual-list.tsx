import { useWindowVirtualizer } from "@tanstack/react-virtual";
import {
  type ReactNode,
  type RefObject,
  useCallback,
  useLayoutEffect,
  useRef,
  useState,
} from "react";

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
    // To the fraction of a pixel: what is rounded in each of many items moves what is below them.
    measureElement: (item) => item.getBoundingClientRect().height,
    gap,
    overscan: 6,
    scrollMargin: top,
  });
  // What stands above the list changes its height: a composer that opens, news that come.
  const measure = useCallback(() => {
    const box = element.current?.getBoundingClientRect();
    if (box) setTop(Math.round(box.top + window.scrollY));
  }, []);
  useLayoutEffect(() => {
    measure();
    if (typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [measure]);
  useOwnAnchor();
  useAnchor(element, virtual, keys, top, measure);
  return (
    <ol
      ref={element}
      aria-label={label}
      className="relative [overflow-anchor:none]"
      style={{ height: virtual.getTotalSize() }}
    >
      {virtual.getVirtualItems().map((item) => (
        <li
          key={item.key}
          ref={virtual.measureElement}
          data-index={item.index}
          data-key={item.key}
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

/** Two that keep the place would move it by twice as much: the browser leaves it to us. */
function useOwnAnchor(): void {
  useLayoutEffect(() => {
    const { style } = document.documentElement;
    style.setProperty("overflow-anchor", "none");
    return () => void style.removeProperty("overflow-anchor");
  }, []);
}

type WindowVirtualizer = ReturnType<typeof useWindowVirtualizer<Element>>;

/**
 * Keeps what one reads where it is when something comes or goes above it, in the list or before it.
 * Browsers do that for what is in the flow, where they do it at all.
 */
function useAnchor(
  list: RefObject<HTMLOListElement | null>,
  virtual: WindowVirtualizer,
  keys: string[],
  top: number,
  onMoved: () => void,
): void {
  const anchor = useRef<{ key: string; place: number } | null>(null);
  const first = keys[0];
  /** Where an item is in the document, however far it is scrolled. */
  const placeOf = (key: string) => {
    const item = list.current?.querySelector(`:scope > [data-index="${keys.indexOf(key)}"]`);
    return item && item.getBoundingClientRect().top + window.scrollY;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only these move what one reads
  useLayoutEffect(() => {
    const before = anchor.current;
    const place = before && placeOf(before.key);
    if (before && typeof place === "number" && Math.abs(place - before.place) > 0.5) {
      window.scrollBy({ top: place - before.place, behavior: "instant" });
    }
  }, [first, keys.length, top]);
  useLayoutEffect(() => {
    const offset = window.scrollY;
    const box = list.current?.getBoundingClientRect();
    // Something before the list has just come or gone: what one read is where it was remembered.
    if (box && Math.abs(box.top + offset - top) > 1) return onMoved();
    // Above the list one sees what comes.
    const item = offset > top && virtual.getVirtualItems().find(({ end }) => end > offset);
    const place = item && placeOf(String(item.key));
    anchor.current = item && typeof place === "number" ? { key: String(item.key), place } : null;
  });
}
