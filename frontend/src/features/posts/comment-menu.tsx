import { Ellipsis, Flag, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
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
import type { Comment } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { useDeleteComment } from "./use-comments";

interface CommentMenuProps {
  post: string;
  comment: Comment;
  onEdit: () => void;
}

/** What can be done about a comment. */
export default function CommentMenu({ post, comment, onEdit }: CommentMenuProps) {
  const me = useMe();
  const mine = comment.author.id === me.id;
  const [deleting, setDeleting] = useState(false);
  const [reporting, setReporting] = useState(false);
  const remove = useDeleteComment(post, comment);
  return (
    <>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button
            variant="ghost"
            size="icon"
            className="size-9 text-ink-faint"
            aria-label={t.comments.more(comment.author.display_name)}
          >
            <Ellipsis aria-hidden="true" />
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align="end">
          {mine && (
            <DropdownMenuItem onSelect={onEdit}>
              <Pencil aria-hidden="true" />
              {t.comments.edit}
            </DropdownMenuItem>
          )}
          {mine && <DropdownMenuSeparator />}
          {comment.can_delete && (
            <DropdownMenuItem destructive onSelect={() => setDeleting(true)}>
              <Trash2 aria-hidden="true" />
              {t.comments.delete}
            </DropdownMenuItem>
          )}
          {!mine && (
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
        title={t.comments.deleteTitle}
        confirm={t.comments.delete}
        onConfirm={() => remove.mutate()}
      />
      {reporting && (
        <ReportDialog
          subject={{ post_id: post, comment_id: comment.id }}
          onClose={() => setReporting(false)}
        />
      )}
    </>
  );
}
