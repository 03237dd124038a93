import { useQuery } from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import type { Page, Suggestion } from "@/lib/api/types";
import { keys } from "@/lib/query";

/** Friends of friends; there is one page of them. */
export function useSuggestions() {
  return useQuery({
    queryKey: keys.suggestions,
    queryFn: async ({ signal }) =>
      (await http.get<Page<Suggestion>>("/v1/suggestions", { params: { limit: 30 }, signal })).data
        .items,
  });
}
