import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { positions } from "@/lib/api/client";
import { liveEvents } from "@/lib/live/live-events";
import { isNewer } from "@/lib/positions";
import { keys } from "@/lib/query";
import type { PostListQuery, PostPages } from "./use-posts";

/**
 * Posts that were published since the feed was read. They are announced and not put in, so that
 * nothing moves under somebody who reads; what was missed while there was no connection is simply
 * in the feed when it is read next.
 */
export function useFeedNews(feed: PostListQuery) {
  const queries = useQueryClient();
  const [announced, setAnnounced] = useState<string[]>([]);
  useEffect(
    () =>
      liveEvents.on("feed:new", ({ position }) => {
        setAnnounced((all) => (all.includes(position) ? all : [...all, position]));
      }),
    [],
  );
  const newest = feed.data?.pages[0]?.items.find(({ position }) => position !== "")?.position;
  // One's own are in the feed already, and so is what came with the last reading.
  const fresh = announced.filter((position) => isNewer(position, newest ?? null));

  const show = () => {
    for (const position of fresh) positions.observe(position);
    setAnnounced([]);
    // Only the newest page is read anew; older ones come as one goes on.
    queries.setQueryData<PostPages>(
      keys.feed,
      (data) => data && { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) },
    );
    void queries.invalidateQueries({ queryKey: keys.feed });
    window.scrollTo({ top: 0 });
  };
  return { count: feed.data ? fresh.length : 0, show };
}
