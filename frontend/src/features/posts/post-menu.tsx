import { Ellipsis, Flag, History, Link2, Pencil, Trash2 } from "lucide-react";
import { Suspense, useState } from "react";
import ReportDialog from "@/components/report-dialog";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import type { Post } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { paths } from "@/lib/paths";
import { share, shareLabel } from "@/lib/share";
import { useDeletePost } from "./use-delete-post";

const PostEditor = lazyPart(() => import("./post-editor"));
const PostHistory = lazyPart(() => import("./post-history"));

interface PostMenuProps {
  post: Post;
  /** Called once it is gone, for a page that shows nothing else. */
  onDeleted?: () => void;
}

/** What can be done about a post. A module of its own: a feed is read without it. */
export default function PostMenu({ post, onDeleted }: PostMenuProps) {
  const me = useMe();
  const mine = post.author.id === me.id;
  const [deleting, setDeleting] = useState(false);
  const [reporting, setReporting] = useState(false);
  const [opened, setOpened] = useState<"editor" | "history" | null>(null);
  const remove = useDeletePost(post, onDeleted);
  return (
    <>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button
            variant="ghost"
            size="icon"
            className="-me-2 text-ink-faint"
            aria-label={t.post.more(post.author.display_name)}
          >
            <Ellipsis aria-hidden="true" />
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="end">
          <DropdownMenuItem
            onSelect={() => void share(paths.post(post.id), t.post.by(post.author.display_name))}
          >
            <Link2 aria-hidden="true" />
            {shareLabel()}
          </DropdownMenuItem>
          {post.edited_at && (
            <DropdownMenuItem onSelect={() => setOpened("history")}>
              <History aria-hidden="true" />
              {t.post.history}
            </DropdownMenuItem>
          )}
          {mine && (
            <DropdownMenuItem onSelect={() => setOpened("editor")}>
              <Pencil aria-hidden="true" />
              {t.post.edit}
            </DropdownMenuItem>
          )}
          <DropdownMenuSeparator />
          {mine ? (
            <DropdownMenuItem destructive onSelect={() => setDeleting(true)}>
              <Trash2 aria-hidden="true" />
              {t.post.delete}
            </DropdownMenuItem>
          ) : (
            <DropdownMenuItem onSelect={() => setReporting(true)}>
              <Flag aria-hidden="true" />
              {t.report.action}
            </DropdownMenuItem>
          )}
        </DropdownMenuContent>
      </DropdownMenu>
      <ConfirmDialog
        open={deleting}
        onOpenChange={setDeleting}
        title={t.post.deleteTitle}
        description={t.post.deleteExplained}
        confirm={t.post.delete}
        onConfirm={() => remove.mutate()}
      />
      <Suspense>
        {opened === "editor" && <PostEditor post={post} onClose={() => setOpened(null)} />}
        {opened === "history" && <PostHistory post={post} onClose={() => setOpened(null)} />}
      </Suspense>
      {reporting && (
        <ReportDialog subject={{ post_id: post.id }} onClose={() => setReporting(false)} />
      )}
    </>
  );
}
