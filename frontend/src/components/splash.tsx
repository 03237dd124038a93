import { t } from "@/lib/messages";
import { LogoMark } from "./logo";

/** While it isn't known yet what to show. */
export function Splash() {
  return (
    <main role="status" className="grid min-h-dvh place-items-center bg-canvas">
      <span className="grid place-items-center">
        <span className="col-start-1 row-start-1 size-32 animate-ripple rounded-full border-2 border-brand" />
        <span className="col-start-1 row-start-1 size-32 animate-ripple rounded-full border-2 border-brand [animation-delay:0.8s]" />
        <LogoMark className="col-start-1 row-start-1 size-14" />
      </span>
      <span className="sr-only">{t.actions.loading}</span>
    </main>
  );
}
