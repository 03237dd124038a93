import type { QueryClient } from "@tanstack/react-query";
import { useQueryClient } from "@tanstack/react-query";
import { type RefCallback, useCallback, useEffect } from "react";
import { liveEvents } from "@/lib/live/live-events";
import { changePost } from "./cached-posts";

/** As many as the gateway watches for one socket. */
const MOST_WATCHED = 50;
/** Scrolling by isn't looking at. */
const SETTLE_MS = 400;

/** The posts on screen, of which the socket tells how many like them and comment on them. */
export class PostWatch {
  private readonly onScreen = new Map<string, number>();
  private asked = "";
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Returns how to stop. */
  start(queries: QueryClient): () => void {
    const stops = [
      liveEvents.on("post:counts", ({ post, like_count, comment_count }) =>
        changePost(queries, post, (shown) => ({ ...shown, like_count, comment_count })),
      ),
      liveEvents.onWelcome(() => {
        this.asked = "";
        this.ask();
      }),
    ];
    return () => {
      clearTimeout(this.timer);
      for (const stop of stops) stop();
    };
  }

  /** A post may be on screen twice. */
  appear(post: string): void {
    this.onScreen.set(post, (this.onScreen.get(post) ?? 0) + 1);
    this.askLater();
  }

  disappear(post: string): void {
    const left = (this.onScreen.get(post) ?? 0) - 1;
    if (left > 0) this.onScreen.set(post, left);
    else this.onScreen.delete(post);
    this.askLater();
  }

  private askLater(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), SETTLE_MS);
  }

  private ask(): void {
    const posts = [...this.onScreen.keys()].slice(-MOST_WATCHED);
    const asked = posts.toSorted().join();
    if (asked === this.asked) return;
    this.asked = asked;
    void liveEvents.request("post:watch", { posts });
  }
}

const watch = new PostWatch();

/** Keeps the counts of what is on screen true. Once, around every page. */
export function useLiveCounts(): void {
  const queries = useQueryClient();
  useEffect(() => watch.start(queries), [queries]);
}

/** Watches a post for as long as its comments are open, however far down one reads. */
export function useWatchWhileOpen(post: string): void {
  useEffect(() => {
    watch.appear(post);
    return () => watch.disappear(post);
  }, [post]);
}

/** For the element that shows a post; null for one that the server doesn't know yet. */
export function useWatchedPost(post: string | null): RefCallback<Element> {
  return useCallback(
    (element) => {
      if (!element || !post || typeof IntersectionObserver === "undefined") return;
      let shown = false;
      const set = (next: boolean) => {
        if (next === shown) return;
        shown = next;
        if (next) watch.appear(post);
        else watch.disappear(post);
      };
      const observer = new IntersectionObserver((entries) =>
        set(entries.some((entry) => entry.isIntersecting)),
      );
      observer.observe(element);
      return () => {
        observer.disconnect();
        set(false);
      };
    },
    [post],
  );
}
