import {
  type InfiniteData,
  type QueryClient,
  type QueryKey,
  useInfiniteQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useNavigationType } from "react-router";
import { http } from "@/lib/api/client";
import type { Page, Post } from "@/lib/api/types";
import { keys } from "@/lib/query";

interface PostPage extends Page<Post> {
  fetchedAt: number;
}

export type PostPages = InfiniteData<PostPage, string | null>;

/** Who comes to a list again after this long by a link, and not by Back, finds it anew. */
const FRESH_MS = 30_000;
/** Who comes back finds it as it was for this long. */
const KEPT_MS = 30 * 60_000;

export const useFeed = () => usePostList(keys.feed, "/v1/feed");

export const useExplore = () => usePostList(keys.explore, "/v1/explore");

export const useUserPosts = (username: string) =>
  usePostList(keys.userPosts(username), `/v1/users/${encodeURIComponent(username)}/posts`);

export type PostListQuery = ReturnType<typeof usePostList>;

/**
 * A list of posts that never moves by itself under somebody who reads: nothing is fetched anew
 * because a window was focused or a while has passed. What happens to its posts is patched in,
 * what is new is announced, and a visit begins at the newest.
 */
function usePostList(key: QueryKey, path: string) {
  useFreshOnVisit(key);
  return useInfiniteQuery<PostPage, Error, PostPages, QueryKey, string | null>({
    queryKey: key,
    queryFn: async ({ pageParam, signal }) => {
      const params = pageParam ? { cursor: pageParam } : {};
      const { data } = await http.get<Page<Post>>(path, { params, signal });
      return { ...data, fetchedAt: Date.now() };
    },
    initialPageParam: null,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: KEPT_MS,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
}

/** Reads the newest page anew and lets go of the older ones, which come again as one goes on. */
export function startOver(queries: QueryClient, key: QueryKey): void {
  queries.setQueryData<PostPages>(
    key,
    (data) => data && { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) },
  );
  void queries.invalidateQueries({ queryKey: key, exact: true });
}

function useFreshOnVisit(key: QueryKey): void {
  const queries = useQueryClient();
  const back = useNavigationType() === "POP";
  const visit = useRef({ key, back });
  useEffect(() => {
    const { key, back } = visit.current;
    const first = queries.getQueryData<PostPages>(key)?.pages[0];
    if (!back && first && Date.now() - first.fetchedAt > FRESH_MS) startOver(queries, key);
  }, [queries]);
}
