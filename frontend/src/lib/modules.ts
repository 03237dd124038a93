import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import { t } from "./messages";
import { showToast } from "./toasts";
import { reloadForNewVersion } from "./version";

// Parts of the client come over the network when they are first needed, and a network fails.
// Neither the app nor a page goes with the part: it is asked for until it is there.

type Load<Module> = () => Promise<Module>;

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 15_000;

/** What browsers say when a module couldn't be fetched; any other error is a module's own. */
const LOST = /dynamically imported module|module script failed|unable to preload/i;

export function isLost(error: unknown): boolean {
  return error instanceof Error && LOST.test(error.message);
}

/** Loads a module, again and again where the network lost it, and at once when that is back. */
export async function loadUntilThere<Module>(
  load: Load<Module>,
  /** After the second loss: the first may be a hiccup. */
  onLost: () => void,
): Promise<Module> {
  for (let losses = 1; ; losses += 1) {
    try {
      return await load();
    } catch (error) {
      if (!isLost(error)) throw error;
      if (losses === 2) {
        onLost();
        void reloadForNewVersion();
      }
      await nextTry(Math.min(FIRST_RETRY_MS * 2 ** (losses - 1), LAST_RETRY_MS));
    }
  }
}

/** After a while, or as soon as the network is back. */
export function nextTry(delay: number): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      window.removeEventListener("online", go);
      resolve();
    };
    const timer = setTimeout(go, delay);
    window.addEventListener("online", go);
  });
}

/**
 * A component that is fetched when it is first shown. Until then, and while it is lost, there is
 * what its `Suspense` shows instead.
 */
// biome-ignore lint/suspicious/noExplicitAny: the type that React's own `lazy` asks for
export function lazyPart<Part extends ComponentType<any>>(
  load: Load<{ default: Part }>,
): LazyExoticComponent<Part> {
  return lazy(() => loadUntilThere(load, () => showToast("error", t.errors.partLost)));
}
