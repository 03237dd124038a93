import { CloudOff } from "lucide-react";
import { type ComponentType, useEffect, useState } from "react";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import { t } from "@/lib/messages";
import { isLost, loadUntilThere, nextTry } from "@/lib/modules";
import { useOnline } from "@/lib/online";

interface PageModule {
  Component: ComponentType;
}

/** So long after the first loss the second try goes out, before the page is called lost. */
const RETRY_MS = 300;

/**
 * A page that is fetched when it is first visited. If it can't be, its place says why, and becomes
 * the page by itself as soon as it can; the router would remember the loss and never ask again.
 */
export function page(load: () => Promise<PageModule>): () => Promise<PageModule> {
  return async () => {
    try {
      return await load();
    } catch (error) {
      if (!isLost(error)) throw error;
      await nextTry(navigator.onLine ? RETRY_MS : 0);
    }
    try {
      return await load();
    } catch (error) {
      if (!isLost(error)) throw error;
      return { Component: lostPage(load) };
    }
  };
}

function lostPage(load: () => Promise<PageModule>): ComponentType {
  let found: ComponentType | null = null;
  return function LostPage() {
    const [Page, setPage] = useState<ComponentType | null>(() => found);
    const [attempt, setAttempt] = useState(0);
    // biome-ignore lint/correctness/useExhaustiveDependencies: each attempt asks at once
    useEffect(() => {
      if (found) return;
      let gone = false;
      const show = ({ Component }: PageModule) => {
        found = Component;
        if (!gone) setPage(() => Component);
      };
      // What isn't lost but broken goes to the page's error boundary.
      const fail = (error: unknown) => setPage(() => throwing(error));
      loadUntilThere(load, () => undefined).then(show, fail);
      return () => {
        gone = true;
      };
    }, [attempt]);
    return Page ? <Page /> : <NotLoaded retry={() => setAttempt(attempt + 1)} />;
  };
}

const throwing = (error: unknown): ComponentType =>
  function Broken() {
    throw error;
  };

function NotLoaded({ retry }: { retry: () => void }) {
  const online = useOnline();
  return (
    <div className="grid min-h-[70dvh] place-items-center" role="alert">
      <title>{`${t.errors.loadFailed} · ${t.app.name}`}</title>
      <EmptyState
        heading="h1"
        icon={<CloudOff />}
        title={online ? t.errors.loadFailed : t.errors.offline}
        hint={online ? t.errors.pageLost : t.errors.offlineHint}
        action={
          <Button variant="soft" onClick={retry}>
            {t.actions.retry}
          </Button>
        }
      />
    </div>
  );
}
