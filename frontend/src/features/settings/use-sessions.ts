import {
  type InfiniteData,
  useInfiniteQuery,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import { toProblem } from "@/lib/api/problem";
import type { DeviceSession, Page } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { keys } from "@/lib/query";
import { showToast } from "@/lib/toasts";

/** Where one is signed in, the last used first. */
export function useSessions() {
  return useInfiniteQuery({
    queryKey: keys.sessions,
    queryFn: async ({ pageParam, signal }) => {
      const params = pageParam ? { cursor: pageParam } : {};
      return (await http.get<Page<DeviceSession>>("/v1/auth/sessions", { params, signal })).data;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    // Whoever looks wants to know how it is now.
    staleTime: 0,
  });
}

/** The device leaves the list at once, and comes back if it couldn't be logged out. */
export function useRevokeSession() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => http.delete(`/v1/auth/sessions/${id}`),
    onMutate: async (id) => {
      await queries.cancelQueries({ queryKey: keys.sessions });
      const before = queries.getQueryData(keys.sessions);
      queries.setQueryData<InfiniteData<Page<DeviceSession>>>(
        keys.sessions,
        (data) =>
          data && {
            ...data,
            pages: data.pages.map((page) => ({
              ...page,
              items: page.items.filter((session) => session.id !== id),
            })),
          },
      );
      return before;
    },
    onError: (error, _id, before) => {
      queries.setQueryData(keys.sessions, before);
      showToast("error", `${t.settings.revokeFailed} ${toProblem(error).text}`);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keys.sessions }),
  });
}
