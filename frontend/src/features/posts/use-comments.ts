import {
  type InfiniteData,
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import { toProblem } from "@/lib/api/problem";
import type { Comment, CommentAccepted, Page } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { newId } from "@/lib/ids";
import { t } from "@/lib/messages";
import { keys } from "@/lib/query";
import { showToast } from "@/lib/toasts";
import { changePost } from "./cached-posts";

type CommentPages = InfiniteData<Page<Comment>, string | null>;

/** A comment that the server hasn't confirmed has no position yet. */
export const isPending = (comment: Comment): boolean => comment.position === "";

/** The comments under a post, in the order in which they were written. */
export function useComments(post: string) {
  return useInfiniteQuery({
    queryKey: keys.comments(post),
    queryFn: async ({ pageParam, signal }) => {
      const params = pageParam ? { cursor: pageParam } : {};
      const path = `/v1/posts/${encodeURIComponent(post)}/comments`;
      return (await http.get<Page<Comment>>(path, { params, signal })).data;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** Where the comment stands while it is on its way: behind what is loaded. */
function append(queries: QueryClient, post: string, comment: Comment): void {
  queries.setQueryData<CommentPages>(keys.comments(post), (data) => {
    if (!data) return data;
    const last = data.pages.length - 1;
    const pages = data.pages.map((page, i) =>
      i === last ? { ...page, items: [...page.items, comment] } : page,
    );
    return { ...data, pages };
  });
}

function change(
  queries: QueryClient,
  post: string,
  id: string,
  how: (comment: Comment) => Comment | null,
): void {
  queries.setQueryData<CommentPages>(
    keys.comments(post),
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page) => ({
          ...page,
          items: page.items.flatMap((each) => (each.id === id ? (how(each) ?? []) : [each])),
        })),
      },
  );
}

function count(queries: QueryClient, post: string, by: 1 | -1): void {
  changePost(queries, post, (shown) => ({
    ...shown,
    comment_count: Math.max(0, shown.comment_count + by),
  }));
}

interface NewComment {
  text: string;
  /** One for each comment that somebody wants to make: sent again, it is still one. */
  idempotencyKey: string;
}

/** Comments at once; what is refused is handed back to be written again. */
export function useAddComment(post: string, onRefused: (text: string) => void) {
  const queries = useQueryClient();
  const me = useMe();
  return useMutation({
    mutationFn: async ({ text, idempotencyKey }: NewComment) => {
      const headers = { "Idempotency-Key": idempotencyKey };
      const path = `/v1/posts/${post}/comments`;
      return (await http.post<CommentAccepted>(path, { text }, { headers })).data;
    },
    onMutate: async ({ text }) => {
      await queries.cancelQueries({ queryKey: keys.comments(post) });
      const pending: Comment = {
        id: `pending-${newId()}`,
        author: me,
        text,
        can_delete: true,
        created_at: new Date().toISOString(),
        edited_at: null,
        position: "",
      };
      append(queries, post, pending);
      count(queries, post, 1);
      return pending;
    },
    onError: (error, { text }, pending) => {
      if (pending) change(queries, post, pending.id, () => null);
      count(queries, post, -1);
      onRefused(text);
      showToast("error", `${t.comments.refused} ${toProblem(error).text}`);
    },
    onSuccess: ({ id, position }, _comment, pending) => {
      change(queries, post, pending.id, (comment) => ({ ...comment, id, position }));
      void queries.invalidateQueries({ queryKey: keys.comments(post) });
    },
  });
}

/** Changes one's own comment at once, and back if the server refuses. */
export function useEditComment(post: string, comment: Comment) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (text: string) => http.patch(`/v1/posts/${post}/comments/${comment.id}`, { text }),
    onMutate: async (text) => {
      await queries.cancelQueries({ queryKey: keys.comments(post) });
      const edited_at = new Date().toISOString();
      change(queries, post, comment.id, (shown) => ({ ...shown, text, edited_at }));
    },
    onError: (error) => {
      change(queries, post, comment.id, () => comment);
      showToast("error", `${t.comments.notEdited} ${toProblem(error).text}`);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keys.comments(post) }),
  });
}

/** Deletes a comment at once, and puts it back if the server refuses. */
export function useDeleteComment(post: string, comment: Comment) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => http.delete(`/v1/posts/${post}/comments/${comment.id}`),
    onMutate: async () => {
      await queries.cancelQueries({ queryKey: keys.comments(post) });
      const before = queries.getQueryData(keys.comments(post));
      change(queries, post, comment.id, () => null);
      count(queries, post, -1);
      return before;
    },
    onError: (error, _none, before) => {
      queries.setQueryData(keys.comments(post), before);
      count(queries, post, 1);
      showToast("error", `${t.comments.notDeleted} ${toProblem(error).text}`);
    },
    onSuccess: () => showToast("done", t.comments.deleted),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.comments(post) }),
  });
}
