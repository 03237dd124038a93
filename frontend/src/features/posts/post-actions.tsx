import { Heart, MessageCircle } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { Link } from "react-router";
import { Button } from "@/components/ui/button";
import type { Post } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { locale, t } from "@/lib/messages";
import { paths } from "@/lib/paths";
import { useLike } from "./use-like";

// Hardly anybody asks who the others are.
const LikesDialog = lazy(() => import("./likes-dialog"));

const compact = new Intl.NumberFormat(locale, { notation: "compact" });

/** Liking, and how many do; commenting, and how many have. */
export function PostActions({ post }: { post: Post }) {
  const like = useLike(post);
  const [asking, setAsking] = useState(false);
  return (
    <footer className="mt-3 -mb-2 -ml-2.5 flex items-center gap-1">
      <Button
        variant="ghost"
        size="sm"
        aria-pressed={post.liked}
        aria-label={t.post.like}
        onClick={() => like.mutate(!post.liked)}
        className={cn("px-2.5", post.liked && "text-ember hover:text-ember")}
      >
        <Heart
          aria-hidden="true"
          className={cn("size-5 transition-transform", post.liked && "scale-110 fill-current")}
        />
      </Button>
      {post.like_count > 0 && (
        <Button
          variant="ghost"
          size="sm"
          className="-ml-1.5 min-w-9 px-1.5 tabular-nums"
          aria-label={t.post.likes(post.like_count)}
          onClick={() => setAsking(true)}
        >
          {compact.format(post.like_count)}
        </Button>
      )}
      <Button asChild variant="ghost" size="sm" className="ml-1 px-2.5">
        <Link to={paths.post(post.id)} aria-label={t.post.comments(post.comment_count)}>
          <MessageCircle aria-hidden="true" className="size-5" />
          {post.comment_count > 0 && (
            <span className="tabular-nums">{compact.format(post.comment_count)}</span>
          )}
        </Link>
      </Button>
      {asking && (
        <Suspense>
          <LikesDialog post={post} onClose={() => setAsking(false)} />
        </Suspense>
      )}
    </footer>
  );
}
