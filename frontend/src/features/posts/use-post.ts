import { useQuery } from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import type { Post } from "@/lib/api/types";
import { keys } from "@/lib/query";

export function usePost(id: string) {
  return useQuery({
    queryKey: keys.post(id),
    queryFn: async ({ signal }) =>
      (await http.get<Post>(`/v1/posts/${encodeURIComponent(id)}`, { signal })).data,
  });
}
