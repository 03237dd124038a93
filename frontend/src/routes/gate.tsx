import { useEffect, useState } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { Splash } from "@/components/splash";
import { useSession } from "@/lib/api/use-session";
import { paths } from "@/lib/paths";

/** Only who is signed in goes on; who isn't comes back here afterwards. */
export function Gate() {
  const state = useSession();
  const { pathname, search } = useLocation();
  const [wasIn, setWasIn] = useState(false);
  useEffect(() => {
    if (state.status === "signed-in") setWasIn(true);
  }, [state.status]);
  if (state.status === "signed-in") return <Outlet key={state.account.id} />;
  // Whoever logs out has left on purpose: the next to log in here isn't led to where that was.
  const left = wasIn && state.status === "signed-out" && !state.ended;
  const next =
    left || pathname === paths.home ? "" : `?next=${encodeURIComponent(pathname + search)}`;
  return (
    <>
      <Navigate to={`${paths.login}${next}`} state={{ left }} replace />
      <Splash />
    </>
  );
}
