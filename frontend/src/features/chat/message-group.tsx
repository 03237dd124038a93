import { Check, CheckCheck, Clock, RotateCcw, Trash2, TriangleAlert } from "lucide-react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { clockTime, fullTime } from "@/lib/time";
import { useChat } from "./chat-provider";
import type { Bubble, Delivery, Row } from "./rows";

export function MessageGroup({
  group,
  peerName,
}: {
  group: Extract<Row, { type: "group" }>;
  peerName: string;
}) {
  const { mine, bubbles } = group;
  const last = bubbles.at(-1);
  return (
    <li className={cn("flex flex-col gap-0.5", mine ? "items-end" : "items-start")}>
      <span className="sr-only">{mine ? t.chat.youSaid : t.chat.said(peerName)}</span>
      {bubbles.map((bubble, i) => (
        <MessageBubble
          key={bubble.id}
          bubble={bubble}
          first={i === 0}
          last={i === bubbles.length - 1}
        />
      ))}
      {last && last.delivery !== "failed" && (
        <p className="flex items-center gap-1 px-1.5 pt-0.5 text-xs text-ink-faint">
          <time dateTime={last.at} title={fullTime(last.at)}>
            {clockTime(last.at)}
          </time>
          {last.delivery && <DeliveryMark delivery={last.delivery} />}
        </p>
      )}
    </li>
  );
}

function MessageBubble({ bubble, first, last }: { bubble: Bubble; first: boolean; last: boolean }) {
  const { mine, delivery } = bubble;
  const failed = delivery === "failed";
  return (
    <>
      <div
        className={cn(
          "max-w-[min(85%,34rem)] rounded-[1.25rem] px-4 py-2 leading-normal",
          mine ? "bg-bubble text-on-bubble" : "border border-line bg-surface text-ink",
          mine && !first && "rounded-tr-md",
          mine && !last && "rounded-br-md",
          !mine && !first && "rounded-tl-md",
          !mine && !last && "rounded-bl-md",
          failed && "border border-danger bg-danger-soft text-ink",
          bubble.deleted && "border border-dashed border-line-strong bg-transparent text-ink-faint",
        )}
      >
        {bubble.deleted ? (
          <p className="italic">{t.chat.deleted}</p>
        ) : (
          <p className="whitespace-pre-wrap break-words">{bubble.text}</p>
        )}
        {bubble.edited && !bubble.deleted && (
          <span className={cn("text-xs", mine ? "text-on-bubble-soft" : "text-ink-faint")}>
            {t.chat.edited}
          </span>
        )}
      </div>
      {failed && <FailedActions id={bubble.id} />}
    </>
  );
}

function FailedActions({ id }: { id: string }) {
  const { outbox } = useChat();
  return (
    <div role="alert" className="flex flex-wrap items-center justify-end gap-1">
      <span className="flex items-center gap-1.5 pr-1 text-sm font-medium text-danger">
        <TriangleAlert aria-hidden="true" className="size-4" />
        {t.chat.failed}
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

const MARKS = {
  waiting: { Icon: Clock, label: t.chat.waiting },
  sending: { Icon: Clock, label: t.chat.sending },
  sent: { Icon: Check, label: t.chat.sent },
  read: { Icon: CheckCheck, label: t.chat.read },
} as const;

function DeliveryMark({ delivery }: { delivery: Exclude<Delivery, "failed"> }) {
  const { Icon, label } = MARKS[delivery];
  return (
    <span className={cn("flex items-center gap-1", delivery === "read" && "text-brand")}>
      <Icon aria-hidden="true" className="size-3.5" />
      {label}
    </span>
  );
}
