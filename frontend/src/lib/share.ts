import { t } from "./messages";
import { showToast } from "./toasts";

/** True where one touches and the device has a sheet of its own to share with. */
const hasSheet = (): boolean =>
  "share" in navigator && window.matchMedia("(pointer: coarse)").matches;

/** What sharing is called, by what it does here. */
export const shareLabel = (): string => (hasSheet() ? t.actions.share : t.actions.copyLink);

/** Hands the address of one of our pages on: by the device's own sheet, else by copying it. */
export async function share(path: string, title: string): Promise<void> {
  const url = new URL(path, window.location.origin).href;
  try {
    if (hasSheet()) {
      await navigator.share({ title, url });
    } else {
      await navigator.clipboard.writeText(url);
      showToast("done", t.actions.linkCopied);
    }
  } catch (error) {
    // Whoever closes that sheet has changed their mind.
    if (error instanceof DOMException && error.name === "AbortError") return;
    showToast("error", t.problems.unexpected);
  }
}
