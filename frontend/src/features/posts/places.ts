import { type KeyValueStore, tabStore } from "@/lib/storage";

/** Where one is in a list: which item is the first on the screen, and how far from its top that begins. */
export interface Place {
  key: string;
  top: number;
}

/** So many visits of lists are kept in mind. */
const MOST = 30;

/** The places in the lists that were visited in this tab, by the entry of the history. */
export class Places {
  private readonly store: KeyValueStore;
  private readonly reloaded: () => boolean;
  /** Kept since the page was loaded. */
  private readonly here = new Set<string>();

  /** `reloaded`: this page was loaded once more, or come back to, and not opened anew. */
  constructor(store: KeyValueStore, reloaded: () => boolean) {
    this.store = store;
    this.reloaded = reloaded;
  }

  of(account: string, visit: string): Place | null {
    // A page that is opened anew may bear the name of one that was there before.
    if (!this.here.has(account + visit) && !this.reloaded()) return null;
    return this.all(account)[visit] ?? null;
  }

  /** Null where one is at the top. */
  keep(account: string, visit: string, place: Place | null): void {
    const { [visit]: _, ...others } = this.all(account);
    const entries = Object.entries(others).slice(1 - MOST);
    if (place) entries.push([visit, place]);
    this.here.add(account + visit);
    this.store.set(keyOf(account), JSON.stringify(Object.fromEntries(entries)));
  }

  private all(account: string): Record<string, Place> {
    try {
      return JSON.parse(this.store.get(keyOf(account)) ?? "{}") as Record<string, Place>;
    } catch {
      return {};
    }
  }
}

const keyOf = (account: string) => `echo:places:${account}`;

function wasReloaded(): boolean {
  const [load] = performance.getEntriesByType?.("navigation") ?? [];
  return load !== undefined && (load as PerformanceNavigationTiming).type !== "navigate";
}

export const places = new Places(tabStore, wasReloaded);
