import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Ago } from "@/components/ago";
import { LoadError } from "@/components/load-error";
import { Loading } from "@/components/loading";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { Spinner } from "@/components/ui/spinner";
import { http } from "@/lib/api/client";
import type { Page, Post, PostVersion } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { keys } from "@/lib/query";
import { PostBlocks } from "./post-blocks";

/** How a post reads now and read before, newest first; as far as one could see it then. */
export default function PostHistory({ post, onClose }: { post: Post; onClose: () => void }) {
  const [open, setOpen] = useState(true);
  const query = useInfiniteQuery({
    queryKey: keys.history(post.id),
    queryFn: async ({ pageParam, signal }) => {
      const params = pageParam ? { cursor: pageParam } : {};
      const path = `/v1/posts/${post.id}/history`;
      return (await http.get<Page<PostVersion>>(path, { params, signal })).data;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  const versions = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Dialog open={open} onOpenChange={setOpen} onClosed={onClose}>
      <DialogContent title={t.post.history} className="sm:w-[min(40rem,calc(100vw-3rem))]">
        <div className="mt-4 min-h-24">
          {query.isPending && (
            <Loading query={query}>
              <Spinner className="mx-auto mt-6 text-brand" />
            </Loading>
          )}
          {query.isLoadingError && <LoadError error={query.error} retry={query.refetch} />}
          <ol className="space-y-6">
            {versions.map((version) => (
              <li key={version.position}>
                <p className="mb-2 text-sm font-semibold text-ink-faint">
                  {version.current ? t.post.now : <Ago at={version.written_at} />}
                </p>
                <PostBlocks blocks={version.blocks} whole />
              </li>
            ))}
          </ol>
          {query.hasNextPage && (
            <Button
              variant="ghost"
              className="mt-4 w-full"
              pending={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
            >
              {t.actions.loadMore}
            </Button>
          )}
        </div>
      </DialogContent>
    </Dialog>
  );
}
