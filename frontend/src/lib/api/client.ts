import axios from "axios";
import { Positions } from "../positions";
import { browserStore } from "../storage";
import { createHttp } from "./http";
import { Session } from "./session";
import type { SessionAnswer } from "./types";

// The browser's own session, its positions and its connection to the API: one of each per tab.

export const session = new Session({
  store: browserStore,
  refresh: async () => (await axios.post<SessionAnswer>("/v1/auth/refresh")).data,
  exclusively: async (action) =>
    navigator.locks ? await navigator.locks.request("echo-refresh", action) : await action(),
});

/** Kept over a reload and shared by tabs, by account: one's own change is never missing. */
const positionsKey = (account: string) => `echo:positions:${account}`;

export const positions: Positions = new Positions(() => {
  const state = session.getState();
  const token = positions.token();
  if (state.status === "signed-in" && token) {
    browserStore.set(positionsKey(state.account.id), token);
  }
});

// Told of when somebody else is signed in, or nobody: another person's positions mean nothing here.
session.subscribe(() => {
  positions.clear();
  const state = session.getState();
  if (state.status === "signed-in") {
    positions.observe(browserStore.get(positionsKey(state.account.id)));
  }
});

type StaleListener = (signal: AbortSignal | undefined) => void;

const staleListeners = new Set<StaleListener>();

export function onStaleRead(listener: StaleListener): () => void {
  staleListeners.add(listener);
  return () => staleListeners.delete(listener);
}

export const http = createHttp({
  session,
  positions,
  onStale: (signal) => {
    for (const listener of staleListeners) listener(signal);
  },
});

/** After a log-in or a sign-up, whose first reads must already include it. */
export function startSession(answer: SessionAnswer): void {
  session.accept(answer);
  positions.observe(answer.position);
  tellOtherTabs("signed-in");
}

/** What another tab did to the session that all tabs share. */
const channel =
  typeof BroadcastChannel === "function" ? new BroadcastChannel("echo-session") : null;

function tellOtherTabs(event: "signed-in" | "signed-out"): void {
  channel?.postMessage(event);
}

/** After a log-out that the server has confirmed. */
export function endSession(): void {
  session.end(false);
  tellOtherTabs("signed-out");
}

channel?.addEventListener("message", (message: MessageEvent<unknown>) => {
  const { status } = session.getState();
  if (message.data === "signed-out" && status === "signed-in") session.end(false);
  // Somebody signed in: this tab has to be theirs too, since the cookie is.
  if (message.data === "signed-in") window.location.reload();
});
