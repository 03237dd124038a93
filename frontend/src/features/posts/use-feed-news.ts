import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { http, positions } from "@/lib/api/client";
import type { Page, Post } from "@/lib/api/types";
import { liveEvents } from "@/lib/live/live-events";
import { isNewer } from "@/lib/positions";
import { keys } from "@/lib/query";
import type { PostListQuery, PostPages } from "./use-posts";

/**
 * Posts that were published since the feed was read. They are announced and not put in, so that
 * nothing moves under somebody who reads. What was missed while there was no connection is looked
 * for with the next one.
 */
export function useFeedNews(feed: PostListQuery) {
  const queries = useQueryClient();
  const [announced, setAnnounced] = useState<string[]>([]);
  const newest = feed.data?.pages[0]?.items.find(({ position }) => position !== "")?.position;
  const read = useRef(false);
  useEffect(() => {
    read.current = feed.data !== undefined;
  }, [feed.data]);
  useEffect(() => {
    const announce = (news: string[]) =>
      setAnnounced((all) => [...all, ...news.filter((position) => !all.includes(position))]);
    const look = async () => {
      // A feed that is still being read will have it all.
      if (!read.current) return;
      const { data } = await http.get<Page<Post>>("/v1/feed");
      announce(data.items.map(({ position }) => position));
    };
    const stops = [
      liveEvents.on("feed:new", ({ position }) => announce([position])),
      // Without an answer there is the next welcome.
      liveEvents.onWelcome(() => void look().catch(() => {})),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, []);
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
