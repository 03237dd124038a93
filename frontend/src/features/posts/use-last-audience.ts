import { useEffect, useRef } from "react";
import { http } from "@/lib/api/client";
import type { Page, Person, Post, Visibility } from "@/lib/api/types";
import { browserStore } from "@/lib/storage";
import { knowsAudience } from "./audience";

/** On a device that doesn't know yet for whom somebody writes, their latest post tells. */
export function useLastAudience(me: Person, choose: (audience: Visibility) => void): void {
  const latest = useRef(choose);
  useEffect(() => {
    latest.current = choose;
  });
  useEffect(() => {
    if (knowsAudience(browserStore, me.id)) return;
    const leaving = new AbortController();
    const { signal } = leaving;
    http
      .get<Page<Post>>(`/v1/users/${me.username}/posts`, { params: { limit: 1 }, signal })
      .then(({ data: { items } }) => {
        // One may have chosen meanwhile.
        if (items[0] && !knowsAudience(browserStore, me.id)) latest.current(items[0].visibility);
      })
      // Without an answer it is asked for with the next visit.
      .catch(() => {});
    return () => leaving.abort();
  }, [me.id, me.username]);
}
