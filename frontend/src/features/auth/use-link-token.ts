import { useEffect, useState } from "react";
import { useLocation, useNavigate } from "react-router";

/**
 * The token that a mailed link carries behind its `#`, where no server and no log sees it. It is
 * taken out of the address at once, so that it isn't shown on a screen, and kept beside this entry
 * of the tab's history, so that a reload finds it again.
 */
export function useLinkToken(): string | null {
  const { hash, pathname, state } = useLocation();
  const navigate = useNavigate();
  const [token] = useState(() => new URLSearchParams(hash.slice(1)).get("token") ?? kept(state));
  useEffect(() => {
    if (hash) void navigate(pathname, { replace: true, state: { token } });
  }, [hash, pathname, token, navigate]);
  return token;
}

function kept(state: unknown): string | null {
  const token = (state as { token?: unknown } | null)?.token;
  return typeof token === "string" ? token : null;
}
