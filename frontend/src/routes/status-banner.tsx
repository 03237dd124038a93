import { WifiOff } from "lucide-react";
import { useSyncExternalStore } from "react";
import { t } from "@/lib/messages";

/** Says when there is no network. What one writes meanwhile waits in the outbox. */
export function StatusBanner() {
  const online = useSyncExternalStore(subscribe, () => navigator.onLine);
  return (
    <div role="status" className="sticky top-0 z-40">
      {!online && (
        <p className="flex items-center justify-center gap-2.5 bg-ember-soft px-4 py-2.5 text-sm font-medium text-on-ember-soft">
          <WifiOff aria-hidden="true" className="size-4 shrink-0" />
          {t.status.offline}
        </p>
      )}
    </div>
  );
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}
