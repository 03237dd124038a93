import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { http } from "@/lib/api/client";
import type { Page, Sidebar } from "@/lib/api/types";
import { keys } from "@/lib/query";

type RecentChat = Sidebar["recent"][number];

/** Chats per request, as many as the sidebar begins with. */
const PAGE = 100;
/** A filter looks through so many pages by itself; who has more chats asks for them. */
const MOST_SEARCHED_PAGES = 20;

interface OlderChats {
  chats: RecentChat[];
  isLoading: boolean;
  /** Null when all are there. */
  loadMore: (() => void) | null;
}

/**
 * The chats before those that the sidebar begins with. While `searching` all of them are loaded, so
 * that a filter finds what there is; else as they are asked for.
 */
export function useOlderChats(sidebar: Sidebar, wanted: boolean, searching: boolean): OlderChats {
  const query = useInfiniteQuery({
    queryKey: keys.olderChats,
    queryFn: async ({ pageParam, signal }) => {
      const params = { limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) };
      return (await http.get<Page<RecentChat>>("/v1/chats", { params, signal })).data;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    enabled: sidebar.more_recent && (wanted || searching),
    // What is new in a chat brings it into the sidebar.
    staleTime: Number.POSITIVE_INFINITY,
  });
  const { data, hasNextPage, isFetching, fetchNextPage, isError } = query;
  const pages = data?.pages.length ?? 0;
  const chats = useMemo(() => {
    const known = new Set(sidebar.recent.map(({ peer }) => peer.id));
    return (data?.pages ?? [])
      .flatMap((page) => page.items)
      .filter(({ peer }) => {
        // One that has moved up while one paged stands further down, too.
        const first = !known.has(peer.id);
        known.add(peer.id);
        return first;
      });
  }, [sidebar.recent, data]);
  // The first page is mostly what the sidebar has.
  const goesOn = chats.length === 0 || (searching && pages < MOST_SEARCHED_PAGES);
  useEffect(() => {
    if (pages > 0 && goesOn && hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [pages, goesOn, hasNextPage, isFetching, isError, fetchNextPage]);
  return {
    chats,
    isLoading: isFetching,
    loadMore: hasNextPage && !isFetching ? () => void fetchNextPage() : null,
  };
}
