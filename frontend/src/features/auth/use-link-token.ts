import { useEffect, useState } from "react";
import { useLocation, useNavigate } from "react-router";

/**
 * The token that a mailed link carries behind its `#`, where no server and no log sees it. It is
 * taken out of the address at once, so that it isn't kept in the history or shown on a screen.
 */
export function useLinkToken(): string | null {
  const { hash, pathname } = useLocation();
  const navigate = useNavigate();
  const [token] = useState(() => new URLSearchParams(hash.slice(1)).get("token"));
  useEffect(() => {
    if (hash) void navigate(pathname, { replace: true });
  }, [hash, pathname, navigate]);
  return token;
}
