import { useMutation } from "@tanstack/react-query";
import { endSession, http } from "@/lib/api/client";
import { Problem, toProblem } from "@/lib/api/problem";
import { showToast } from "@/lib/toasts";

export function useLogOut() {
  return useMutation({
    mutationFn: async () => {
      try {
        await http.post("/v1/auth/logout");
      } catch (error) {
        // The session is over already, which is what was wanted.
        if (!(error instanceof Problem && error.status === 401)) throw error;
      }
    },
    onSuccess: endSession,
    onError: (error) => showToast("error", toProblem(error).text),
  });
}
