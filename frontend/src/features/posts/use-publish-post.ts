import {
  type QueryClient,
  type QueryKey,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import { type Problem, toProblem } from "@/lib/api/problem";
import type { Person, Post, PostAccepted } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { keys } from "@/lib/query";
import { type Draft, toBlocks, toShown } from "./draft";
import type { PostPages } from "./use-posts";

export interface NewPost {
  draft: Draft;
  /** One for each thing a person wants to publish: sent again, it is still one post. */
  idempotencyKey: string;
}

/** A post that the server hasn't confirmed has no position yet. */
export const isPending = (post: Post): boolean => post.position === "";

interface PublishPostOptions {
  /** These are called even if the person has gone to another page by then. */
  onPublished: () => void;
  onRefused: (newPost: NewPost, problem: Problem) => void;
}

/** Shows the post at once at the head of the lists it belongs to, and takes it back if refused. */
export function usePublishPost({ onPublished, onRefused }: PublishPostOptions) {
  const queries = useQueryClient();
  const me = useMe();
  return useMutation({
    mutationFn: async ({ draft, idempotencyKey }: NewPost) => {
      const headers = { "Idempotency-Key": idempotencyKey };
      const body = { blocks: toBlocks(draft), visibility: draft.visibility };
      return (await http.post<PostAccepted>("/v1/posts", body, { headers })).data;
    },
    onMutate: async (newPost) => {
      const lists = listsOf(newPost, me);
      // An answer under way doesn't have the post and would take it off the screen again.
      await Promise.all(lists.map((queryKey) => queries.cancelQueries({ queryKey })));
      const pending = pendingPost(newPost, me);
      for (const list of lists) {
        changeList(queries, list, (posts, isFirst) => (isFirst ? [pending, ...posts] : posts));
      }
      return { pending, lists };
    },
    onError: (error, newPost, context) => {
      onRefused(newPost, toProblem(error));
      for (const list of context?.lists ?? []) {
        changeList(queries, list, (posts) => posts.filter(({ id }) => id !== context?.pending.id));
      }
    },
    onSuccess: ({ id, position }, _newPost, { pending, lists }) => {
      onPublished();
      for (const list of lists) {
        changeList(queries, list, (posts) =>
          posts.map((post) => (post.id === pending.id ? { ...post, id, position } : post)),
        );
      }
      void queries.invalidateQueries({ queryKey: keys.allPosts });
      void queries.invalidateQueries({ queryKey: keys.user(me.username) });
    },
  });
}

function listsOf({ draft: { visibility } }: NewPost, me: Person): QueryKey[] {
  const lists: QueryKey[] = [keys.feed, keys.userPosts(me.username)];
  return visibility === "public" ? [...lists, keys.explore] : lists;
}

function pendingPost({ draft, idempotencyKey }: NewPost, author: Person): Post {
  return {
    id: `pending-${idempotencyKey}`,
    author,
    blocks: toShown(draft),
    visibility: draft.visibility,
    like_count: 0,
    comment_count: 0,
    liked: false,
    created_at: new Date().toISOString(),
    edited_at: null,
    position: "",
  };
}

function changeList(
  queries: QueryClient,
  queryKey: QueryKey,
  change: (posts: Post[], isFirst: boolean) => Post[],
): void {
  queries.setQueryData<PostPages>(
    queryKey,
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page, i) => ({ ...page, items: change(page.items, i === 0) })),
      },
  );
}
