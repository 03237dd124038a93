import { Globe, Users } from "lucide-react";
import { lazy, Suspense, useId, useState } from "react";
import { Link } from "react-router";
import { Ago } from "@/components/ago";
import { Avatar } from "@/components/avatar";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Spinner } from "@/components/ui/spinner";
import type { Post } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";
import { PostActions } from "./post-actions";
import { PostBlocks } from "./post-blocks";
import { useWatchedPost } from "./post-watch";
import { isPending } from "./use-publish-post";

// A feed is read before anything is done about it.
const PostMenu = lazy(() => import("./post-menu"));

/** In a list, a post longer than this is cut until one asks for all of it. */
const LONG_POST = 900;
/** Those that one has asked for: a post that was off the screen comes back as one left it. */
const unfolded = new Set<string>();

export function PostCard({ post, whole = false }: { post: Post; whole?: boolean }) {
  const nameId = useId();
  const [expanded, setExpanded] = useState(
    whole || lengthOf(post) <= LONG_POST || unfolded.has(post.id),
  );
  const unfold = () => {
    unfolded.add(post.id);
    setExpanded(true);
  };
  const pending = isPending(post);
  const watched = useWatchedPost(pending ? null : post.id);
  return (
    <Card>
      <article
        ref={watched}
        aria-labelledby={nameId}
        aria-busy={pending || undefined}
        className="px-4 pt-4 pb-5 sm:px-5"
      >
        <header className="flex items-center gap-3">
          <Link to={paths.user(post.author.username)} tabIndex={-1} aria-hidden="true">
            <Avatar person={post.author} />
          </Link>
          <div className="min-w-0 flex-1 leading-snug">
            <p id={nameId} className="truncate">
              <Link
                to={paths.user(post.author.username)}
                className="rounded-md font-semibold hover:underline"
              >
                {post.author.display_name}
              </Link>
            </p>
            <p className="flex min-w-0 items-center gap-1.5 text-sm text-ink-faint">
              <span className="truncate">@{post.author.username}</span>
              <span aria-hidden="true">·</span>
              {pending ? (
                <span>{t.post.publishing}</span>
              ) : (
                <Link
                  to={paths.post(post.id)}
                  className="shrink-0 rounded-md hover:text-ink hover:underline"
                >
                  <span className="sr-only">{t.post.openPost} </span>
                  <Ago at={post.created_at} />
                </Link>
              )}
              {post.edited_at && <span className="shrink-0">· {t.post.edited}</span>}
            </p>
          </div>
          {pending ? <Spinner className="text-brand" /> : <Audience visibility={post.visibility} />}
          {!pending && (
            <Suspense fallback={<span className="-mr-2 size-11 shrink-0" />}>
              <PostMenu post={post} />
            </Suspense>
          )}
        </header>
        <div className={cn("relative mt-3.5", !expanded && "max-h-80 overflow-hidden")}>
          <PostBlocks blocks={post.blocks} />
          {!expanded && (
            <div className="absolute inset-x-0 bottom-0 h-24 bg-linear-to-t from-surface to-transparent" />
          )}
        </div>
        {!expanded && (
          <Button variant="ghost" size="sm" className="-ml-4" onClick={unfold}>
            {t.post.showAll}
          </Button>
        )}
        {!pending && <PostActions post={post} />}
      </article>
    </Card>
  );
}

function Audience({ visibility }: { visibility: Post["visibility"] }) {
  const isPublic = visibility === "public";
  const Icon = isPublic ? Globe : Users;
  return (
    <span
      title={isPublic ? t.post.public : t.post.friendsOnly}
      className="grid size-8 shrink-0 place-items-center text-ink-faint"
    >
      <Icon aria-hidden="true" className="size-4" />
      <span className="sr-only">{isPublic ? t.post.public : t.post.friendsOnly}</span>
    </span>
  );
}

function lengthOf(post: Post): number {
  return post.blocks.reduce(
    (sum, block) => sum + (block.type === "text" ? block.text.length : 0),
    0,
  );
}
