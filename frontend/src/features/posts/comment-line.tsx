import { lazy, Suspense, useState } from "react";
import { Link } from "react-router";
import { Ago } from "@/components/ago";
import { Avatar } from "@/components/avatar";
import { AutoTextarea } from "@/components/ui/auto-textarea";
import { Button } from "@/components/ui/button";
import type { Comment } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { isComposing, isSendingKey } from "@/lib/keys";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";
import { MOST_CHARACTERS } from "./comment-form";
import { isPending, useEditComment } from "./use-comments";

const CommentMenu = lazy(() => import("./comment-menu"));

/** One comment, and its author's way to change it. */
export function CommentLine({ post, comment }: { post: string; comment: Comment }) {
  const [editing, setEditing] = useState(false);
  const { author } = comment;
  const pending = isPending(comment);
  return (
    <article
      aria-label={t.comments.by(author.display_name)}
      aria-busy={pending || undefined}
      className="flex gap-3"
    >
      <Link to={paths.user(author.username)} tabIndex={-1} aria-hidden="true">
        <Avatar person={author} className="size-10" />
      </Link>
      <div className="min-w-0 flex-1">
        <div className={cn("rounded-2xl bg-sunken px-4 py-2.5", pending && "opacity-70")}>
          <Link
            to={paths.user(author.username)}
            className="rounded-md font-semibold hover:underline"
          >
            {author.display_name}
          </Link>
          {editing ? (
            <CommentEditor post={post} comment={comment} onDone={() => setEditing(false)} />
          ) : (
            <p className="whitespace-pre-wrap text-pretty break-words">{comment.text}</p>
          )}
        </div>
        <p className="px-4 pt-0.5 text-sm text-ink-faint">
          {pending ? t.comments.sending : <Ago at={comment.created_at} />}
          {comment.edited_at && ` · ${t.post.edited}`}
        </p>
      </div>
      {!pending && !editing && (
        <Suspense fallback={<span className="size-9 shrink-0" />}>
          <CommentMenu post={post} comment={comment} onEdit={() => setEditing(true)} />
        </Suspense>
      )}
    </article>
  );
}

interface CommentEditorProps {
  post: string;
  comment: Comment;
  onDone: () => void;
}

function CommentEditor({ post, comment, onDone }: CommentEditorProps) {
  const [text, setText] = useState(comment.text);
  const edit = useEditComment(post, comment);
  const trimmed = text.trim();
  const over = [...trimmed].length - MOST_CHARACTERS;
  const ready = trimmed !== "" && over <= 0;
  const save = () => {
    if (!ready) return;
    if (trimmed !== comment.text) edit.mutate(trimmed);
    onDone();
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
        value={text}
        onChange={(event) => setText(event.target.value)}
        onFocus={(event) => event.target.setSelectionRange(text.length, text.length)}
        onKeyDown={(event) => {
          if (event.key === "Escape" && !isComposing(event)) onDone();
          if (isSendingKey(event)) save();
        }}
        aria-label={t.comments.edit}
        aria-invalid={over > 0}
        className="max-h-60 min-h-11 py-1.5 outline-none"
      />
      <div className="flex justify-end gap-1">
        <Button variant="ghost" size="sm" onClick={onDone}>
          {t.actions.cancel}
        </Button>
        <Button type="submit" size="sm" disabled={!ready}>
          {t.comments.save}
        </Button>
      </div>
      {over > 0 && (
        <p role="alert" className="text-sm font-medium text-danger">
          {t.composer.tooMuch(over)}
        </p>
      )}
    </form>
  );
}
