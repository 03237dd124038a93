import { type InfiniteData, type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import type { Page, Post } from "@/lib/api/types";
import { keys } from "@/lib/query";

export type PostPages = InfiniteData<Page<Post>, string | null>;

export const useFeed = () => usePostList(keys.feed, "/v1/feed");

export const useExplore = () => usePostList(keys.explore, "/v1/explore");

export const useUserPosts = (username: string) =>
  usePostList(keys.userPosts(username), `/v1/users/${encodeURIComponent(username)}/posts`);

export type PostListQuery = ReturnType<typeof usePostList>;

function usePostList(key: QueryKey, path: string) {
  return useInfiniteQuery({
    queryKey: key,
    queryFn: async ({ pageParam, signal }) => {
      const params = pageParam ? { cursor: pageParam } : {};
      return (await http.get<Page<Post>>(path, { params, signal })).data;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}
