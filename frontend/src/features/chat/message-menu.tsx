import { Copy, Flag, Pencil, Trash2 } from "lucide-react";
import { type ReactNode, Suspense, useState } from "react";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { toProblem } from "@/lib/api/problem";
import type { Message } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { showToast } from "@/lib/toasts";
import { useChat } from "./chat-provider";

const ReportDialog = lazyPart(() => import("@/components/report-dialog"));

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
  const close = () => setAsking(null);
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
          {mine && (onEdit || message.text) && <DropdownMenuSeparator />}
          {mine && (
            <DropdownMenuItem destructive onSelect={() => setAsking("delete")}>
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
      <ConfirmDialog
        open={asking === "delete"}
        onOpenChange={close}
        title={t.chat.deleteTitle}
        description={t.chat.deleteExplained}
        confirm={t.chat.discard}
        onConfirm={remove}
      />
      {asking === "report" && (
        <Suspense>
          <ReportDialog
            subject={{ message: { peer: message.from, position: message.position } }}
            onClose={close}
          />
        </Suspense>
      )}
    </>
  );
}
