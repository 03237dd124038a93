import { hashKey, onlineManager, QueryClient, type QueryKey } from "@tanstack/react-query";
import { onStaleRead, session } from "./api/client";
import { toProblem } from "./api/problem";
import { forgetAccount } from "./forget-account";

/** Every key of the cache, so that a change can name what it touches without importing a feature. */
export const keys = {
  me: ["me"] as const,
  feed: ["posts", "feed"] as const,
  explore: ["posts", "explore"] as const,
  userPosts: (username: string) => ["posts", "of", username] as const,
  allPosts: ["posts"] as const,
  post: (id: string) => ["post", id] as const,
  comments: (post: string) => ["comments", post] as const,
  /** One's own comments that the pages loaded so far don't reach. */
  ownComments: (post: string) => ["own-comments", post] as const,
  history: (post: string) => ["history", post] as const,
  likes: (post: string) => ["likes", post] as const,
  user: (username: string) => ["user", username] as const,
  allUsers: ["user"] as const,
  friends: ["friends"] as const,
  friendsOf: (username: string) => ["friends", "of", username] as const,
  search: (text: string) => ["search", text] as const,
  allSearches: ["search"] as const,
  suggestions: ["suggestions"] as const,
  blocks: ["blocks"] as const,
  notifications: ["notifications"] as const,
  unseenCount: ["unseen-count"] as const,
  sessions: ["sessions"] as const,
  friendRequests: (direction: "incoming" | "outgoing") => ["friend-requests", direction] as const,
  /** Below the requests, so that what changes them changes their number. */
  waitingRequests: ["friend-requests", "waiting"] as const,
  allFriendRequests: ["friend-requests"] as const,
  chat: ["chat"] as const,
  sidebar: ["chat", "sidebar"] as const,
  olderChats: ["chat", "older"] as const,
  conversation: (peer: string) => ["chat", "conversation", peer] as const,
  canSend: (peer: string) => ["chat", "can-send", peer] as const,
  allCanSend: ["chat", "can-send"] as const,
};

// The library believes in a network until it hears that there is none; a client that is opened
// without one hears nothing. A read is tried once, and goes on by itself when the network is back.
onlineManager.setOnline(navigator.onLine);

/** Which query each request under way is for, by the signal that both have. */
const requested = new WeakMap<AbortSignal, QueryKey>();

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        // Nothing is stored here: it is where every fetch of a query passes.
        persister: (fetch, context, query) => {
          requested.set(context.signal, query.queryKey);
          return fetch(context);
        },
        retry: (failures, error) => failures < 2 && toProblem(error).isTransient,
      },
      // A command is tried again by the person, under the same idempotency key.
      mutations: { retry: false },
    },
  });
}

const FIRST_REFETCH_MS = 2_000;
const LAST_REFETCH_MS = 60_000;

/**
 * An answer marked stale is shown, and asked for again a little later, ever more slowly while
 * the projections stay behind. It alone: whoever asks for all makes work just when there is too much.
 */
export function refetchStaleReads(queries: QueryClient): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let delay = FIRST_REFETCH_MS;
  let lastStale = 0;
  const stale = new Map<string, QueryKey>();
  const stopListening = onStaleRead((signal) => {
    const queryKey = signal && requested.get(signal);
    if (!queryKey) return;
    stale.set(hashKey(queryKey), queryKey);
    if (Date.now() - lastStale > 2 * LAST_REFETCH_MS) delay = FIRST_REFETCH_MS;
    lastStale = Date.now();
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      const keys = [...stale.values()];
      stale.clear();
      for (const queryKey of keys) {
        void queries.invalidateQueries({ queryKey, exact: true, refetchType: "active" });
      }
    }, delay);
    delay = Math.min(delay * 2, LAST_REFETCH_MS);
  });
  return () => {
    clearTimeout(timer);
    stopListening();
  };
}

/** What one person has loaded is never shown to the next, and nothing they wrote stays on the device. */
export function forgetOnAccountChange(queries: QueryClient): () => void {
  let account = accountId();
  return session.subscribe(() => {
    if (account !== null && account !== accountId()) {
      queries.clear();
      forgetAccount(account);
    }
    account = accountId();
  });
}

function accountId(): string | null {
  const state = session.getState();
  return state.status === "signed-in" ? state.account.id : null;
}
