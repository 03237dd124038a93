import { useReducer } from "react";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import type { Post } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { changeDraft, draftOf } from "./draft";
import { DraftForm } from "./draft-form";
import { useEditPost } from "./use-edit-post";

/** Where a post is changed, with the same means as it was written. */
export default function PostEditor({ post, onClose }: { post: Post; onClose: () => void }) {
  const [draft, change] = useReducer(changeDraft, post, draftOf);
  const edit = useEditPost(post);
  return (
    <Dialog open onOpenChange={onClose}>
      <DialogContent title={t.post.edit} className="sm:w-[min(40rem,calc(100vw-3rem))]">
        <DraftForm
          aria-label={t.post.edit}
          className="mt-4"
          draft={draft}
          change={change}
          open
          submitLabel={t.post.save}
          onSubmit={() => {
            edit.mutate(draft);
            onClose();
          }}
        />
      </DialogContent>
    </Dialog>
  );
}
