import { useQueryClient } from "@tanstack/react-query";
import type { SyntheticEvent } from "react";
import { http } from "@/lib/api/client";
import type { Post } from "@/lib/api/types";
import { changePost } from "./cached-posts";

/** The addresses that have failed: one that is new and fails as well has another reason. */
const failed = new Set<string>();
/** The posts that are being fetched anew: several pictures may fail at once. */
const refreshing = new Set<string>();

/**
 * Fetches a post anew when a picture in it can't be had. The address of a picture is good for a
 * day or two, and a feed may be open for longer; asking for the whole feed would move it.
 */
export function useRefreshPost(id: string): (event: SyntheticEvent) => void {
  const queries = useQueryClient();
  return ({ target }) => {
    const url = target instanceof HTMLImageElement ? target.getAttribute("src") : null;
    // Without a network every picture fails, and none is at fault.
    if (!url || failed.has(url) || refreshing.has(id) || !navigator.onLine) return;
    failed.add(url);
    refreshing.add(id);
    http
      .get<Post>(`/v1/posts/${encodeURIComponent(id)}`)
      .then(({ data }) => changePost(queries, id, () => data))
      // Then the picture stays a blur, as it would without a network.
      .catch(() => {})
      .finally(() => refreshing.delete(id));
  };
}
