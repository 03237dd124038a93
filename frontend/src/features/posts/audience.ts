import type { Visibility } from "@/lib/api/types";
import type { KeyValueStore } from "@/lib/storage";

const audienceKey = (account: string) => `echo:audience:${account}`;

/** The audience that somebody chose last, which is theirs until they choose another. */
export function loadAudience(store: KeyValueStore, account: string): Visibility {
  return store.get(audienceKey(account)) === "friends" ? "friends" : "public";
}

/** False on a device that doesn't know the account yet, or was made to forget it. */
export function knowsAudience(store: KeyValueStore, account: string): boolean {
  return store.get(audienceKey(account)) !== null;
}

export function saveAudience(store: KeyValueStore, account: string, audience: Visibility): void {
  store.set(audienceKey(account), audience);
}
