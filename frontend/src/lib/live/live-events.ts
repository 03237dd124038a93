import type {
  FeedNew,
  NotificationNew,
  PostCounts,
  PostWatch,
  PresenceChanged,
  PresenceWatch,
  PresenceWatched,
  Typing,
  TypingChanged,
} from "../api/types";

/** What the socket tells of besides the conversations. It may have gaps: none of it is stored. */
export interface LiveEventMap {
  typing: TypingChanged;
  presence: PresenceChanged;
  "notification:new": NotificationNew;
  "feed:new": FeedNew;
  "post:counts": PostCounts;
}

/** What can be asked of the socket, and what it answers. */
export interface LiveRequestMap {
  typing: { payload: Typing; answer: unknown };
  "presence:watch": { payload: PresenceWatch; answer: PresenceWatched };
  "post:watch": { payload: PostWatch; answer: unknown };
}

type Handler<E extends keyof LiveEventMap> = (payload: LiveEventMap[E]) => void;
type Request = (event: string, payload: unknown) => Promise<unknown>;

const EVENTS = ["typing", "presence", "notification:new", "feed:new", "post:counts"] as const;

/**
 * The one socket, for every feature that wants to hear of something or ask for it. Who needs what
 * was missed meanwhile fetches it after `onWelcome`, which comes with each connection.
 */
class LiveEvents {
  private readonly handlers = new Map<string, Set<(payload: never) => void>>();
  private readonly welcomed = new Set<() => void>();
  private send: Request | null = null;

  /** Returns how to stop. */
  on<E extends keyof LiveEventMap>(event: E, handler: Handler<E>): () => void {
    const handlers = this.handlers.get(event) ?? new Set();
    handlers.add(handler);
    this.handlers.set(event, handlers);
    return () => handlers.delete(handler);
  }

  /** Calls after every welcome, and at once if there is a connection. What was watched is to be watched anew. */
  onWelcome(handler: () => void): () => void {
    this.welcomed.add(handler);
    if (this.send) handler();
    return () => this.welcomed.delete(handler);
  }

  /** Null without a connection or if it was refused: none of these is worth a word to anybody. */
  async request<E extends keyof LiveRequestMap>(
    event: E,
    payload: LiveRequestMap[E]["payload"],
  ): Promise<LiveRequestMap[E]["answer"] | null> {
    const answer = await this.send?.(event, payload).catch(() => null);
    const done = typeof answer === "object" && answer !== null && "ok" in answer && answer.ok;
    return done ? (answer as LiveRequestMap[E]["answer"]) : null;
  }

  /** For the connection: what to do with each event. */
  receivers(): Record<keyof LiveEventMap, (payload: unknown) => void> {
    const receive = (event: keyof LiveEventMap) => (payload: unknown) => {
      for (const handler of this.handlers.get(event) ?? []) handler(payload as never);
    };
    return Object.fromEntries(EVENTS.map((event) => [event, receive(event)])) as ReturnType<
      typeof this.receivers
    >;
  }

  connected(send: Request): void {
    this.send = send;
    for (const handler of this.welcomed) handler();
  }

  disconnected(): void {
    this.send = null;
  }
}

export const liveEvents = new LiveEvents();
