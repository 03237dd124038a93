import { ArrowLeft, FileX2 } from "lucide-react";
import { Link, useNavigate, useParams } from "react-router";
import { EmptyState } from "@/components/empty-state";
import { LoadError } from "@/components/load-error";
import { Button } from "@/components/ui/button";
import { Comments } from "@/features/posts/comments";
import { PostCard } from "@/features/posts/post-card";
import { PostListSkeleton } from "@/features/posts/post-list";
import { usePost } from "@/features/posts/use-post";
import { toProblem } from "@/lib/api/problem";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";
import { Page } from "./page";

export function Component() {
  const { id = "" } = useParams();
  const post = usePost(id);
  const back = useBack();
  // It may have been here when the page was opened.
  const gone = post.isError && toProblem(post.error).status === 404;
  const title = post.data ? t.post.by(post.data.author.display_name) : t.post.title;
  return (
    <Page
      title={title}
      heading={
        <header className="flex min-h-15 items-center gap-1 border-line px-2 max-sm:border-b max-sm:bg-surface sm:px-0">
          <Button variant="ghost" size="icon" aria-label={t.actions.back} onClick={back}>
            <ArrowLeft aria-hidden="true" className="rtl:-scale-x-100" />
          </Button>
          <h1 className="text-xl font-bold">{t.post.title}</h1>
        </header>
      }
    >
      {post.isPending && <PostListSkeleton count={1} />}
      {post.data && !gone && (
        <>
          <PostCard post={post.data} whole onDeleted={back} />
          <Comments post={post.data} />
        </>
      )}
      {gone && (
        <EmptyState
          icon={<FileX2 />}
          title={t.post.gone}
          hint={t.post.goneHint}
          action={
            <Button asChild variant="soft">
              <Link to={paths.home}>{t.actions.goHome}</Link>
            </Button>
          }
        />
      )}
      {post.isLoadingError && !gone && <LoadError error={post.error} retry={post.refetch} />}
    </Page>
  );
}

/** To the page before, or home for one that was opened by a link from outside. */
function useBack(): () => void {
  const navigate = useNavigate();
  return () => void (window.history.state?.idx > 0 ? navigate(-1) : navigate(paths.home));
}
