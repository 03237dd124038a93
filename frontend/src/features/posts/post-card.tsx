import { type MouseEvent, Suspense, useId } from "react";
import { Link, useNavigate } from "react-router";
import { Avatar } from "@/components/avatar";
import { Card } from "@/components/ui/card";
import type { Post } from "@/lib/api/types";
import { useTimeText } from "@/lib/clock";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { paths } from "@/lib/paths";
import { fullTime, relativeTime } from "@/lib/time";
import { AUDIENCES } from "./audience-label";
import { Fold } from "./fold";
import { PostActions } from "./post-actions";
import { PostBlocks } from "./post-blocks";
import type { WaitingPost } from "./post-outbox";
import { useWatchedPost } from "./post-watch";
import { useRefreshPost } from "./use-refresh-post";
import { waitingText } from "./waiting-text";

// A feed is read before anything is done about it.
const PostMenu = lazyPart(() => import("./post-menu"));
const WaitingActions = lazyPart(() => import("./waiting-actions"));

interface PostCardProps {
  post: Post;
  /** On its own page a post is shown in full. */
  whole?: boolean;
  /** What the server doesn't have yet. */
  waiting?: WaitingPost;
  onDeleted?: () => void;
}

export function PostCard({ post, whole = false, waiting, onDeleted }: PostCardProps) {
  const nameId = useId();
  const watched = useWatchedPost(waiting ? null : post.id);
  const refresh = useRefreshPost(post.id);
  const open = useOpenByTap(whole || waiting ? null : paths.post(post.id));
  const blocks = <PostBlocks blocks={post.blocks} whole={whole} />;
  return (
    <Card>
      <article
        ref={watched}
        aria-labelledby={nameId}
        aria-busy={waiting?.state === "sending" || undefined}
        onErrorCapture={waiting ? undefined : refresh}
        className="px-4 pt-4 pb-5 sm:px-5"
      >
        <header className="flex items-center gap-3">
          <Link to={paths.user(post.author.username)} tabIndex={-1} aria-hidden="true">
            <Avatar person={post.author} />
          </Link>
          <div className="@container min-w-0 flex-1 leading-snug">
            <p id={nameId} className="truncate">
              <Link
                to={paths.user(post.author.username)}
                className="rounded-md font-semibold hover:underline"
              >
                <bdi>{post.author.display_name}</bdi>
              </Link>
            </p>
            <p className="flex min-w-0 items-center gap-x-1.5 text-sm text-ink-faint @max-[11rem]:flex-wrap">
              <span className="truncate">@{post.author.username}</span>
              <span aria-hidden="true">·</span>
              {waiting ? (
                <span className="shrink-0">{waitingText(waiting, t.post.publishing)}</span>
              ) : (
                <PostTime post={post} />
              )}
              {post.edited_at && <span className="shrink-0">· {t.post.edited}</span>}
            </p>
          </div>
          <Audience visibility={post.visibility} />
          {!waiting && (
            <Suspense fallback={<span className="-me-2 size-11 shrink-0" />}>
              <PostMenu post={post} onDeleted={onDeleted} />
            </Suspense>
          )}
        </header>
        {/* biome-ignore lint/a11y: a second way for pointers alone; the keyboard has the time of the post */}
        <div className="mt-3.5" onClick={open}>
          {whole ? blocks : <Fold id={post.id}>{blocks}</Fold>}
        </div>
        {waiting ? (
          <Suspense>
            <WaitingActions item={waiting} />
          </Suspense>
        ) : (
          <PostActions post={post} />
        )}
      </article>
    </Card>
  );
}

/** How long ago it was published; the way to its own page. */
function PostTime({ post: { id, created_at: at } }: { post: Post }) {
  const when = useTimeText((now) => relativeTime(at, now));
  return (
    <Link
      to={paths.post(id)}
      aria-label={t.post.openPost(when)}
      className="shrink-0 rounded-md hover:text-ink hover:underline"
    >
      <time dateTime={at} title={fullTime(at)}>
        {when}
      </time>
    </Link>
  );
}

/** Opens an address by a tap on what isn't a control of its own, and not at the end of choosing text. */
function useOpenByTap(to: string | null) {
  const navigate = useNavigate();
  return ({ target, currentTarget }: MouseEvent) => {
    // What lies above the page, as a picture opened large, is no part of it.
    if (!to || !(target instanceof Element) || !currentTarget.contains(target)) return;
    if (target.closest("a, button") || window.getSelection()?.isCollapsed === false) return;
    void navigate(to);
  };
}

function Audience({ visibility }: { visibility: Post["visibility"] }) {
  const { label, Icon } = AUDIENCES[visibility];
  return (
    <span title={label} className="grid size-8 shrink-0 place-items-center text-ink-faint">
      <Icon aria-hidden="true" className="size-4" />
      <span className="sr-only">{label}</span>
    </span>
  );
}
