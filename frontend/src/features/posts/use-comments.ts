import {
  type QueryClient,
  type QueryKey,
  skipToken,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import { toProblem } from "@/lib/api/problem";
import type { Comment, Page, Post } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { keys } from "@/lib/query";
import { showToast } from "@/lib/toasts";
import {
  type CommentPage,
  type CommentPages,
  changeComment,
  countComment,
} from "./cached-comments";

export const MOST_COMMENT_CHARACTERS = 2_000;

async function fetchPage(
  queries: QueryClient,
  post: string,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<CommentPage> {
  const path = `/v1/posts/${encodeURIComponent(post)}/comments`;
  const params = cursor ? { cursor } : {};
  const { data } = await http.get<Page<Comment>>(path, { params, signal });
  const counted = queries.getQueryData<Post>(keys.post(post))?.comment_count ?? 0;
  return { ...data, fetched: data.items.length, counted };
}

/** The comments under a post, in the order in which they were written. */
export function useComments(post: string) {
  const queries = useQueryClient();
  return useInfiniteQuery<CommentPage, Error, CommentPages, QueryKey, string | null>({
    queryKey: keys.comments(post),
    queryFn: ({ pageParam, signal }) => fetchPage(queries, post, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

/** One's own comments that are further down than what is loaded. */
export function useOwnComments(post: string, loaded: Comment[]): Comment[] {
  const { data: own = [] } = useQuery<Comment[]>({
    queryKey: keys.ownComments(post),
    queryFn: skipToken,
  });
  const known = new Set(loaded.map(({ id }) => id));
  return own.filter(({ id }) => !known.has(id));
}

/** The number of comments that others have written since all were loaded, and how to see them. */
export function useNewComments(post: string, data: CommentPages | undefined, counted: number) {
  const queries = useQueryClient();
  const last = data?.pages.at(-1);
  const complete = data && last?.next_cursor === null;
  const show = useMutation({
    mutationFn: async () => {
      const page = await fetchPage(queries, post, data?.pageParams.at(-1) ?? null);
      queries.setQueryData<CommentPages>(
        keys.comments(post),
        (shown) => shown && { ...shown, pages: [...shown.pages.slice(0, -1), page] },
      );
    },
    onError: (error) => showToast("error", toProblem(error).text),
  });
  if (!complete) return { count: 0, show };
  const fetched = data.pages.reduce((sum, page) => sum + page.fetched, 0);
  const shown = data.pages.reduce((sum, page) => sum + page.items.length, 0);
  // The count has comments that aren't for everybody, as of those whom one has blocked.
  const hidden = Math.max(0, last.counted - fetched);
  return { count: Math.max(0, counted - hidden - shown), show };
}

/** Changes one's own comment, once the server has taken the change. */
export function useEditComment(post: string, comment: Comment) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (text: string) => http.patch(`/v1/posts/${post}/comments/${comment.id}`, { text }),
    onSuccess: async (_answer, text) => {
      await queries.cancelQueries({ queryKey: keys.comments(post) });
      const edited_at = new Date().toISOString();
      changeComment(queries, post, comment.id, (shown) => ({ ...shown, text, edited_at }));
    },
  });
}

/** Deletes a comment at once, and puts it back if the server refuses. */
export function useDeleteComment(post: string, comment: Comment) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => http.delete(`/v1/posts/${post}/comments/${comment.id}`),
    onMutate: async () => {
      await queries.cancelQueries({ queryKey: keys.comments(post) });
      const touched = [keys.comments(post), keys.ownComments(post)];
      const before = touched.map((key) => [key, queries.getQueryData(key)] as const);
      changeComment(queries, post, comment.id, () => null);
      countComment(queries, post, -1);
      return before;
    },
    onError: (error, _none, before) => {
      for (const [key, data] of before ?? []) queries.setQueryData(key, data);
      countComment(queries, post, 1);
      showToast("error", `${t.comments.notDeleted} ${toProblem(error).text}`);
    },
    onSuccess: () => showToast("done", t.comments.deleted),
  });
}
