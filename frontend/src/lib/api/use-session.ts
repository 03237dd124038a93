import { useSyncExternalStore } from "react";
import { session } from "./client";
import type { SessionState } from "./session";
import type { Person } from "./types";

export function useSession(): SessionState {
  return useSyncExternalStore(session.subscribe, session.getState);
}

/** The signed-in person, for what is only ever shown to one. */
export function useMe(): Person {
  const state = useSession();
  if (state.status !== "signed-in") throw new Error("shown to nobody: there is no session");
  return state.account;
}
