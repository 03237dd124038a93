import { ArrowLeft, FileX2 } from "lucide-react";
import { useNavigate, useParams } from "react-router";
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
  const title = post.data ? t.post.by(post.data.author.display_name) : t.post.title;
  return (
    <Page
      title={title}
      heading={
        <header className="flex min-h-15 items-center gap-1 border-line px-2 max-sm:border-b max-sm:bg-surface sm:px-0">
          <BackButton />
          <h1 className="text-xl font-bold">{t.post.title}</h1>
        </header>
      }
    >
      {post.isPending && <PostListSkeleton count={1} />}
      {post.data && (
        <>
          <PostCard post={post.data} whole />
          <Comments post={post.data.id} />
        </>
      )}
      {post.isLoadingError &&
        (toProblem(post.error).status === 404 ? (
          <EmptyState icon={<FileX2 />} title={t.post.gone} hint={t.post.goneHint} />
        ) : (
          <LoadError error={post.error} retry={post.refetch} />
        ))}
    </Page>
  );
}

function BackButton() {
  const navigate = useNavigate();
  // Whoever came here by a link from outside has nothing to go back to.
  const back = () => void (window.history.state?.idx > 0 ? navigate(-1) : navigate(paths.home));
  return (
    <Button variant="ghost" size="icon" aria-label={t.actions.back} onClick={back}>
      <ArrowLeft aria-hidden="true" />
    </Button>
  );
}
