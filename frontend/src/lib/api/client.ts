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

window.addEventListener("online", () => session.wake());

/** Kept over a reload and shared by tabs, by account: one's own change is never missing. */
const positionsKey = (account: string) => `echo:positions:${account}`;

export const positions: Positions = new Positions(() => {
  const state = session.getState();
  const token = positions.token();
  if (state.status !== "signed-in") return;
  const key = positionsKey(state.account.id);
  if (token) browserStore.set(key, token);
  else browserStore.remove(key);
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
  tellOtherTabs({ event: "signed-in", account: answer.account.id });
}

/** What another tab did to the session that all tabs share. */
const channel =
  typeof BroadcastChannel === "function" ? new BroadcastChannel("echo-session") : null;

type Told = { event: "signed-in"; account: string } | { event: "signed-out" };

function tellOtherTabs(told: Told): void {
  channel?.postMessage(told);
}

/** After a log-out that the server has confirmed. */
export function endSession(): void {
  session.end(false);
  tellOtherTabs({ event: "signed-out" });
}

channel?.addEventListener("message", ({ data }: MessageEvent<Told>) => {
  const state = session.getState();
  if (data.event === "signed-out") {
    if (state.status === "signed-in") session.end(false);
    return;
  }
  // This tab has to be theirs too, since the cookie is; where it is already, nothing typed is lost.
  if (state.status !== "signed-in") void session.refresh().catch(() => undefined);
  else if (state.account.id !== data.account) window.location.reload();
});
