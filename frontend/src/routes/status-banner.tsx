import { LoaderCircle, WifiOff } from "lucide-react";
import { useEffect, useState } from "react";
import { useLiveStatus } from "@/features/chat/chat-provider";
import { t } from "@/lib/messages";
import { useOnline } from "@/lib/online";

/** A connection that is back sooner isn't worth a word. */
const WORTH_A_WORD_MS = 4_000;

/** Says when there is no network or no server. What one writes meanwhile waits in the outbox. */
export function StatusBanner() {
  const online = useOnline();
  const live = useLiveStatus();
  const reconnecting = useLasting(online && live === "offline");
  return (
    <div role="status" className="sticky top-0 z-40">
      {!online && (
        <Banner>
          <WifiOff aria-hidden="true" className="size-4 shrink-0" />
          {t.status.offline}
        </Banner>
      )}
      {reconnecting && (
        <Banner>
          <LoaderCircle aria-hidden="true" className="size-4 shrink-0 animate-spin" />
          {t.status.reconnecting}
        </Banner>
      )}
    </div>
  );
}

function Banner({ children }: { children: React.ReactNode }) {
  return (
    <p className="flex items-center justify-center gap-2.5 bg-ember-soft px-4 py-2.5 text-sm font-medium text-on-ember-soft">
      {children}
    </p>
  );
}

/** True once it has been so for a while, and false at once. */
function useLasting(now: boolean): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!now) return setLasting(false);
    const timer = setTimeout(() => setLasting(true), WORTH_A_WORD_MS);
    return () => clearTimeout(timer);
  }, [now]);
  return now && lasting;
}
