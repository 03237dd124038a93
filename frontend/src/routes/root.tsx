import { useEffect, useState } from "react";
import { Outlet, ScrollRestoration } from "react-router";
import { LoadError } from "@/components/load-error";
import { Splash } from "@/components/splash";
import { session } from "@/lib/api/client";
import { useSession } from "@/lib/api/use-session";

/** Finds out who is here before anything else is shown. */
export function Root() {
  const { status } = useSession();
  const [error, setError] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each attempt asks once more
  useEffect(() => {
    setError(null);
    session.restore().catch(setError);
  }, [attempt]);

  if (status === "unknown") {
    if (!error) return <Splash />;
    return (
      <main className="grid min-h-dvh place-items-center">
        <LoadError error={error} retry={() => setAttempt(attempt + 1)} />
      </main>
    );
  }
  return (
    <>
      <ScrollRestoration />
      <Outlet />
    </>
  );
}
