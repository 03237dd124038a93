import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import type { Me, Page, Person } from "@/lib/api/types";
import { keys } from "@/lib/query";

/** The socket tells of new ones, and `useLiveNotifications` has them read anew. */
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
  });
}

/** How many wait for an answer; a hundred stands for as many or more. */
export function useWaitingRequests(): number {
  const { data } = useQuery({
    queryKey: keys.waitingRequests,
    queryFn: async ({ signal }) =>
      (await http.get<Me>("/v1/me", { signal })).data.unread.friend_requests,
  });
  return data ?? 0;
}
