import { useMutation } from "@tanstack/react-query";
import { http, startSession } from "@/lib/api/client";
import type { SessionAnswer } from "@/lib/api/types";
import type { LogIn } from "./schemas";

export function useLogIn() {
  return useMutation({
    mutationFn: async (form: LogIn) =>
      (await http.post<SessionAnswer>("/v1/auth/login", form)).data,
    onSuccess: startSession,
  });
}
