import { Check, CheckCheck, Clock, RotateCcw, Trash2, TriangleAlert } from "lucide-react";
import { Button } from "@/components/ui/button";
import { textOfCode } from "@/lib/api/problem";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { useChat } from "./chat-provider";
import type { Delivery } from "./rows";

const MARKS = {
  waiting: { Icon: Clock, label: t.chat.waiting },
  sending: { Icon: Clock, label: t.chat.sending },
  sent: { Icon: Check, label: t.chat.sent },
  read: { Icon: CheckCheck, label: t.chat.read },
} as const;

/** How far one's own message has come. */
export function DeliveryMark({ delivery }: { delivery: Delivery }) {
  if (delivery === "failed") return null;
  const { Icon, label } = MARKS[delivery];
  return (
    <span className={cn("flex items-center gap-1", delivery === "read" && "text-brand")}>
      <Icon aria-hidden="true" className="size-3.5" />
      {label}
    </span>
  );
}

interface FailedActionsProps {
  id: string;
  /** Why the server refused it, as a problem's code. */
  problem: string | null;
}

/** Says that a message was refused, and why, and what can be done about it. */
export function FailedActions({ id, problem }: FailedActionsProps) {
  const { outbox } = useChat();
  const why = problem && textOfCode(problem);
  return (
    <div role="alert" className="flex flex-wrap items-center justify-end gap-1">
      <span className="flex items-center gap-1.5 pe-1 text-sm font-medium text-danger">
        <TriangleAlert aria-hidden="true" className="size-4 shrink-0" />
        <span>{t.chat.failed}</span>
        {why && <span className="font-normal">{why}</span>}
      </span>
      <Button variant="ghost" size="sm" onClick={() => outbox.retry(id)}>
        <RotateCcw aria-hidden="true" />
        {t.actions.retry}
      </Button>
      <Button variant="danger" size="sm" onClick={() => outbox.discard(id)}>
        <Trash2 aria-hidden="true" />
        {t.chat.discard}
      </Button>
    </div>
  );
}
