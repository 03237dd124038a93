import type { Query, QueryClient } from "@tanstack/react-query";
import { keys } from "./query";

/** A page of broken pictures is one fault, and mended at once. */
const GATHER_MS = 300;

/**
 * The URL of a picture is signed, and good for a day or two; a tab may be open for longer. Where a
 * picture can't be had any more, what showed it is asked for again, once for each URL.
 */
export function healPictures(queries: QueryClient): () => void {
  const tried = new Set<string>();
  const broken = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  const heal = () => {
    const urls = [...broken];
    broken.clear();
    timer = undefined;
    void queries.invalidateQueries({ predicate: (query) => !isFeed(query) && shows(query, urls) });
  };
  const failed = ({ target }: Event) => {
    const url = target instanceof HTMLImageElement ? target.getAttribute("src") : null;
    // Without a network every picture fails, and none is at fault.
    if (!url || !/^(https?:|\/)/.test(url) || tried.has(url) || !navigator.onLine) return;
    tried.add(url);
    broken.add(url);
    timer ??= setTimeout(heal, GATHER_MS);
  };

  // A picture's error doesn't bubble.
  document.addEventListener("error", failed, true);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("error", failed, true);
  };
}

/** A feed asks for its posts one by one, so that nothing moves under its reader. */
const isFeed = ({ queryKey }: Query): boolean => queryKey[0] === keys.allPosts[0];

function shows({ state }: Query, urls: string[]): boolean {
  if (state.data === undefined) return false;
  const data = JSON.stringify(state.data);
  return urls.some((url) => data.includes(JSON.stringify(url)));
}
