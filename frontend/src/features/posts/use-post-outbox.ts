import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { Comment, Person, Post } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import {
  PostOutbox,
  shownComment,
  shownPost,
  type WaitingComment,
  type WaitingPost,
} from "./post-outbox";

/** One for each cache, and so for each running client. */
const outboxes = new WeakMap<QueryClient, { account: string; outbox: PostOutbox }>();

function outboxOf(queries: QueryClient, me: Person): PostOutbox {
  const known = outboxes.get(queries);
  if (known?.account === me.id) return known.outbox;
  const outbox = new PostOutbox(queries, me);
  outboxes.set(queries, { account: me.id, outbox });
  return outbox;
}

export function usePostOutbox(): PostOutbox {
  return outboxOf(useQueryClient(), useMe());
}

/** Sends what waits for as long as one is signed in. Once, around every page. */
export function usePostDelivery(): void {
  const outbox = usePostOutbox();
  useEffect(() => outbox.start(), [outbox]);
}

/** A post on its way, as it is shown. */
export interface ShownWaiting<Item, Shown> {
  item: Item;
  shown: Shown;
}

/** One's own posts that the server doesn't have yet, the newest first. */
export function useWaitingPosts(): ShownWaiting<WaitingPost, Post>[] {
  const me = useMe();
  const outbox = usePostOutbox();
  const items = useSyncExternalStore(outbox.subscribe, outbox.getItems);
  return useMemo(
    () =>
      items
        .filter((item) => item.kind === "post")
        .map((item) => ({
          item,
          shown: { ...shownPost(item.draft, me, item.createdAt), id: `waiting-${item.id}` },
        }))
        .reverse(),
    [items, me],
  );
}

/** One's own comments on a post that the server doesn't have yet, in order. */
export function useWaitingComments(post: string): ShownWaiting<WaitingComment, Comment>[] {
  const me = useMe();
  const outbox = usePostOutbox();
  const items = useSyncExternalStore(outbox.subscribe, outbox.getItems);
  return useMemo(
    () =>
      items
        .filter((item) => item.kind === "comment")
        .filter((item) => item.post === post)
        .map((item) => ({
          item,
          shown: { ...shownComment(item.text, me, item.createdAt), id: `waiting-${item.id}` },
        })),
    [items, post, me],
  );
}
