import { useEffect, useSyncExternalStore } from "react";
import { session } from "./api/client";
import { newId } from "./ids";
import { browserStore, type KeyValueStore, tabStore } from "./storage";

/** Claims a name for as long as this tab lives; false if another tab holds it. */
export type Claim = (name: string, waitMs?: number) => Promise<boolean>;

interface DraftsOptions {
  store: KeyValueStore;
  /** What outlives a reload of this tab and is seen by no other. */
  tab: KeyValueStore;
  claim: Claim;
}

interface Stored {
  text: string;
  /** When it was last written, in milliseconds. */
  at: number;
}

/** A tab that is reloaded has let go of its draft a moment before, or is about to. */
const RELOAD_MS = 1_000;

/**
 * One thing being written, as `post` or the comment under a certain post. Each tab writes a draft
 * of its own, stored under an id of its own with each keystroke: nothing is lost with a tab, and
 * no tab ever changes or removes another's. A draft whose tab is gone goes to the next that opens.
 */
export class DraftSlot {
  private readonly options: DraftsOptions;
  private readonly prefix: string;
  private readonly listeners = new Set<() => void>();
  private id: string | null = null;
  private current = "";
  /** Counts what was written here, to see whether anything was meanwhile. */
  private writes = 0;
  private adopting = false;

  constructor(account: string, scope: string, options: DraftsOptions) {
    this.options = options;
    this.prefix = `echo:draft:${account}:${scope}:`;
    this.resume();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly text = (): string => this.current;

  /** Stores the text; an empty one is a draft no longer. */
  readonly write = (text: string): void => {
    this.writes += 1;
    if (this.id === null && text !== "") this.begin();
    this.show(text);
    if (this.id === null) return;
    if (text === "") this.options.store.remove(this.prefix + this.id);
    else this.save(this.id, text);
  };

  /** Takes up the latest draft that no living tab holds, where nothing has been written yet. */
  async adopt(): Promise<void> {
    if (this.current !== "" || this.adopting) return;
    this.adopting = true;
    const { writes } = this;
    try {
      for (const { id, text } of this.stored()) {
        const mine = await this.options.claim(this.prefix + id);
        if (this.writes !== writes) return;
        if (!mine || this.options.store.get(this.prefix + id) === null) continue;
        this.hold(id);
        this.show(text);
        return;
      }
    } finally {
      this.adopting = false;
    }
  }

  /** Leaves what is stored as it is, and shows it to nobody any more. */
  close(): void {
    this.id = null;
    this.show("");
  }

  /** After a reload a tab goes on with its own draft, at once. */
  private resume(): void {
    const { store, tab, claim } = this.options;
    const id = tab.get(this.prefix);
    const before = id === null ? null : store.get(this.prefix + id);
    const stored = parse(before);
    if (id === null || before === null || stored === null) return;
    this.id = id;
    this.current = stored.text;
    void claim(this.prefix + id, RELOAD_MS).then((mine) => {
      if (!mine && this.id === id) this.part(id, before);
    });
  }

  /** The draft is that of the tab from which this one was duplicated: only what was changed here is this tab's. */
  private part(id: string, before: string): void {
    const { current, writes } = this;
    const written = parse(this.options.store.get(this.prefix + id));
    // Unless the other tab has written meanwhile, it finds what it had.
    if (writes > 0 && (written === null || written.text === current)) {
      this.options.store.set(this.prefix + id, before);
    }
    this.id = null;
    if (writes > 0 && current !== "") {
      this.begin();
      this.write(current);
    } else {
      this.options.tab.remove(this.prefix);
      this.show("");
    }
  }

  private begin(): void {
    const id = newId();
    this.hold(id);
    void this.options.claim(this.prefix + id);
  }

  private hold(id: string): void {
    this.id = id;
    this.options.tab.set(this.prefix, id);
  }

  private save(id: string, text: string): void {
    const stored: Stored = { text, at: Date.now() };
    this.options.store.set(this.prefix + id, JSON.stringify(stored));
  }

  private stored(): { id: string; text: string }[] {
    const { store } = this.options;
    return store
      .keys(this.prefix)
      .flatMap((key) => {
        const stored = parse(store.get(key));
        return stored ? [{ id: key.slice(this.prefix.length), ...stored }] : [];
      })
      .sort((one, other) => other.at - one.at);
  }

  private show(text: string): void {
    if (text === this.current) return;
    this.current = text;
    for (const listener of this.listeners) listener();
  }
}

/** Every draft of this tab. They outlive the pages that show them. */
export class Drafts {
  private readonly options: DraftsOptions;
  private readonly slots = new Map<string, DraftSlot>();

  constructor(options: DraftsOptions) {
    this.options = options;
  }

  of(account: string, scope: string): DraftSlot {
    const name = `${account}:${scope}`;
    let slot = this.slots.get(name);
    if (!slot) {
      slot = new DraftSlot(account, scope, this.options);
      this.slots.set(name, slot);
    }
    return slot;
  }

  /** As at a log-out: nothing is shown to the next person. */
  close(): void {
    for (const slot of this.slots.values()) slot.close();
    this.slots.clear();
  }
}

function parse(text: string | null): Stored | null {
  try {
    const stored = JSON.parse(text ?? "null") as Stored | null;
    return stored && typeof stored.text === "string" ? stored : null;
  } catch {
    return null;
  }
}

/** Where there are no locks, as on a home network without TLS, drafts are taken up as they come. */
const claim: Claim = (name, waitMs) => {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    const options = waitMs ? { signal: AbortSignal.timeout(waitMs) } : { ifAvailable: true };
    navigator.locks
      .request(name, options, (lock) => {
        resolve(lock !== null);
        // Held until the tab is gone.
        return lock ? new Promise<void>(() => {}) : undefined;
      })
      .catch(() => resolve(false));
  });
};

export const drafts = new Drafts({ store: browserStore, tab: tabStore, claim });

let account = accountId();
session.subscribe(() => {
  if (account !== null && account !== accountId()) drafts.close();
  account = accountId();
});

function accountId(): string | null {
  const state = session.getState();
  return state.status === "signed-in" ? state.account.id : null;
}

/** What somebody is writing, and how to go on. */
export function useDraft(account: string, scope: string): DraftSlot {
  const slot = drafts.of(account, scope);
  useSyncExternalStore(slot.subscribe, slot.text);
  useEffect(() => void slot.adopt(), [slot]);
  return slot;
}
