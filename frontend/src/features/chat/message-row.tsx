import { Check, CheckCheck, Clock, RotateCcw, Trash2, TriangleAlert } from "lucide-react";
import { lazy, Suspense } from "react";
import { Button } from "@/components/ui/button";
import type { Message, MessageMedia } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { clockTime, fullTime } from "@/lib/time";
import { useChat } from "./chat-provider";
import type { BubbleRow, Delivery } from "./rows";

// Reading needs no menus: they come when the messages are there.
const MessageMenu = lazy(() => import("./message-menu"));
// Most messages are words.
const MessagePictures = lazy(() => import("./message-pictures"));

interface MessageRowProps {
  row: BubbleRow;
  peerName: string;
  /** Null where nothing can be written. */
  onEdit: ((message: Message) => void) | null;
}

/** One message, and after the last of several in a row when it was said and how far it has come. */
export function MessageRow({ row, peerName, onEdit }: MessageRowProps) {
  const { bubble, first, last } = row;
  const { mine, delivery } = bubble;
  const failed = delivery === "failed";
  const { message } = bubble;
  const menu = message && !bubble.deleted && (
    <Suspense fallback={<span className="size-9" />}>
      <MessageMenu message={message} mine={mine} onEdit={onEdit} />
    </Suspense>
  );
  return (
    <div
      className={cn("flex flex-col", mine ? "items-end" : "items-start", first ? "pt-3" : "pt-0.5")}
    >
      <span className="sr-only">{mine ? t.chat.youSaid : t.chat.said(peerName)}</span>
      <div className={cn("group/message flex max-w-full gap-1", mine && "flex-row-reverse")}>
        <div
          className={cn(
            "min-w-0 max-w-[min(85%,34rem)] rounded-[1.25rem] px-4 py-2 leading-normal",
            bubble.media.length > 0 && "p-1.5",
            mine ? "bg-bubble text-on-bubble" : "border border-line bg-surface text-ink",
            mine && !first && "rounded-tr-md",
            mine && !last && "rounded-br-md",
            !mine && !first && "rounded-tl-md",
            !mine && !last && "rounded-bl-md",
            failed && "border border-danger bg-danger-soft text-ink",
            bubble.deleted &&
              "border border-dashed border-line-strong bg-transparent text-ink-faint",
          )}
        >
          {bubble.deleted ? (
            <p className="italic">{t.chat.deleted}</p>
          ) : (
            <>
              {bubble.media.length > 0 && (
                <Suspense fallback={<PlaceOf media={bubble.media} />}>
                  <MessagePictures media={bubble.media} />
                </Suspense>
              )}
              {bubble.text && (
                <p
                  className={cn(
                    "whitespace-pre-wrap break-words",
                    bubble.media.length > 0 && "px-2.5 pt-1.5 pb-0.5",
                  )}
                >
                  {bubble.text}
                </p>
              )}
            </>
          )}
          {bubble.edited && !bubble.deleted && (
            <span
              className={cn(
                "text-xs",
                bubble.media.length > 0 && "px-2.5",
                mine ? "text-on-bubble-soft" : "text-ink-faint",
              )}
            >
              {t.chat.edited}
            </span>
          )}
        </div>
        {menu}
      </div>
      {failed && <FailedActions id={bubble.id} />}
      {last && !failed && (
        <p className="flex items-center gap-1 px-1.5 pt-0.5 text-xs text-ink-faint">
          <time dateTime={bubble.at} title={fullTime(bubble.at)}>
            {clockTime(bubble.at)}
          </time>
          {delivery && <DeliveryMark delivery={delivery} />}
        </p>
      )}
    </div>
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

/** About the room that pictures take. */
function PlaceOf({ media: [first] }: { media: MessageMedia[] }) {
  const shape = first?.width && first.height ? first.width / first.height : 1;
  return (
    <span className="block max-h-96 min-w-48 rounded-xl bg-sunken" style={{ aspectRatio: shape }} />
  );
}
