import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { http, positions } from "@/lib/api/client";
import type { Page, Post } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { liveEvents } from "@/lib/live/live-events";
import { isNewer } from "@/lib/positions";
import { keys } from "@/lib/query";
import { ownPosts } from "./own-posts";
import { type PostListQuery, startOver } from "./use-posts";

/** A window that one comes back to after this long may have missed something. */
const LOOK_AGAIN_MS = 30_000;

/**
 * Posts that were published since the feed was read. They are announced and not put in, so that
 * nothing moves under somebody who reads. What was missed while there was no connection, or was
 * written on another device, is looked for with the next connection and when one comes back.
 */
export function useFeedNews(feed: PostListQuery) {
  const queries = useQueryClient();
  const me = useMe();
  const [announced, setAnnounced] = useState<string[]>([]);
  const read = useRef(false);
  useEffect(() => {
    read.current = feed.data !== undefined;
  }, [feed.data]);
  useEffect(() => {
    const announce = (news: string[]) =>
      setAnnounced((all) => [...all, ...news.filter((position) => !all.includes(position))]);
    const beingRead = () => queries.isFetching({ queryKey: keys.feed, exact: true }) > 0;
    let looked = Date.now();
    const look = async () => {
      // A feed that is being read will have it all.
      if (!read.current || beingRead()) return;
      looked = Date.now();
      const { data } = await http.get<Page<Post>>("/v1/feed");
      if (!beingRead()) announce(data.items.map(({ position }) => position));
    };
    // Without an answer there is the next welcome.
    const tryToLook = () => void look().catch(() => {});
    const comeBack = () => {
      if (document.visibilityState === "hidden" || Date.now() - looked < LOOK_AGAIN_MS) return;
      tryToLook();
    };
    const stops = [
      liveEvents.on("feed:new", ({ position }) => announce([position])),
      liveEvents.onWelcome(tryToLook),
    ];
    document.addEventListener("visibilitychange", comeBack);
    return () => {
      document.removeEventListener("visibilitychange", comeBack);
      for (const stop of stops) stop();
    };
  }, [queries]);

  // As soon as there is a feed: what sends posts is fetched later, and hears of other tabs only then.
  useEffect(() => ownPosts.listen(queries, me), [queries, me]);

  // What is in the feed isn't news, as one's own posts are there at once. Others' are in order.
  const fresh = useMemo(() => {
    const posts = feed.data?.pages.flatMap(({ items }) => items) ?? [];
    const known = new Set(posts.map(({ position }) => position));
    const newest = posts.find(({ author }) => author.id !== me.id)?.position ?? null;
    return announced.filter((position) => !known.has(position) && isNewer(position, newest));
  }, [feed.data, announced, me.id]);

  const show = () => {
    for (const position of fresh) positions.observe(position);
    setAnnounced([]);
    startOver(queries, keys.feed);
    window.scrollTo({ top: 0 });
  };
  return { count: feed.data ? fresh.length : 0, show };
}
