import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { http, positions } from "@/lib/api/client";
import type { Notification, Page, UnreadCount } from "@/lib/api/types";
import { liveEvents } from "@/lib/live/live-events";
import { keys } from "@/lib/query";

export function useNotifications() {
  return useInfiniteQuery({
    queryKey: keys.notifications,
    queryFn: async ({ pageParam, signal }) => {
      const params = pageParam ? { cursor: pageParam } : {};
      return (await http.get<Page<Notification>>("/v1/notifications", { params, signal })).data;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** How many haven't been seen; a hundred stands for as many or more. */
export function useUnseenCount(): number {
  const { data } = useQuery({
    queryKey: keys.unseenCount,
    queryFn: async ({ signal }) =>
      (await http.get<UnreadCount>("/v1/notifications/unread-count", { signal })).data.unread_count,
  });
  return data ?? 0;
}

/** Keeps count and lists true while the socket tells of new ones. Once, around every page. */
export function useLiveNotifications(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const stops = [
      liveEvents.on("notification:new", ({ notification, unread_count: unread }) => {
        // It names nobody: what is fetched from here on has the names, and what it is about.
        positions.observe(notification.position);
        queries.setQueryData(keys.unseenCount, unread);
        void queries.invalidateQueries({ queryKey: keys.notifications });
        if (notification.type === "friend_request" || notification.type === "friend_accepted") {
          for (const queryKey of [
            keys.allFriendRequests,
            keys.friends,
            keys.allUsers,
            keys.suggestions,
            keys.sidebar,
            keys.allCanSend,
          ]) {
            void queries.invalidateQueries({ queryKey });
          }
        }
      }),
      // None of these is sent again after a break.
      liveEvents.onWelcome(() => {
        void queries.invalidateQueries({ queryKey: keys.unseenCount });
        void queries.invalidateQueries({ queryKey: keys.notifications });
        void queries.invalidateQueries({ queryKey: keys.allFriendRequests });
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [queries]);
}

/** Says that everything up to the newest was seen. What was new stays marked until it is read anew. */
export function useMarkSeen(newest: Notification | undefined): void {
  const queries = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: (upTo: string) => http.put("/v1/notifications/seen", { up_to: upTo }),
    onMutate: () => {
      const before = queries.getQueryData(keys.unseenCount);
      queries.setQueryData(keys.unseenCount, 0);
      return before;
    },
    onError: (_error, _upTo, before) => queries.setQueryData(keys.unseenCount, before),
  });
  const upTo = newest && !newest.seen ? newest.position : null;
  useEffect(() => {
    if (upTo) mutate(upTo);
  }, [upTo, mutate]);
}
