import type { InfiniteData, QueryClient, QueryKey } from "@tanstack/react-query";
import type { Page, Post } from "@/lib/api/types";
import { keys } from "@/lib/query";

type PostPages = InfiniteData<Page<Post>, string | null>;

/** Changes a post wherever it is shown: in every list, and on its own page. */
export function changePost(
  queries: QueryClient,
  id: string,
  change: (post: Post) => Post | null,
): void {
  queries.setQueriesData<PostPages>({ queryKey: keys.allPosts }, (data) => {
    if (!data?.pages.some((page) => page.items.some((post) => post.id === id))) return data;
    const items = (posts: Post[]) =>
      posts.flatMap((post) => (post.id === id ? (change(post) ?? []) : [post]));
    return { ...data, pages: data.pages.map((page) => ({ ...page, items: items(page.items) })) };
  });
  queries.setQueryData<Post>(keys.post(id), (post) => (post ? (change(post) ?? undefined) : post));
}

/** Changes what is cached, and once more after an answer under way, which may not know of the change. */
export function nowAndAfterFetch(
  queries: QueryClient,
  queryKey: QueryKey,
  change: () => unknown,
): void {
  change();
  const query = queries.getQueryCache().find({ queryKey, exact: true });
  if (query?.state.fetchStatus === "idle") return;
  query?.promise?.then(change, () => undefined);
}

/** Puts a new post of one's own at the head of the lists it belongs to, once. */
export function insertPost(queries: QueryClient, post: Post): void {
  const { username } = post.author;
  const lists: QueryKey[] = [keys.feed, keys.userPosts(username)];
  if (post.visibility === "public") lists.push(keys.explore);
  for (const queryKey of lists) {
    nowAndAfterFetch(queries, queryKey, () =>
      queries.setQueryData<PostPages>(queryKey, (data) => {
        if (!data || data.pages.some(({ items }) => items.some(({ id }) => id === post.id))) {
          return data;
        }
        const pages = data.pages.map((page, i) =>
          i === 0 ? { ...page, items: [post, ...page.items] } : page,
        );
        return { ...data, pages };
      }),
    );
  }
  void queries.invalidateQueries({ queryKey: keys.user(username) });
}

/** Everything that shows posts, to be put back if a change is refused. */
export type Snapshot = [QueryKey, unknown][];

/** Stops answers under way, which would undo a change that they don't know of, and keeps what is shown now. */
export async function beforeChange(queries: QueryClient, id: string): Promise<Snapshot> {
  const touched = [keys.allPosts, keys.post(id)];
  await Promise.all(touched.map((queryKey) => queries.cancelQueries({ queryKey })));
  return touched.flatMap((queryKey) => queries.getQueriesData({ queryKey }));
}

export function putBack(queries: QueryClient, before: Snapshot | undefined): void {
  for (const [key, data] of before ?? []) queries.setQueryData(key, data);
}
