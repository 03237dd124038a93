import { browserStore, tabStore } from "./storage";

const memories = new Set<() => void>();

/** Has what a part of the client holds in memory forgotten with the account. */
export function onForget(forget: () => void): void {
  memories.add(forget);
}

/**
 * Removes all that this device keeps of an account: what was written and not sent, what waits to
 * be, pictures, positions, choices. For log-out and erasure, and for a session that was ended from
 * elsewhere, as that of a stolen phone is. Every key of an account's carries its id.
 */
export function forgetAccount(account: string): void {
  remove(account);
  // What is on screen goes next, and may write down what it has when it goes.
  setTimeout(() => remove(account));
}

function remove(account: string): void {
  for (const forget of memories) forget();
  for (const store of [browserStore, tabStore]) {
    for (const key of store.keys("echo:")) if (key.includes(account)) store.remove(key);
  }
}
