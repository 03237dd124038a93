import { type ReactNode, useRef } from "react";
import { LoadError } from "@/components/load-error";
import { Loading } from "@/components/loading";
import { LongList } from "@/components/long-list";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { Spinner } from "@/components/ui/spinner";
import { useOnScreen } from "@/components/use-on-screen";
import { t } from "@/lib/messages";
import { PostCard } from "./post-card";
import { useKeptPlace } from "./use-kept-place";
import { useWaitingPosts } from "./use-post-outbox";
import type { PostListQuery } from "./use-posts";

interface PostListProps {
  query: PostListQuery;
  label: string;
  empty: ReactNode;
  /** Which of one's own posts belong here before the server has them. */
  waiting?: "all" | "public";
  /** Stands among the posts, after the first few. */
  between?: ReactNode;
}

/** So many posts stand before what stands between. */
const BEFORE_BETWEEN = 3;

export function PostList({ query, label, empty, waiting, between }: PostListProps) {
  const onTheWay = useWaitingPosts().filter(
    ({ shown }) => waiting === "all" || waiting === shown.visibility,
  );
  const { data, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  const loadMore = () => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  };
  const end = useOnScreen(loadMore);

  const posts = data?.pages.flatMap((page) => page.items) ?? [];
  const last = posts[Math.min(BEFORE_BETWEEN, posts.length) - 1];
  const section = useRef<HTMLElement>(null);
  const returning = useKeptPlace(
    section,
    query,
    posts.map(({ id }) => id),
  );
  const loading = query.isPending && (
    <Loading query={query}>
      <PostListSkeleton />
    </Loading>
  );
  const failed = query.isLoadingError && <LoadError error={query.error} retry={query.refetch} />;
  const nothing = data && posts.length === 0 && empty;
  if (onTheWay.length === 0 && posts.length === 0) return loading || failed || nothing;
  return (
    <section ref={section} aria-label={label} aria-busy={isFetchingNextPage}>
      {onTheWay.length > 0 && (
        <ol aria-label={t.sending.posts} className="mb-2 space-y-2 sm:mb-4 sm:space-y-4">
          {onTheWay.map(({ item, shown }) => (
            <li key={shown.id}>
              <PostCard post={shown} waiting={item} />
            </li>
          ))}
        </ol>
      )}
      {loading || failed}
      <LongList
        items={posts}
        keyOf={(post) => post.id}
        whole={returning}
        className="space-y-2 sm:space-y-4"
      >
        {(post) => (
          <>
            <PostCard post={post} />
            {between && post === last && <div className="mt-2 empty:hidden sm:mt-4">{between}</div>}
          </>
        )}
      </LongList>
      <div className="flex min-h-24 items-center justify-center text-sm text-ink-faint">
        {isFetchingNextPage && <Spinner className="text-brand" />}
        {hasNextPage && !isFetchingNextPage && (
          // Reaching it loads more by itself; the button is for when that failed, and for keyboards.
          <Button ref={end} variant="ghost" onClick={loadMore}>
            {t.actions.loadMore}
          </Button>
        )}
        {!hasNextPage && posts.length > 5 && <p>{t.feed.end}</p>}
      </div>
    </section>
  );
}

export function PostListSkeleton({ count = 3 }: { count?: number }) {
  return (
    <div role="status" className="space-y-2 sm:space-y-4">
      <span className="sr-only">{t.actions.loading}</span>
      {["w-4/5", "w-3/5", "w-2/3"].slice(0, count).map((width) => (
        <Card key={width} className="px-4 pt-4 pb-5 sm:px-5">
          <div className="flex items-center gap-3">
            <Skeleton className="size-11 rounded-full" />
            <div className="space-y-2">
              <Skeleton className="h-3.5 w-32" />
              <Skeleton className="h-3 w-24" />
            </div>
          </div>
          <div className="mt-4 space-y-2.5">
            <Skeleton className="h-4 w-full" />
            <Skeleton className={`h-4 ${width}`} />
          </div>
        </Card>
      ))}
    </div>
  );
}
