import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { Comment, Page } from "@/lib/api/types";
import { keys } from "@/lib/query";
import { changePost, nowAndAfterFetch } from "./cached-posts";

/** A page of comments, and what was known of their number when it was fetched. */
export interface CommentPage extends Page<Comment> {
  /** How many comments the page had. */
  fetched: number;
  /** How many the post was said to have. */
  counted: number;
}

export type CommentPages = InfiniteData<CommentPage, string | null>;

/** Changes a comment wherever it is shown; null takes it away. */
export function changeComment(
  queries: QueryClient,
  post: string,
  id: string,
  change: (comment: Comment) => Comment | null,
): void {
  const items = (comments: Comment[]) =>
    comments.flatMap((each) => (each.id === id ? (change(each) ?? []) : [each]));
  queries.setQueryData<CommentPages>(
    keys.comments(post),
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page) => ({ ...page, items: items(page.items) })),
      },
  );
  queries.setQueryData<Comment[]>(keys.ownComments(post), (own) => own && items(own));
}

/**
 * Shows a new comment of one's own, once: behind the others where all are loaded, else below the
 * gap, until the page that it is on has been loaded.
 */
export function insertComment(queries: QueryClient, post: string, comment: Comment): void {
  const queryKey = keys.comments(post);
  nowAndAfterFetch(queries, queryKey, () => {
    const data = queries.getQueryData<CommentPages>(queryKey);
    if (data?.pages.some(({ items }) => items.some(({ id }) => id === comment.id))) return;
    const last = data ? data.pages.length - 1 : -1;
    if (data?.pages[last]?.next_cursor === null) {
      const pages = data.pages.map((page, i) =>
        i === last ? { ...page, items: [...page.items, comment] } : page,
      );
      queries.setQueryData<CommentPages>(queryKey, { ...data, pages });
    } else {
      queries.setQueryData<Comment[]>(keys.ownComments(post), (own = []) => [
        ...own.filter(({ id }) => id !== comment.id),
        comment,
      ]);
    }
  });
}

export function countComment(queries: QueryClient, post: string, by: 1 | -1): void {
  changePost(queries, post, (shown) => ({
    ...shown,
    comment_count: Math.max(0, shown.comment_count + by),
  }));
}
