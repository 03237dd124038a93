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
