import { useMutation } from "@tanstack/react-query";
import { useRef } from "react";
import { http, startSession } from "@/lib/api/client";
import type { SessionAnswer } from "@/lib/api/types";
import { newId } from "@/lib/ids";
import type { SignUp } from "./schemas";

export function useSignUp() {
  // The same form sent again after a lost answer is the same account, not a name that is taken.
  const attempt = useRef({ body: "", key: "" });
  return useMutation({
    mutationFn: async (form: SignUp) => {
      const body = JSON.stringify(form);
      if (attempt.current.body !== body) attempt.current = { body, key: newId() };
      const headers = { "Idempotency-Key": attempt.current.key };
      return (await http.post<SessionAnswer>("/v1/auth/signup", form, { headers })).data;
    },
    onSuccess: startSession,
  });
}
