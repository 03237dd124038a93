import { useQueryClient } from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import type { Post } from "@/lib/api/types";
import { changePost } from "./cached-posts";

/** The posts that are being fetched anew: several pictures may fail at once. */
const refreshing = new Set<string>();

/** Fetches a post anew wherever it is shown, with addresses of its pictures that are good again. */
export function useRefreshPost(id: string): () => void {
  const queries = useQueryClient();
  return () => {
    if (refreshing.has(id)) return;
    refreshing.add(id);
    http
      .get<Post>(`/v1/posts/${encodeURIComponent(id)}`)
      .then(({ data }) => changePost(queries, id, () => data))
      // Then the picture stays a blur, as it would without a network.
      .catch(() => {})
      .finally(() => refreshing.delete(id));
  };
}
