import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, Hand } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import { Spinner } from "@/components/ui/spinner";
import type { Message, Peer } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { nameOf } from "@/lib/names";
import { dayLabel } from "@/lib/time";
import { useOutbox } from "./chat-provider";
import { MessageRow } from "./message-row";
import { type Row, toRows } from "./rows";

interface MessageListProps {
  peer: Peer;
  messages: Message[];
  peerReadUpTo: string | null;
  /** Null at the beginning of the conversation. */
  loadOlder: (() => void) | null;
  isLoadingOlder: boolean;
  /** Begins to change one of one's own messages; null where nothing can be written. */
  onEdit: ((message: Message) => void) | null;
}

/** So close to the end counts as being at it. */
const AT_END_PX = 80;
/** A short message; each row is measured once it is there. */
const USUAL_ROW_PX = 46;
/** So many rows before the first that is held, older ones are asked for. */
const LOAD_BEFORE_ROWS = 12;
/** Room above the first message for what says that there are older ones, or none. */
const TOP_PX = 56;

/**
 * Only what is near the screen is in the document. What one reads stays where it is while older
 * messages come in above, and at the end one stays at the end.
 */
export function MessageList(props: MessageListProps) {
  const { peer, messages, peerReadUpTo, loadOlder, isLoadingOlder, onEdit } = props;
  const me = useMe();
  const outbox = useOutbox(peer.id);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(
    () => toRows(messages, outbox, me.id, peerReadUpTo, loadOlder === null),
    [messages, outbox, me.id, peerReadUpTo, loadOlder],
  );
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => USUAL_ROW_PX,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 8,
    paddingStart: TOP_PX,
    paddingEnd: 16,
    initialOffset: () => TOP_PX + rows.length * USUAL_ROW_PX,
    anchorTo: "end",
    followOnAppend: "auto",
    scrollEndThreshold: AT_END_PX,
  });
  const items = virtual.getVirtualItems();
  const atEnd = virtual.isAtEnd(AT_END_PX);
  const news = useNews(messages, me.id, atEnd);
  useStayAtEnd(scroller, atEnd, () => virtual.scrollToEnd());

  // Nothing is shown before the first layout, and that isn't a reason to load.
  const oldestShown = items[0]?.index ?? Number.POSITIVE_INFINITY;
  useEffect(() => {
    if (oldestShown < LOAD_BEFORE_ROWS && !isLoadingOlder) loadOlder?.();
  }, [oldestShown, isLoadingOlder, loadOlder]);

  const newestOwn = outbox.at(-1)?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever writes wants to see it arrive
  useEffect(() => {
    if (newestOwn) virtual.scrollToEnd();
  }, [newestOwn]);

  return (
    <div className="relative min-h-0 flex-1">
      <section
        ref={scroller}
        // Focusable, so that the keyboard can scroll it.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller without controls needs it
        tabIndex={0}
        aria-label={t.chat.conversationWith(nameOf(peer))}
        className="flex h-full flex-col overflow-y-auto overscroll-contain px-3 [overflow-anchor:none] focus-visible:-outline-offset-2 sm:px-6"
      >
        {rows.length === 0 ? (
          <EmptyState
            className="my-auto"
            icon={<Hand />}
            title={t.chat.firstMessage(nameOf(peer))}
            hint={t.chat.firstMessageHint}
          />
        ) : (
          <div
            className="relative mx-auto mt-auto w-full max-w-3xl shrink-0"
            style={{ height: virtual.getTotalSize() }}
          >
            <div className="absolute inset-x-0 top-0 grid h-14 place-items-center text-sm text-ink-faint">
              {loadOlder ? isLoadingOlder && <Spinner className="text-brand" /> : t.chat.beginning}
            </div>
            <ol
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}
            >
              {items.map((item) => {
                const row = rows[item.index];
                return (
                  row && (
                    <li key={item.key} data-index={item.index} ref={virtual.measureElement}>
                      <ListRow row={row} peerName={nameOf(peer)} onEdit={onEdit} />
                    </li>
                  )
                );
              })}
            </ol>
          </div>
        )}
      </section>
      {!atEnd && (
        <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
          <Button
            variant="outline"
            size="sm"
            className="pointer-events-auto animate-rise shadow-card"
            onClick={() => virtual.scrollToEnd()}
            aria-label={t.chat.toNewest}
          >
            <ArrowDown aria-hidden="true" />
            {news > 0 && t.chat.newBelow(news)}
          </Button>
        </div>
      )}
      <Announcer messages={messages} peer={peer} />
    </div>
  );
}

interface ListRowProps {
  row: Row;
  peerName: string;
  onEdit: ((message: Message) => void) | null;
}

function ListRow({ row, peerName, onEdit }: ListRowProps) {
  if (row.type === "bubble") return <MessageRow row={row} peerName={peerName} onEdit={onEdit} />;
  return (
    <p className="pt-5 pb-2 text-center">
      <span className="rounded-full bg-sunken px-3 py-1 text-xs font-semibold text-ink-soft">
        {dayLabel(row.at)}
      </span>
    </p>
  );
}

/** When the keyboard comes up or the text to be sent grows, there is less room above it. */
function useStayAtEnd(
  scroller: React.RefObject<HTMLElement | null>,
  atEnd: boolean,
  toEnd: () => void,
): void {
  const latest = useRef({ atEnd, toEnd });
  useEffect(() => {
    latest.current = { atEnd, toEnd };
  });
  useEffect(() => {
    const element = scroller.current;
    if (!element || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => {
      if (latest.current.atEnd) latest.current.toEnd();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);
}

/** How many messages of the other have arrived below what is on screen. */
function useNews(messages: Message[], me: string, atEnd: boolean): number {
  const newest = messages.at(-1)?.position;
  const [seen, setSeen] = useState(newest);
  if (atEnd && seen !== newest) setSeen(newest);
  const from = messages.findIndex((message) => message.position === seen);
  return messages.slice(from + 1).filter((message) => message.from !== me).length;
}

/** Reads out what arrives while the chat is open, and nothing of what was there before. */
function Announcer({ messages, peer }: { messages: Message[]; peer: Peer }) {
  const newest = messages.findLast((message) => message.from === peer.id);
  const [first] = useState(newest?.id);
  const isNews = newest !== undefined && newest.id !== first && !newest.deleted;
  return (
    <p role="status" className="sr-only">
      {isNews ? `${t.chat.said(nameOf(peer))}: ${newest.text || t.pictures.unnamed}` : ""}
    </p>
  );
}
