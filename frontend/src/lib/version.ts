import { t } from "./messages";
import { showToast } from "./toasts";

// After a deployment the files that this page still asks for are gone. Then the page has to be
// loaded anew; but once, and never under the hands of somebody who writes.

const RELOADED = "echo:reloaded-for";
const ENTRY = /<script[^>]*\btype="module"[^>]*\bsrc="([^"]+)"/;

/** Reloads the page if the server has another version of it by now. */
export async function reloadForNewVersion(): Promise<void> {
  const entry = await entryOnServer().catch(() => null);
  if (!entry || entry === entryHere()) return;
  if (isWriting()) {
    showToast("error", t.errors.newVersion);
    return;
  }
  try {
    // A reload that didn't help isn't tried again.
    if (sessionStorage.getItem(RELOADED) === entry) return;
    sessionStorage.setItem(RELOADED, entry);
  } catch {
    return;
  }
  await reload();
}

/** Loads the page anew, with the version that waits for that, if one does. */
export async function reload(): Promise<void> {
  const workers: ServiceWorkerContainer | undefined = navigator.serviceWorker;
  const registration = await workers?.getRegistration().catch(() => undefined);
  if (!registration?.waiting) return window.location.reload();
  workers.addEventListener("controllerchange", () => window.location.reload(), { once: true });
  registration.waiting.postMessage({ type: "SKIP_WAITING" });
}

async function entryOnServer(): Promise<string | null> {
  // A question of the server's own: the page itself is answered from what is kept on the device.
  const answer = await fetch("/?version", { cache: "no-store" });
  return answer.ok ? (ENTRY.exec(await answer.text())?.[1] ?? null) : null;
}

const entryHere = (): string | null =>
  document.querySelector('script[type="module"][src]')?.getAttribute("src") ?? null;

const FIELDS =
  "textarea, input:not([type=file], [type=search], [type=radio], [type=checkbox], [type=range])";

/** Something stands in a field. */
export function isWriting(): boolean {
  return filledFields().length > 0;
}

/** Something stands in a field whose form doesn't keep it over a reload, as those of drafts do. */
export function wouldLose(): boolean {
  return filledFields().some((field) => field.closest("[data-kept]") === null);
}

function filledFields(): (HTMLInputElement | HTMLTextAreaElement)[] {
  const fields = document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(FIELDS);
  return [...fields].filter((field) => field.value !== field.defaultValue || field.value !== "");
}
