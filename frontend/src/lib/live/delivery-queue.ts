import type { KeyValueStore } from "../storage";

/** Something on its way to the server. */
export interface Queued {
  /** Made here, so that sending twice is the same as sending once. */
  id: string;
  /** Within a lane things go one after the other; lanes don't wait for each other. */
  to: string;
  createdAt: string;
  state: "waiting" | "sending" | "failed";
  /** The reason of a refusal, as a problem's code. */
  problem?: string;
}

export type Delivery =
  | { outcome: "sent" }
  /** Nothing was decided: it is worth trying again, in `retryAfter` seconds if the server said so. */
  | { outcome: "unknown"; retryAfter?: number | null }
  | { outcome: "refused"; problem: string };

export interface DeliveryQueueOptions<Item extends Queued> {
  store: KeyValueStore;
  account: string;
  /** Must not throw. A delivery that is "sent" has been shown elsewhere before this returns. */
  deliver: (item: Item) => Promise<Delivery>;
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;
/** What takes longer waits for a connection, whatever the browser believes of it. */
const SLOW_MS = 5_000;

/**
 * What was written and isn't with the server yet. Each item is stored under a key of its own until
 * the server has it, so that neither a reload nor another tab loses one; sent twice it is one by its id.
 */
export class DeliveryQueue<Item extends Queued> {
  private items: Item[];
  private readonly listeners = new Set<() => void>();
  private readonly busy = new Set<string>();
  private readonly options: DeliveryQueueOptions<Item>;
  protected readonly prefix: string;
  private retryDelay = FIRST_RETRY_MS;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;

  constructor(prefix: string, options: DeliveryQueueOptions<Item>) {
    this.prefix = prefix;
    this.options = options;
    this.items = this.load();
  }

  readonly getItems = (): Item[] => this.items;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Once more, under the same id. */
  retry(id: string): void {
    const item = this.items.find((each) => each.id === id);
    if (!item) return;
    this.save({ ...item, state: "waiting", problem: undefined });
    this.flush();
  }

  discard(id: string): void {
    this.options.store.remove(this.prefix + id);
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

  /** Goes on after a stop. */
  protected resume(): void {
    this.stopped = false;
    this.flush();
  }

  /** Forgets everything, as at a log-out. */
  clear(): void {
    this.stop();
    for (const item of this.items) this.options.store.remove(this.prefix + item.id);
    this.change([]);
  }

  protected enqueue(item: Item): void {
    this.save(item);
    this.flush();
  }

  private async flushTo(to: string): Promise<void> {
    if (this.busy.has(to)) return;
    this.busy.add(to);
    try {
      for (;;) {
        const item = this.items.find((each) => each.to === to && each.state === "waiting");
        if (!item || this.stopped) return;
        this.change(replace(this.items, { ...item, state: "sending" }));
        const slow = setTimeout(() => this.change(replace(this.items, item)), SLOW_MS);
        const delivery = await this.options.deliver(item);
        clearTimeout(slow);
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

  private save(item: Item): void {
    this.options.store.set(this.prefix + item.id, JSON.stringify(item));
    const known = this.items.some((each) => each.id === item.id);
    this.change(known ? replace(this.items, item) : [...this.items, item]);
  }

  private change(items: Item[]): void {
    this.items = items;
    for (const listener of this.listeners) listener();
  }

  private load(): Item[] {
    const { store } = this.options;
    return store
      .keys(this.prefix)
      .flatMap((key) => parse<Item>(store.get(key)))
      .sort(byCreation);
  }
}

function byCreation(one: Queued, other: Queued): number {
  return one.createdAt.localeCompare(other.createdAt);
}

function replace<Item extends Queued>(items: Item[], item: Item): Item[] {
  return items.map((each) => (each.id === item.id ? item : each));
}

function parse<Item extends Queued>(text: string | null): Item[] {
  try {
    const item = JSON.parse(text ?? "") as Item;
    // What was being sent when the page went away may or may not have arrived; send it again.
    return [item.state === "failed" ? item : { ...item, state: "waiting" }];
  } catch {
    return [];
  }
}
