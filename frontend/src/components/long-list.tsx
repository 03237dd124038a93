import { type ComponentType, type ReactNode, useEffect, useRef, useState } from "react";
import type { Measured, VirtualListProps } from "./virtual-list";

/** Beyond so many items, only those near the screen stay in the document. */
const MANY = 40;
/** Less than any item of ours. */
const LEAST_PX = 40;

export interface LongListProps<Item> {
  items: Item[];
  keyOf: (item: Item) => string;
  /** One item. What it remembers by itself is forgotten while it is far off the screen. */
  children: (item: Item) => ReactNode;
  label?: string;
  /** All of them have to be in the document for now. */
  whole?: boolean;
  className?: string;
}

interface Virtual {
  List: ComponentType<VirtualListProps>;
  measured: Measured;
}

/** A list as it is, until it grows long: what keeps a long one light is fetched only then. For lists that scroll with the page. */
export function LongList<Item>(props: LongListProps<Item>) {
  const { items, keyOf, children, label, whole = false, className } = props;
  const list = useRef<HTMLOListElement>(null);
  const [virtual, setVirtual] = useState<Virtual | null>(null);
  const keys = items.map(keyOf);
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  const many = items.length > MANY && !whole;
  useEffect(() => {
    if (!many || list.current?.closest("[data-scroller], [role='dialog']")) return;
    let gone = false;
    import("./virtual-list").then(
      ({ default: List }) => {
        if (!gone && list.current)
          setVirtual({ List, measured: measure(list.current, latest.current) });
      },
      // Without it the list is only heavier.
      () => undefined,
    );
    return () => {
      gone = true;
    };
  }, [many]);

  if (virtual) {
    return (
      <virtual.List keys={keys} measured={virtual.measured} label={label}>
        {(index) => {
          const item = items[index];
          return item === undefined ? null : children(item);
        }}
      </virtual.List>
    );
  }
  return (
    <ol ref={list} aria-label={label} className={className}>
      {items.map((item) => (
        <li key={keyOf(item)} data-key={keyOf(item)}>
          {children(item)}
        </li>
      ))}
    </ol>
  );
}

/** What stands there already keeps its place to the pixel. */
function measure(list: HTMLOListElement, keys: string[]): Measured {
  const boxes = [...list.children].map((item) => item.getBoundingClientRect());
  const [first, second] = boxes;
  const heights = new Map<string, number>();
  boxes.forEach((box, i) => {
    const key = keys[i];
    if (key !== undefined && box.height > 0) heights.set(key, box.height);
  });
  const sum = boxes.reduce((all, box) => all + box.height, 0);
  return {
    heights,
    usual: Math.max(sum / Math.max(boxes.length, 1), LEAST_PX),
    gap: first && second ? Math.max(second.top - first.bottom, 0) : 0,
  };
}
