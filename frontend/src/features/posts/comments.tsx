import { Suspense, useEffect, useId, useRef } from "react";
import { LoadError } from "@/components/load-error";
import { Loading } from "@/components/loading";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import type { Post } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { CommentLine } from "./comment-line";
import { useWatchWhileOpen } from "./post-watch";
import { useComments, useNewComments, useOwnComments } from "./use-comments";
import { useWaitingComments } from "./use-post-outbox";

// One reads before one answers.
const CommentForm = lazyPart(() => import("./comment-form"));

/** What people say to a post, oldest first, and at the end where to say something oneself. */
export function Comments({ post }: { post: Post }) {
  const heading = useId();
  const list = useRef<HTMLOListElement>(null);
  useWatchWhileOpen(post.id);
  const query = useComments(post.id);
  const loaded = query.data?.pages.flatMap((page) => page.items) ?? [];
  const own = useOwnComments(post.id, loaded);
  const waiting = useWaitingComments(post.id);
  const news = useNewComments(post.id, query.data, post.comment_count - waiting.length);
  const nothing = loaded.length + own.length + waiting.length === 0;

  // The button that shows what is new is gone then: one reads on from the first of them.
  const readOn = useRef<number | null>(null);
  useEffect(() => {
    if (readOn.current === null || loaded.length <= readOn.current) return;
    list.current?.children[readOn.current]?.querySelector<HTMLElement>("article")?.focus();
    readOn.current = null;
  }, [loaded.length]);
  const showNews = () => {
    readOn.current = loaded.length;
    news.show.mutate();
  };

  return (
    <Card className="px-4 py-4 sm:px-5">
      <section aria-labelledby={heading}>
        <h2 id={heading} className="mb-3 text-lg font-bold">
          {t.comments.title}
        </h2>
        {query.isPending && (
          <Loading query={query}>
            <CommentsSkeleton />
          </Loading>
        )}
        {query.isLoadingError && <LoadError error={query.error} retry={query.refetch} />}
        {query.data && nothing && news.count === 0 && (
          <p className="pb-3 text-ink-soft">{t.comments.empty}</p>
        )}
        <ol ref={list} className="space-y-4">
          {loaded.map((comment) => (
            <li key={comment.id}>
              <CommentLine post={post.id} comment={comment} />
            </li>
          ))}
        </ol>
        {query.hasNextPage && (
          <Button
            variant="ghost"
            className="mt-2 w-full"
            pending={query.isFetchingNextPage}
            onClick={() => void query.fetchNextPage()}
          >
            {t.comments.loadMore}
          </Button>
        )}
        {own.length + waiting.length > 0 && (
          <ol aria-label={t.comments.yours} className="mt-4 space-y-4">
            {own.map((comment) => (
              <li key={comment.id}>
                <CommentLine post={post.id} comment={comment} />
              </li>
            ))}
            {waiting.map(({ item, shown }) => (
              <li key={shown.id}>
                <CommentLine post={post.id} comment={shown} waiting={item} />
              </li>
            ))}
          </ol>
        )}
        <div role="status">
          {news.count > 0 && (
            <Button
              variant="soft"
              size="sm"
              className="mt-3 w-full"
              pending={news.show.isPending}
              onClick={showNews}
            >
              {t.comments.news(news.count)}
            </Button>
          )}
        </div>
        <div className="mt-4">
          <Suspense fallback={<span className="block min-h-12" />}>
            <CommentForm post={post.id} />
          </Suspense>
        </div>
      </section>
    </Card>
  );
}

function CommentsSkeleton() {
  return (
    <div role="status" className="space-y-4">
      <span className="sr-only">{t.actions.loading}</span>
      {["w-3/4", "w-1/2"].map((width) => (
        <div key={width} className="flex gap-3">
          <Skeleton className="size-10 rounded-full" />
          <Skeleton className={`h-16 rounded-2xl ${width}`} />
        </div>
      ))}
    </div>
  );
}
