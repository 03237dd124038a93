import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, Hand } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import { Spinner } from "@/components/ui/spinner";
import type { Message, Peer } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { nameOf } from "@/lib/names";
import { paths } from "@/lib/paths";
import { Announcer } from "./announcer";
import { useOutbox } from "./chat-provider";
import { ListRow } from "./list-row";
import { type Row, toRows } from "./rows";
import { useArriving } from "./use-arriving";
import { useReading, useUnreadAfter } from "./use-unread";

interface MessageListProps {
  peer: Peer;
  messages: Message[];
  readUpTo: string | null;
  peerReadUpTo: string | null;
  canSend: boolean;
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

/** So much of a row is enough to have seen it. */
const SEEN_PX = 24;
/** What was read stays a little in sight above the first message that wasn't. */
const CONTEXT_PX = 72;

/**
 * Only what is near the screen is in the document. One begins at the first message that wasn't read,
 * or at the end. What one reads stays where it is while older messages come in above, and at the
 * end one stays at the end.
 */
export function MessageList(props: MessageListProps) {
  const { peer, messages, readUpTo, peerReadUpTo, canSend, loadOlder, isLoadingOlder, onEdit } =
    props;
  const me = useMe();
  const outbox = useOutbox(peer.id);
  const scroller = useRef<HTMLDivElement>(null);
  const [unreadAfter, setUnreadAfter] = useUnreadAfter({ peer: peer.id, messages, readUpTo });
  const fromBeginning = loadOlder === null;
  const rows = useMemo(
    () => toRows({ messages, outbox, me: me.id, peerReadUpTo, unreadAfter, fromBeginning }),
    [messages, outbox, me.id, peerReadUpTo, unreadAfter, fromBeginning],
  );
  const isArriving = useArriving(messages);
  const [start] = useState(() => rows.findIndex(({ type }) => type === "unread"));
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => USUAL_ROW_PX,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 8,
    paddingStart: TOP_PX,
    paddingEnd: 16,
    scrollPaddingStart: CONTEXT_PX,
    initialOffset: () => TOP_PX + (start < 0 ? rows.length : start) * USUAL_ROW_PX,
    anchorTo: "end",
    followOnAppend: "auto",
    scrollEndThreshold: AT_END_PX,
  });
  const items = virtual.getVirtualItems();
  const atEnd = virtual.isAtEnd(AT_END_PX);
  const bottom = (virtual.scrollOffset ?? 0) + (virtual.scrollRect?.height ?? 0);
  const shown = items.findLast(
    (item) =>
      isFrom(rows[item.index], peer.id) && item.start + Math.min(item.size, SEEN_PX) <= bottom,
  );
  const unread = useReading({
    peer: peer.id,
    messages,
    readUpTo,
    shown: shown && positionOf(rows[shown.index]),
    atEnd,
    setUnreadAfter,
  });
  useStayAtEnd(scroller, atEnd, () => virtual.scrollToEnd());

  // biome-ignore lint/correctness/useExhaustiveDependencies: only as one comes
  useLayoutEffect(() => {
    if (start >= 0) virtual.scrollToIndex(start, { align: "start" });
  }, []);

  // Nothing is shown before the first layout, and that isn't a reason to load.
  const oldestShown = items[0]?.index ?? Number.POSITIVE_INFINITY;
  useEffect(() => {
    if (oldestShown < LOAD_BEFORE_ROWS && !isLoadingOlder) loadOlder?.();
  }, [oldestShown, isLoadingOlder, loadOlder]);

  const newestOwn = outbox.at(-1)?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever writes wants to see it arrive
  useEffect(() => {
    if (!newestOwn) return;
    setUnreadAfter(null);
    virtual.scrollToEnd();
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
            title={canSend ? t.chat.firstMessage(nameOf(peer)) : t.chat.strangers(nameOf(peer))}
            hint={canSend ? t.chat.firstMessageHint : t.chat.strangersHint}
            action={!canSend && peer.username && <ToProfile username={peer.username} />}
          />
        ) : (
          <div
            // What grows out of the composer makes nothing to scroll to.
            className="relative mx-auto mt-auto w-full max-w-3xl shrink-0 overflow-y-clip"
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
                    <li
                      key={item.key}
                      data-index={item.index}
                      ref={virtual.measureElement}
                      aria-posinset={item.index + 1}
                      // How many there are nobody knows before the beginning is there.
                      aria-setsize={fromBeginning ? rows.length : -1}
                    >
                      <ListRow
                        row={row}
                        peerName={nameOf(peer)}
                        onEdit={onEdit}
                        arriving={isArriving(row)}
                      />
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
            aria-label={
              unread > 0 ? `${t.chat.toNewest}, ${t.chat.newBelow(unread)}` : t.chat.toNewest
            }
          >
            <ArrowDown aria-hidden="true" />
            {unread > 0 && t.chat.newBelow(unread)}
          </Button>
        </div>
      )}
      <Announcer messages={messages} peer={peer} />
    </div>
  );
}

const isFrom = (row: Row | undefined, peer: string): boolean =>
  row?.type === "bubble" && row.bubble.message?.from === peer;

const positionOf = (row: Row | undefined): string | undefined =>
  row?.type === "bubble" ? row.bubble.message?.position : undefined;

function ToProfile({ username }: { username: string }) {
  return (
    <Button asChild variant="soft">
      <Link to={paths.user(username)}>{t.chat.toProfile}</Link>
    </Button>
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
