import { useMutation } from "@tanstack/react-query";
import { endSession, http } from "@/lib/api/client";
import { Problem, toProblem } from "@/lib/api/problem";
import { showToast } from "@/lib/toasts";

/** Here, or on every device. */
export function useLogOut(where: "here" | "everywhere" = "here") {
  return useMutation({
    // Without a network it fails at once and says so, rather than to wait for one in silence.
    networkMode: "always",
    mutationFn: async () => {
      try {
        await http.post(where === "here" ? "/v1/auth/logout" : "/v1/auth/logout-all");
      } catch (error) {
        // The session is over already, which is what was wanted.
        if (!(error instanceof Problem && error.status === 401)) throw error;
      }
    },
    onSuccess: endSession,
    onError: (error) => showToast("error", toProblem(error).text),
  });
}
