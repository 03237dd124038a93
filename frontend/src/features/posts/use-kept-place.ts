import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useLocation, useNavigationType } from "react-router";
import { useMe } from "@/lib/api/use-session";
import { isComposing } from "@/lib/keys";
import { type Place, places } from "./places";
import type { PostListQuery } from "./use-posts";

/** So many pages are loaded at most to find the post that one was at. */
const MOST_PAGES = 10;
/** So long the place is held against what is laid out late, unless one moves by oneself. */
const SETTLE_MS = 3_000;
const MOVES = ["wheel", "touchstart", "pointerdown", "keydown"] as const;

/**
 * Brings one back to the post that one was at, by Back and after a reload: it is loaded up to, and
 * stands where it stood, whatever has come or gone above it. True while it isn't there yet; the
 * list has to be whole until then.
 */
export function useKeptPlace(
  list: RefObject<HTMLElement | null>,
  query: PostListQuery,
  keys: string[],
): boolean {
  const me = useMe();
  const { key: visit } = useLocation();
  const back = useNavigationType() === "POP";
  const [wanted, setWanted] = useState(() => (back ? places.of(me.id, visit) : null));
  const [there, setThere] = useState(false);
  useRememberedPlace(list, me.id, visit);

  const found = wanted !== null && keys.includes(wanted.key);
  const { data, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = query;
  const pages = data?.pages.length ?? 0;
  useEffect(() => {
    if (!wanted || found || isFetching || pages === 0) return;
    if (!hasNextPage || isFetchNextPageError || pages >= MOST_PAGES) setWanted(null);
    else void fetchNextPage();
  }, [wanted, found, isFetching, pages, hasNextPage, isFetchNextPageError, fetchNextPage]);

  useEffect(() => {
    if (!wanted) return;
    const leave = (event: Event) => {
      if (!(event instanceof KeyboardEvent && isComposing(event))) setWanted(null);
    };
    for (const move of MOVES) window.addEventListener(move, leave, { passive: true });
    return () => {
      for (const move of MOVES) window.removeEventListener(move, leave);
    };
  }, [wanted]);

  useLayoutEffect(() => {
    if (!wanted || !found) return;
    const align = () => alignTo(list.current, wanted);
    // The router goes to where one was by its own reckoning first.
    const frame = requestAnimationFrame(() => {
      align();
      setThere(true);
    });
    const observer = typeof ResizeObserver === "undefined" ? null : new ResizeObserver(align);
    observer?.observe(document.body);
    const settled = setTimeout(() => setWanted(null), SETTLE_MS);
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(settled);
      observer?.disconnect();
    };
  }, [wanted, found, list]);

  return wanted !== null && !there;
}

/** Keeps in mind where one is, for as long as the tab is there. */
function useRememberedPlace(list: RefObject<HTMLElement | null>, account: string, visit: string) {
  const latest = useRef<Place | null>(null);
  useEffect(() => {
    let frame = 0;
    const look = () => {
      frame = 0;
      if (list.current) latest.current = placeIn(list.current);
    };
    const onScroll = () => {
      frame ||= requestAnimationFrame(look);
    };
    const keep = () => places.keep(account, visit, latest.current);
    window.addEventListener("scroll", onScroll, { passive: true });
    window.addEventListener("pagehide", keep);
    document.addEventListener("visibilitychange", keep);
    return () => {
      keep();
      cancelAnimationFrame(frame);
      window.removeEventListener("scroll", onScroll);
      window.removeEventListener("pagehide", keep);
      document.removeEventListener("visibilitychange", keep);
    };
  }, [list, account, visit]);
}

/** The first item of which something is on the screen; none at the top of the page. */
function placeIn(list: HTMLElement): Place | null {
  if (window.scrollY < 1) return null;
  for (const item of list.querySelectorAll<HTMLElement>("[data-key]")) {
    const { top, bottom } = item.getBoundingClientRect();
    if (bottom > 0) return { key: item.dataset.key ?? "", top };
  }
  return null;
}

function alignTo(list: HTMLElement | null, { key, top }: Place): void {
  const item = list?.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!item) return;
  const off = item.getBoundingClientRect().top - top;
  if (Math.abs(off) > 0.5) window.scrollBy({ top: off, behavior: "instant" });
}
