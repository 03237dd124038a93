import { useEffect, useMemo, useReducer, useState } from "react";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { toProblem } from "@/lib/api/problem";
import type { Post } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { uploads, useUploads } from "@/lib/uploads";
import { changeDraft, type Draft, draftOf, isUploaded, toBlocks, withUploads } from "./draft";
import { DraftForm } from "./draft-form";
import { useEditPost } from "./use-edit-post";

/** Where a post is changed, with the same means as it was written. It stays open until the server has taken the change. */
export default function PostEditor({ post, onClose }: { post: Post; onClose: () => void }) {
  const me = useMe();
  const [open, setOpen] = useState(true);
  const group = `${me.id}:edit:${post.id}`;
  const [written, change] = useReducer(changeDraft, post, draftOf);
  const pictures = useUploads(group);
  const draft = useMemo(() => withUploads(written, pictures), [written, pictures]);
  const edit = useEditPost(post);
  const [before] = useState(written);
  const dirty = !edit.isSuccess && (said(draft) !== said(before) || !isUploaded(draft));
  useEffect(() => () => void uploads.take(group), [group]);
  return (
    <Dialog open={open} onOpenChange={setOpen} onClosed={onClose} dirty={dirty}>
      <DialogContent title={t.post.edit} className="sm:w-[min(40rem,calc(100vw-3rem))]">
        <DraftForm
          aria-label={t.post.edit}
          className="mt-4"
          draft={draft}
          change={change}
          group={group}
          open
          submitLabel={t.post.save}
          pending={edit.isPending}
          refusal={edit.error ? `${t.post.editFailed} ${toProblem(edit.error).text}` : undefined}
          onSubmit={() => edit.mutate(draft, { onSuccess: () => setOpen(false) })}
        />
      </DialogContent>
    </Dialog>
  );
}

/** What a draft would be as a post. */
const said = (draft: Draft) => JSON.stringify([toBlocks(draft), draft.visibility]);
