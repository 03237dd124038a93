import { useId } from "react";
import { LoadError } from "@/components/load-error";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { t } from "@/lib/messages";
import { CommentForm } from "./comment-form";
import { CommentLine } from "./comment-line";
import { useComments } from "./use-comments";

/** What people say to a post, oldest first, and at the end where to say something oneself. */
export function Comments({ post }: { post: string }) {
  const heading = useId();
  const query = useComments(post);
  const comments = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card className="px-4 py-4 sm:px-5">
      <section aria-labelledby={heading}>
        <h2 id={heading} className="mb-3 text-lg font-bold">
          {t.comments.title}
        </h2>
        {query.isPending && <CommentsSkeleton />}
        {query.isLoadingError && <LoadError error={query.error} retry={query.refetch} />}
        {query.data && comments.length === 0 && (
          <p className="pb-3 text-ink-soft">{t.comments.empty}</p>
        )}
        <ol className="space-y-4">
          {comments.map((comment) => (
            <li key={comment.id}>
              <CommentLine post={post} comment={comment} />
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
        <div className="mt-4">
          <CommentForm post={post} />
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
