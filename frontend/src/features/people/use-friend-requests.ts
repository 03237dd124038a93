import { useInfiniteQuery } from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import type { Page, Person } from "@/lib/api/types";
import { keys } from "@/lib/query";

/** Nothing announces a request yet, so it is looked for now and then while one is here. */
const LOOK_EVERY_MS = 30_000;

export function useFriendRequests(direction: "incoming" | "outgoing") {
  return useInfiniteQuery({
    queryKey: keys.friendRequests(direction),
    queryFn: async ({ pageParam, signal }) => {
      const params = { direction, ...(pageParam ? { cursor: pageParam } : {}) };
      return (await http.get<Page<Person>>("/v1/friend-requests", { params, signal })).data;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    // Whoever opens the page wants to see who has asked by now.
    staleTime: 0,
    refetchInterval: direction === "incoming" ? LOOK_EVERY_MS : false,
  });
}
