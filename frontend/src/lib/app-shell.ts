import { t } from "./messages";
import { dismissToast, showToast } from "./toasts";
import { reload, wouldLose } from "./version";

// The app itself is kept on the device by a service worker, so that it opens without a network. A
// new version of it is fetched beside the one that runs, and waits until nobody uses that any more,
// or until it is asked for: its files stay until then.

/** So often a tab that is never closed asks whether there is a new version. */
const ASK_EVERY_MS = 60 * 60_000;

/** Keeps the app on this device, and says when there is a new version of it. */
export async function keepShell(
  workers: ServiceWorkerContainer = navigator.serviceWorker,
): Promise<void> {
  const registration = await workers.register("/sw.js", { updateViaCache: "none" });
  let offered: ServiceWorker | null = null;
  const offerWaiting = () => {
    const { waiting } = registration;
    // The first of all replaces nothing.
    if (!waiting || waiting === offered || !workers.controller) return;
    offered = waiting;
    offer(t.status.updated);
  };
  offerWaiting();
  registration.addEventListener("updatefound", () => {
    const { installing } = registration;
    installing?.addEventListener("statechange", offerWaiting);
  });
  followOtherTabs(workers);
  askNowAndThen(registration);
}

let offering: number | null = null;

/** Once, however often it is heard of. */
function offer(text: string): void {
  if (offering !== null) dismissToast(offering);
  offering = showToast("done", text, { label: t.actions.reload, run: takeUp, lasting: true });
}

/** What is being written and not kept has to be finished first. */
function takeUp(): void {
  if (wouldLose()) offer(t.errors.newVersion);
  else void reload();
}

/** The version that another tab has taken up is that of all tabs; this one goes on until its person reloads it. */
function followOtherTabs(workers: ServiceWorkerContainer): void {
  let controlled = workers.controller !== null;
  workers.addEventListener("controllerchange", () => {
    if (controlled) offer(t.status.updated);
    controlled = true;
  });
}

function askNowAndThen(registration: ServiceWorkerRegistration): void {
  let asked = Date.now();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible" || Date.now() - asked < ASK_EVERY_MS) return;
    asked = Date.now();
    // Without a network there is nothing to hear; it is asked again.
    registration.update().catch(() => undefined);
  });
}
