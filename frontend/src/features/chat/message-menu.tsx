import { Copy, Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogClose, DialogContent } from "@/components/ui/dialog";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { toProblem } from "@/lib/api/problem";
import type { Message } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { showToast } from "@/lib/toasts";
import { useChat } from "./chat-provider";

interface MessageMenuProps {
  message: Message;
  mine: boolean;
  /** Null where nothing can be written, so nothing changed either. */
  onEdit: ((message: Message) => void) | null;
}

/** What can be done about a message. Out of sight until one points at the message or comes by keyboard. */
export default function MessageMenu({ message, mine, onEdit }: MessageMenuProps) {
  const chat = useChat();
  const [deleting, setDeleting] = useState(false);
  const copy = () => {
    navigator.clipboard
      .writeText(message.text ?? "")
      .then(() => showToast("done", t.chat.copied))
      .catch(() => showToast("error", t.problems.unexpected));
  };
  const remove = () => {
    chat.remove(message).catch((error: unknown) => showToast("error", toProblem(error).text));
  };
  return (
    <>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>
          <Button
            variant="ghost"
            size="icon"
            aria-label={mine ? t.chat.moreOfYours : t.chat.more}
            className={cn(
              "size-9 self-center text-ink-faint",
              "[@media(hover:hover)]:opacity-0 [@media(hover:hover)]:focus-visible:opacity-100",
              "[@media(hover:hover)]:group-hover/message:opacity-100 data-[state=open]:opacity-100!",
            )}
          >
            <Ellipsis aria-hidden="true" />
          </Button>
        </DropdownMenuTrigger>
        <DropdownMenuContent align={mine ? "end" : "start"}>
          {message.text && (
            <DropdownMenuItem onSelect={copy}>
              <Copy aria-hidden="true" />
              {t.chat.copy}
            </DropdownMenuItem>
          )}
          {mine && onEdit && (
            <DropdownMenuItem onSelect={() => onEdit(message)}>
              <Pencil aria-hidden="true" />
              {t.chat.edit}
            </DropdownMenuItem>
          )}
          {mine && (
            <DropdownMenuItem onSelect={() => setDeleting(true)}>
              <Trash2 aria-hidden="true" />
              {t.chat.discard}
            </DropdownMenuItem>
          )}
        </DropdownMenuContent>
      </DropdownMenu>
      {mine && (
        <Dialog open={deleting} onOpenChange={setDeleting}>
          <DialogContent title={t.chat.deleteTitle} description={t.chat.deleteExplained}>
            <div className="mt-6 flex justify-end gap-2">
              <DialogClose asChild>
                <Button variant="ghost">{t.actions.cancel}</Button>
              </DialogClose>
              <DialogClose asChild>
                <Button variant="danger-solid" onClick={remove}>
                  {t.chat.discard}
                </Button>
              </DialogClose>
            </div>
          </DialogContent>
        </Dialog>
      )}
    </>
  );
}
