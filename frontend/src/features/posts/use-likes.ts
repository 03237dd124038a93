import { useInfiniteQuery } from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import type { Page, Person } from "@/lib/api/types";
import { keys } from "@/lib/query";

/** Who likes a post, the newest first. */
export function useLikes(post: string) {
  return useInfiniteQuery({
    queryKey: keys.likes(post),
    queryFn: async ({ pageParam, signal }) => {
      const params = pageParam ? { cursor: pageParam } : {};
      return (await http.get<Page<Person>>(`/v1/posts/${post}/likes`, { params, signal })).data;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}
