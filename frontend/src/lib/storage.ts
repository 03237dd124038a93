/**
 * The part of a `Storage` that we use. Private windows and full disks make the real one throw;
 * what we keep there is a convenience, so a refusal is the same as an empty store.
 */
export interface KeyValueStore {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
  keys(prefix: string): string[];
}

/** What all tabs share, and what outlives them. */
export const browserStore: KeyValueStore = kept(() => localStorage);
/** What is this tab's alone, and outlives a reload. */
export const tabStore: KeyValueStore = kept(() => sessionStorage);

function kept(storage: () => Storage): KeyValueStore {
  return {
    get: (key) => attempt(() => storage().getItem(key)) ?? null,
    set: (key, value) => attempt(() => storage().setItem(key, value)),
    remove: (key) => attempt(() => storage().removeItem(key)),
    keys: (prefix) =>
      attempt(() => Object.keys(storage()).filter((key) => key.startsWith(prefix))) ?? [],
  };
}

/** A store that forgets on reload, for tests and for clients without a browser. */
export function memoryStore(): KeyValueStore {
  const entries = new Map<string, string>();
  return {
    get: (key) => entries.get(key) ?? null,
    set: (key, value) => void entries.set(key, value),
    remove: (key) => void entries.delete(key),
    keys: (prefix) => [...entries.keys()].filter((key) => key.startsWith(prefix)),
  };
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
