import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { http } from "@/lib/api/client";
import type { FoundPerson, Page } from "@/lib/api/types";
import { keys } from "@/lib/query";
import { beginning } from "@/lib/text";

/** So long after the last key the search goes out. */
const PAUSE_MS = 180;
const LIMIT = 20;
const MOST_CHARACTERS = 100;

/** People by the beginning of any of their names, as one types; friends come first. */
export function usePeopleSearch(text: string) {
  const wanted = beginning(text.trim().replace(/^@/, ""), MOST_CHARACTERS);
  const [asked, setAsked] = useState(wanted);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(wanted), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [wanted]);

  const query = useQuery({
    queryKey: keys.search(asked),
    queryFn: async ({ signal }) => {
      const params = { q: asked, limit: LIMIT };
      return (await http.get<Page<FoundPerson>>("/v1/search/users", { params, signal })).data.items;
    },
    enabled: asked !== "",
    // What was found for the letters before stays until there is something better.
    placeholderData: asked === "" ? undefined : keepPreviousData,
  });
  return {
    people: wanted === "" ? [] : query.data,
    error: query.error,
    /** What is shown is the answer to what was typed. */
    settled: wanted === asked && !query.isFetching && !query.isPlaceholderData,
  };
}
