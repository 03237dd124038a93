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
  window.location.reload();
}

async function entryOnServer(): Promise<string | null> {
  const answer = await fetch("/", { cache: "no-store" });
  return answer.ok ? (ENTRY.exec(await answer.text())?.[1] ?? null) : null;
}

const entryHere = (): string | null =>
  document.querySelector('script[type="module"][src]')?.getAttribute("src") ?? null;

/** Something stands in a field, or a layer is open in which something may. */
export function isWriting(): boolean {
  const fields = document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>(
    "textarea, input:not([type=file], [type=search], [type=radio], [type=checkbox], [type=range])",
  );
  return [...fields].some((field) => field.value !== field.defaultValue || field.value !== "");
}
