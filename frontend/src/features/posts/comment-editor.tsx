import { useState } from "react";
import { AutoTextarea } from "@/components/ui/auto-textarea";
import { Button } from "@/components/ui/button";
import { toProblem } from "@/lib/api/problem";
import type { Comment } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { useDraft } from "@/lib/drafts";
import { isComposing, isSendingKey } from "@/lib/keys";
import { t } from "@/lib/messages";
import { characters } from "@/lib/text";
import { MOST_COMMENT_CHARACTERS, useEditComment } from "./use-comments";

interface CommentEditorProps {
  post: string;
  comment: Comment;
  onDone: () => void;
}

/**
 * Changes a comment where it stands. It stays open, with what was written, until the server has
 * taken it; whoever leaves it otherwise finds it as it was.
 */
export default function CommentEditor({ post, comment, onDone }: CommentEditorProps) {
  const draft = useDraft(useMe().id, `comment-edit:${comment.id}`);
  const [text, setText] = useState(() => draft.text() || comment.text);
  const edit = useEditComment(post, comment);
  const trimmed = text.trim();
  const over = characters(trimmed) - MOST_COMMENT_CHARACTERS;
  const ready = trimmed !== "" && over <= 0 && !edit.isPending;
  const changed = trimmed !== comment.text;
  const write = (next: string) => {
    setText(next);
    draft.write(next === comment.text ? "" : next);
  };
  const close = () => {
    draft.write("");
    onDone();
  };
  const save = () => {
    if (!ready) return;
    if (changed) edit.mutate(trimmed, { onSuccess: close });
    else close();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <AutoTextarea
        autoFocus
        dir="auto"
        value={text}
        onChange={(event) => write(event.target.value)}
        onFocus={(event) => event.target.setSelectionRange(text.length, text.length)}
        onKeyDown={(event) => {
          // What was changed isn't thrown away by a key.
          if (event.key === "Escape" && !isComposing(event) && !changed) close();
          if (isSendingKey(event)) save();
        }}
        aria-label={t.comments.edit}
        aria-invalid={over > 0}
        className="max-h-60 min-h-11 py-1.5 outline-none"
      />
      <div className="flex justify-end gap-1">
        <Button variant="ghost" size="sm" onClick={close}>
          {t.actions.cancel}
        </Button>
        <Button type="submit" size="sm" pending={edit.isPending} disabled={!ready}>
          {t.comments.save}
        </Button>
      </div>
      {over > 0 && (
        <p role="alert" className="text-sm font-medium text-danger">
          {t.composer.tooMuch(over)}
        </p>
      )}
      {edit.isError && (
        <p role="alert" className="text-sm font-medium text-danger">
          {t.comments.notEdited} {toProblem(edit.error).text}
        </p>
      )}
    </form>
  );
}
