import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useLayoutEffect, useRef, useState } from "react";
import type { Post } from "@/lib/api/types";
import { PostCard } from "./post-card";

interface VirtualPostsProps {
  posts: Post[];
  /** How tall those are that were in the document already, by id, so that nothing moves. */
  heights: ReadonlyMap<string, number>;
}

/** A post of a few lines; each is measured once it is there. */
const USUAL_POST_PX = 260;
/** From here on, as in the style sheet, posts are cards with more room between them. */
const DESK_PX = 640;

/** Only the posts near the screen are in the document, however far one has read. */
export default function VirtualPosts({ posts, heights }: VirtualPostsProps) {
  const element = useRef<HTMLOListElement>(null);
  const [top, setTop] = useState(0);
  const [gap] = useState(() => (window.innerWidth < DESK_PX ? 8 : 16));
  const virtual = useWindowVirtualizer({
    count: posts.length,
    estimateSize: (index) => heights.get(posts[index]?.id ?? "") ?? USUAL_POST_PX,
    getItemKey: (index) => posts[index]?.id ?? index,
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
    <ol ref={element} className="relative" style={{ height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map((item) => {
        const post = posts[item.index];
        return (
          post && (
            <li
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              aria-setsize={posts.length}
              aria-posinset={item.index + 1}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${item.start - top}px)` }}
            >
              <PostCard post={post} />
            </li>
          )
        );
      })}
    </ol>
  );
}
