import { Navigate, Outlet, useLocation } from "react-router";
import { Splash } from "@/components/splash";
import { useSession } from "@/lib/api/use-session";
import { paths } from "@/lib/paths";

/** Only who is signed in goes on; who isn't comes back here afterwards. */
export function Gate() {
  const state = useSession();
  const { pathname, search } = useLocation();
  if (state.status === "signed-in") return <Outlet key={state.account.id} />;
  const next = pathname === paths.home ? "" : `?next=${encodeURIComponent(pathname + search)}`;
  return (
    <>
      <Navigate to={`${paths.login}${next}`} replace />
      <Splash />
    </>
  );
}
