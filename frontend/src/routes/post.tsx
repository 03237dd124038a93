import { FileX2 } from "lucide-react";
import { Link, useParams } from "react-router";
import { EmptyState } from "@/components/empty-state";
import { LoadError } from "@/components/load-error";
import { Loading } from "@/components/loading";
import { Button } from "@/components/ui/button";
import { Comments } from "@/features/posts/comments";
import { PostCard } from "@/features/posts/post-card";
import { PostListSkeleton } from "@/features/posts/post-list";
import { usePost } from "@/features/posts/use-post";
import { toProblem } from "@/lib/api/problem";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";
import { useBack } from "./back-button";
import { Page, PageHeading } from "./page";

export function Component() {
  const { id = "" } = useParams();
  const post = usePost(id);
  const back = useBack();
  // It may have been here when the page was opened.
  const gone = post.isError && toProblem(post.error).status === 404;
  const title = post.data ? t.post.by(post.data.author.display_name) : t.post.title;
  return (
    <Page title={title} heading={<PageHeading title={t.post.title} back="always" bell={false} />}>
      {post.isPending && (
        <Loading query={post}>
          <PostListSkeleton count={1} />
        </Loading>
      )}
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
