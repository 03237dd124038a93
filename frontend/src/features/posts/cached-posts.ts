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
