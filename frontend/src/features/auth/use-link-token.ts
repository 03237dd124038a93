import { useEffect, useState } from "react";
import { useLocation, useNavigate } from "react-router";

/**
 * The token that a mailed link carries behind its `#`, where no server and no log sees it. It is
 * taken out of the address at once, so that it isn't shown on a screen or kept in a list of pages.
 */
export function useLinkToken(): string | null {
  const { hash, pathname, state } = useLocation();
  const navigate = useNavigate();
  const [token] = useState(
    () =>
      new URLSearchParams(hash.slice(1)).get("token") ??
      (state as { token?: string })?.token ??
      null,
  );
  useEffect(() => {
    // The entry of the history keeps it, so that a reload doesn't lose it.
    if (hash) void navigate(pathname, { replace: true, state: { token } });
  }, [hash, pathname, navigate, token]);
  return token;
}
