import { Heart, MessageCircle } from "lucide-react";
import { Suspense, useState } from "react";
import { Link } from "react-router";
import { Button } from "@/components/ui/button";
import type { Post } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { locale, t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { paths } from "@/lib/paths";
import { useLike } from "./use-like";

// Hardly anybody asks who the others are.
const LikesDialog = lazyPart(() => import("./likes-dialog"));

const compact = new Intl.NumberFormat(locale, { notation: "compact" });

/** Liking, and how many do; commenting, and how many have. */
export function PostActions({ post }: { post: Post }) {
  const like = useLike(post);
  const [asking, setAsking] = useState(false);
  const [popping, setPopping] = useState(false);
  return (
    <footer className="mt-3 -mb-2 -ms-3 flex items-center gap-2">
      <div className={cn("flex rounded-full", post.liked && "text-ember")}>
        <Button
          variant="ghost"
          size="sm"
          aria-pressed={post.liked}
          aria-label={t.post.like}
          onClick={() => {
            setPopping(!post.liked);
            like.mutate(!post.liked);
          }}
          className={cn("ps-3 pe-2", post.liked && "text-ember hover:text-ember")}
        >
          <Heart
            aria-hidden="true"
            className={cn("size-5", post.liked && "fill-current", popping && "animate-pop")}
          />
        </Button>
        {post.like_count > 0 && (
          <Button
            variant="ghost"
            size="sm"
            className={cn(
              "-ms-1 min-w-8 justify-start ps-1 pe-3 tabular-nums",
              post.liked && "text-ember hover:text-ember",
            )}
            aria-label={t.post.likes(post.like_count)}
            onClick={() => setAsking(true)}
          >
            {compact.format(post.like_count)}
          </Button>
        )}
      </div>
      <Button asChild variant="ghost" size="sm" className="px-3">
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
