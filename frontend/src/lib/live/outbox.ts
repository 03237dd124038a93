import type { MessageMedia } from "../api/types";
import { newId } from "../ids";
import type { KeyValueStore } from "../storage";

export interface OutboxItem {
  /** The message's id, made here, so that sending twice is the same as sending once. */
  id: string;
  to: string;
  text: string;
  /** Pictures that are uploaded already. */
  media?: MessageMedia[];
  createdAt: string;
  state: "waiting" | "sending" | "failed";
  /** Why it was refused, as a problem's code. */
  problem?: string;
}

export type Delivery =
  | { outcome: "sent" }
  /** Nothing was decided: it is worth trying again, in `retryAfter` seconds if the server said so. */
  | { outcome: "unknown"; retryAfter?: number | null }
  | { outcome: "refused"; problem: string };

interface OutboxOptions {
  store: KeyValueStore;
  account: string;
  /** Must not throw. A delivery that is "sent" has been shown elsewhere before this returns. */
  deliver: (item: OutboxItem) => Promise<Delivery>;
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

/**
 * Messages on their way. Each is stored under a key of its own until the server has it, so that
 * neither a reload nor another tab loses one; a message sent twice is one message by its id.
 * To one person they go in the order they were written; nobody waits for somebody else's.
 */
export class Outbox {
  private items: OutboxItem[];
  private readonly listeners = new Set<() => void>();
  private readonly busy = new Set<string>();
  private readonly options: OutboxOptions;
  private retryDelay = FIRST_RETRY_MS;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;

  constructor(options: OutboxOptions) {
    this.options = options;
    this.items = this.load();
  }

  readonly getItems = (): OutboxItem[] => this.items;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  add(to: string, text: string, media: MessageMedia[] = [], now: Date = new Date()): OutboxItem {
    const item: OutboxItem = {
      id: newId(),
      to,
      text,
      media,
      createdAt: now.toISOString(),
      state: "waiting",
    };
    this.save(item);
    this.flush();
    return item;
  }

  /** Once more, under the same id. */
  retry(id: string): void {
    const item = this.items.find((each) => each.id === id);
    if (!item) return;
    this.save({ ...item, state: "waiting", problem: undefined });
    this.flush();
  }

  discard(id: string): void {
    this.options.store.remove(this.key(id));
    this.change(this.items.filter((item) => item.id !== id));
  }

  /** Sends what waits. Called when something was added, and when the connection is back. */
  flush(): void {
    if (this.stopped) return;
    clearTimeout(this.retryTimer);
    for (const to of new Set(this.items.map((item) => item.to))) void this.flushTo(to);
  }

  /** What another tab sent or discarded isn't ours to send any more. */
  syncWithStore(): void {
    const stored = new Map(this.load().map((item) => [item.id, item]));
    const held = this.items.filter((item) => stored.delete(item.id) || this.busy.has(item.to));
    this.change([...held, ...stored.values()].sort(byCreation));
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.retryTimer);
  }

  /** Forgets everything, as at a log-out. */
  clear(): void {
    this.stop();
    for (const item of this.items) this.options.store.remove(this.key(item.id));
    this.change([]);
  }

  private async flushTo(to: string): Promise<void> {
    if (this.busy.has(to)) return;
    this.busy.add(to);
    try {
      for (;;) {
        const item = this.items.find((each) => each.to === to && each.state === "waiting");
        if (!item || this.stopped) return;
        this.change(replace(this.items, { ...item, state: "sending" }));
        const delivery = await this.options.deliver(item);
        // Discarded while it was on its way: there is nothing left to show.
        if (!this.items.some((each) => each.id === item.id)) continue;
        if (delivery.outcome === "unknown") {
          this.change(replace(this.items, item));
          return this.flushLater(delivery.retryAfter);
        }
        this.retryDelay = FIRST_RETRY_MS;
        if (delivery.outcome === "sent") this.discard(item.id);
        else this.save({ ...item, state: "failed", problem: delivery.problem });
      }
    } finally {
      this.busy.delete(to);
    }
  }

  private flushLater(seconds: number | null | undefined): void {
    if (this.stopped) return;
    clearTimeout(this.retryTimer);
    const delay = seconds ? seconds * 1_000 : this.retryDelay;
    this.retryDelay = Math.min(this.retryDelay * 2, LAST_RETRY_MS);
    this.retryTimer = setTimeout(() => this.flush(), delay);
  }

  private save(item: OutboxItem): void {
    this.options.store.set(this.key(item.id), JSON.stringify(item));
    const known = this.items.some((each) => each.id === item.id);
    this.change(known ? replace(this.items, item) : [...this.items, item]);
  }

  private change(items: OutboxItem[]): void {
    this.items = items;
    for (const listener of this.listeners) listener();
  }

  private load(): OutboxItem[] {
    return this.options.store
      .keys(outboxPrefix(this.options.account))
      .flatMap((key) => parse(this.options.store.get(key)))
      .sort(byCreation);
  }

  private key(id: string): string {
    return outboxPrefix(this.options.account) + id;
  }
}

export const outboxPrefix = (account: string): string => `echo:outbox:${account}:`;

function byCreation(one: OutboxItem, other: OutboxItem): number {
  return one.createdAt.localeCompare(other.createdAt);
}

function replace(items: OutboxItem[], item: OutboxItem): OutboxItem[] {
  return items.map((each) => (each.id === item.id ? item : each));
}

function parse(text: string | null): OutboxItem[] {
  try {
    const item = JSON.parse(text ?? "") as OutboxItem;
    // What was being sent when the page went away may or may not have arrived; send it again.
    return [item.state === "failed" ? item : { ...item, state: "waiting" }];
  } catch {
    return [];
  }
}
