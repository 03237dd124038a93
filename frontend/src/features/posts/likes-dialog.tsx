import { useState } from "react";
import { LoadError } from "@/components/load-error";
import { Loading } from "@/components/loading";
import { PersonLine } from "@/components/person-line";
import { Button } from "@/components/ui/button";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { Spinner } from "@/components/ui/spinner";
import type { Post } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { useLikes } from "./use-likes";

/** Who likes a post, the newest first. */
export default function LikesDialog({ post, onClose }: { post: Post; onClose: () => void }) {
  const [open, setOpen] = useState(true);
  const query = useLikes(post.id);
  const people = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Dialog open={open} onOpenChange={setOpen} onClosed={onClose}>
      <DialogContent title={t.post.likesTitle}>
        <div className="mt-2 min-h-24">
          {query.isPending && (
            <Loading query={query}>
              <Spinner className="mx-auto mt-6 text-brand" />
            </Loading>
          )}
          {query.isLoadingError && <LoadError error={query.error} retry={query.refetch} />}
          {query.data && people.length === 0 && (
            <p className="py-6 text-center text-ink-soft">{t.post.noLikes}</p>
          )}
          <ul className="divide-y divide-line">
            {people.map((person) => (
              <li key={person.id}>
                <PersonLine person={person} />
              </li>
            ))}
          </ul>
          {query.hasNextPage && (
            <Button
              variant="ghost"
              className="mt-2 w-full"
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
