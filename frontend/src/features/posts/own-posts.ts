import type { QueryClient } from "@tanstack/react-query";
import { positions } from "@/lib/api/client";
import type { Person, Post } from "@/lib/api/types";
import { insertPost } from "./cached-posts";

const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel("echo-posts") : null;

/** What one has published in one tab stands in the feeds of the others too. */
export const ownPosts = {
  announce(post: Post): void {
    channel?.postMessage(post);
  },

  /** Returns how to stop. */
  listen(queries: QueryClient, me: Person): () => void {
    const hear = ({ data: post }: MessageEvent<Post>) => {
      if (post.author.id !== me.id) return;
      positions.observe(post.position);
      insertPost(queries, post);
    };
    channel?.addEventListener("message", hear);
    return () => channel?.removeEventListener("message", hear);
  },
};
