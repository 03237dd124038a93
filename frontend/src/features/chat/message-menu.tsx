import { Copy, Flag, Pencil, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import ReportDialog from "@/components/report-dialog";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { toProblem } from "@/lib/api/problem";
import type { Message } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { showToast } from "@/lib/toasts";
import { useChat } from "./chat-provider";

interface MessageMenuProps {
  message: Message;
  mine: boolean;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** Null where nothing can be written, so nothing changed either. */
  onEdit: ((message: Message) => void) | null;
  trigger: ReactNode;
}

/** What can be done about a message. Fetched, and put beside a message, when somebody first asks for it. */
export default function MessageMenu(props: MessageMenuProps) {
  const { message, mine, open, onOpenChange, onEdit, trigger } = props;
  const chat = useChat();
  const [asking, setAsking] = useState<"delete" | "report" | null>(null);
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
      <DropdownMenu open={open} onOpenChange={onOpenChange}>
        <DropdownMenuTrigger asChild>{trigger}</DropdownMenuTrigger>
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
            <DropdownMenuItem
              className="text-danger [&_svg]:text-danger"
              onSelect={() => setAsking("delete")}
            >
              <Trash2 aria-hidden="true" />
              {t.chat.discard}
            </DropdownMenuItem>
          )}
          {!mine && (
            <DropdownMenuItem onSelect={() => setAsking("report")}>
              <Flag aria-hidden="true" />
              {t.chat.report}
            </DropdownMenuItem>
          )}
        </DropdownMenuContent>
      </DropdownMenu>
      {mine && (
        <ConfirmDialog
          open={asking === "delete"}
          onOpenChange={(asks) => setAsking(asks ? "delete" : null)}
          title={t.chat.deleteTitle}
          description={t.chat.deleteExplained}
          confirm={t.chat.discard}
          onConfirm={remove}
        />
      )}
      {asking === "report" && (
        <ReportDialog
          subject={{ message: { peer: message.from, position: message.position } }}
          open
          onOpenChange={() => setAsking(null)}
        />
      )}
    </>
  );
}
