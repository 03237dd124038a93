import { browserStore, tabStore } from "./storage";
import { uploads } from "./uploads";

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
  uploads.clear();
  for (const store of [browserStore, tabStore]) {
    for (const key of store.keys("echo:")) if (key.includes(account)) store.remove(key);
  }
}
