import { Suspense, useState } from "react";
import { Link } from "react-router";
import { Ago } from "@/components/ago";
import { Avatar } from "@/components/avatar";
import { RichText } from "@/components/rich-text";
import type { Comment } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { paths } from "@/lib/paths";
import type { WaitingComment } from "./post-outbox";
import { waitingText } from "./waiting-text";

const CommentMenu = lazyPart(() => import("./comment-menu"));
const CommentEditor = lazyPart(() => import("./comment-editor"));
const WaitingActions = lazyPart(() => import("./waiting-actions"));

interface CommentLineProps {
  post: string;
  comment: Comment;
  /** What the server doesn't have yet. */
  waiting?: WaitingComment;
}

/** One comment, and its author's way to change it. */
export function CommentLine({ post, comment, waiting }: CommentLineProps) {
  const [editing, setEditing] = useState(false);
  const { author } = comment;
  return (
    <article
      aria-label={t.comments.by(author.display_name)}
      aria-busy={waiting?.state === "sending" || undefined}
      tabIndex={-1}
      className="flex gap-3"
    >
      <Link to={paths.user(author.username)} tabIndex={-1} aria-hidden="true">
        <Avatar person={author} className="size-10" />
      </Link>
      <div className="min-w-0 flex-1">
        <div className="rounded-2xl bg-sunken px-4 py-2.5">
          <Link
            to={paths.user(author.username)}
            className="rounded-md font-semibold hover:underline"
          >
            <bdi>{author.display_name}</bdi>
          </Link>
          {editing ? (
            <Suspense fallback={<span className="block min-h-22" />}>
              <CommentEditor post={post} comment={comment} onDone={() => setEditing(false)} />
            </Suspense>
          ) : (
            <RichText text={comment.text} className="text-pretty" />
          )}
        </div>
        <div className="px-4 pt-0.5 text-sm text-ink-faint">
          {waiting ? (
            <span>{waitingText(waiting, t.comments.sending)}</span>
          ) : (
            <Ago at={comment.created_at} />
          )}
          {comment.edited_at && ` · ${t.post.edited}`}
        </div>
        {waiting && (
          <Suspense>
            <WaitingActions item={waiting} />
          </Suspense>
        )}
      </div>
      {!waiting && !editing && (
        <Suspense fallback={<span className="size-9 shrink-0" />}>
          <CommentMenu post={post} comment={comment} onEdit={() => setEditing(true)} />
        </Suspense>
      )}
    </article>
  );
}
