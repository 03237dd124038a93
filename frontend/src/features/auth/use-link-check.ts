import { useQuery } from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import { type Problem, toProblem } from "@/lib/api/problem";

/** Whether the server would still take a link, asked before anybody thinks of a password. */
export function useLinkCheck(token: string | null): { isChecking: boolean; dead: Problem | null } {
  const check = useQuery({
    queryKey: ["link", token],
    queryFn: async () => {
      await http.post("/v1/auth/password-reset/check", { token });
      return true;
    },
    enabled: token !== null,
    retry: false,
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  // Where it can't be found out, setting the password will tell.
  const problem = check.error ? toProblem(check.error) : null;
  return {
    isChecking: token !== null && check.isPending,
    dead: problem?.code === "link-invalid" ? problem : null,
  };
}
