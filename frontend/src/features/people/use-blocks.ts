import { useInfiniteQuery } from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import type { Page, Person } from "@/lib/api/types";
import { keys } from "@/lib/query";

/** Whom one blocks, the last blocked first. */
export function useBlocks() {
  return useInfiniteQuery({
    queryKey: keys.blocks,
    queryFn: async ({ pageParam, signal }) => {
      const params = pageParam ? { cursor: pageParam } : {};
      return (await http.get<Page<Person>>("/v1/blocks", { params, signal })).data;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}
