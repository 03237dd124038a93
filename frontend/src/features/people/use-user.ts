import { useQuery } from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import type { Profile } from "@/lib/api/types";
import { keys } from "@/lib/query";

export function useUser(username: string, enabled = true) {
  return useQuery({
    queryKey: keys.user(username),
    enabled,
    queryFn: async ({ signal }) =>
      (await http.get<Profile>(`/v1/users/${encodeURIComponent(username)}`, { signal })).data,
  });
}
