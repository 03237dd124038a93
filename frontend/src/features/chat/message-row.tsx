import { memo } from "react";
import type { Message } from "@/lib/api/types";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { clockTime, fullTime } from "@/lib/time";
import { DeliveryMark, FailedActions } from "./delivery";
import { MessageActions } from "./message-actions";
import { MessageBubble } from "./message-bubble";
import type { BubbleRow } from "./rows";

interface MessageRowProps {
  row: BubbleRow;
  peerName: string;
  /** Null where nothing can be written. */
  onEdit: ((message: Message) => void) | null;
  /** True while it comes in. */
  arriving: boolean;
}

/** One message, and after the last of several in a row when it was said and how far it has come. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { row, peerName, onEdit, arriving } = props;
  const { bubble, first, last, receipt } = row;
  const { mine, delivery, message } = bubble;
  const failed = delivery === "failed";
  return (
    <div
      className={cn(
        "flex flex-col",
        mine ? "items-end" : "items-start",
        first ? "pt-4" : "pt-0.5",
        // One's own grows out of where it was written.
        arriving && (mine ? "origin-bottom animate-sent" : "animate-rise"),
      )}
    >
      <span className="sr-only">{mine ? t.chat.youSaid : t.chat.said(peerName)}</span>
      {message && !bubble.deleted ? (
        <MessageActions message={message} mine={mine} onEdit={onEdit}>
          <MessageBubble row={row} />
        </MessageActions>
      ) : (
        <div className={cn("flex w-full", mine && "flex-row-reverse")}>
          <MessageBubble row={row} />
        </div>
      )}
      {failed && <FailedActions id={bubble.id} problem={bubble.problem} />}
      {(last || receipt) && !failed && (
        <p className="flex items-center gap-1 px-1.5 pt-0.5 text-xs text-ink-faint">
          <time dateTime={bubble.at} title={fullTime(bubble.at)}>
            {clockTime(bubble.at)}
          </time>
          {receipt && delivery && <DeliveryMark delivery={delivery} />}
        </p>
      )}
    </div>
  );
}, isSameRow);

/** Rows are made anew with each message; what they show mostly stays. */
function isSameRow(one: MessageRowProps, other: MessageRowProps): boolean {
  const isSame = <T extends object>(a: T, b: T, except?: keyof T) =>
    (Object.keys(a) as (keyof T)[]).every((key) => key === except || a[key] === b[key]);
  return (
    one.peerName === other.peerName &&
    one.onEdit === other.onEdit &&
    one.arriving === other.arriving &&
    isSame(one.row, other.row, "bubble") &&
    isSame(one.row.bubble, other.row.bubble)
  );
}
