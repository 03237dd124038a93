import { useInfiniteQuery } from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import type { Page, Person } from "@/lib/api/types";
import { keys } from "@/lib/query";

export function useFriends() {
  return useInfiniteQuery({
    queryKey: keys.friends,
    queryFn: async ({ pageParam, signal }) => {
      const params = pageParam ? { cursor: pageParam } : {};
      return (await http.get<Page<Person>>("/v1/friends", { params, signal })).data;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}
