import { ArrowDown, Hand } from "lucide-react";
import { type UIEvent, useEffect, useRef, useState } from "react";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import { Spinner } from "@/components/ui/spinner";
import { useOnScreen } from "@/components/use-on-screen";
import type { Message, Peer } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { nameOf } from "@/lib/names";
import { dayLabel } from "@/lib/time";
import { useOutbox } from "./chat-provider";
import { MessageGroup } from "./message-group";
import { toRows } from "./rows";

interface MessageListProps {
  peer: Peer;
  messages: Message[];
  peerReadUpTo: string | null;
  /** Null at the beginning of the conversation. */
  loadOlder: (() => void) | null;
  isLoadingOlder: boolean;
}

/** So close to the end counts as being at it. */
const AT_END_PX = 80;

/**
 * The scroller is laid out in reverse, so that its origin is the newest message: older ones that
 * are loaded at the top move nothing, and at the end one stays at the end.
 */
export function MessageList(props: MessageListProps) {
  const { peer, messages, peerReadUpTo, loadOlder, isLoadingOlder } = props;
  const me = useMe();
  const outbox = useOutbox(peer.id);
  const scroller = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const news = useNews(messages, me.id, atEnd);
  const top = useOnScreen(() => loadOlder?.(), "400px");
  const rows = toRows(messages, outbox, me.id, peerReadUpTo);
  const newestOwn = outbox.at(-1)?.id;

  const toEnd = () => scroller.current?.scrollTo({ top: 0 });

  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever writes wants to see it arrive
  useEffect(() => {
    if (newestOwn) toEnd();
  }, [newestOwn]);

  const onScroll = (event: UIEvent<HTMLDivElement>) => {
    // Negative above the end, because of the reversed layout.
    setAtEnd(event.currentTarget.scrollTop > -AT_END_PX);
  };

  return (
    <div className="relative min-h-0 flex-1">
      <section
        ref={scroller}
        data-scroller
        onScroll={onScroll}
        // Focusable, so that the keyboard can scroll it.
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller without controls needs it
        tabIndex={0}
        aria-label={t.chat.conversationWith(nameOf(peer))}
        className="flex h-full flex-col-reverse overflow-y-auto overscroll-contain px-3 py-4 focus-visible:-outline-offset-2 sm:px-6"
      >
        <div className="mx-auto w-full max-w-3xl">
          {rows.length === 0 ? (
            <EmptyState
              icon={<Hand />}
              title={t.chat.firstMessage(nameOf(peer))}
              hint={t.chat.firstMessageHint}
            />
          ) : (
            <>
              {/* Not what the browser may hold on to while older messages come in below it. */}
              <div className="grid min-h-12 place-items-center text-sm text-ink-faint [overflow-anchor:none]">
                {loadOlder ? (
                  <div ref={top} key={messages.length}>
                    {isLoadingOlder && <Spinner className="text-brand" />}
                  </div>
                ) : (
                  <p>{t.chat.beginning}</p>
                )}
              </div>
              <ol className="space-y-3">
                {rows.map((row) =>
                  row.type === "day" ? (
                    <li key={row.key} className="py-2 text-center">
                      <span className="rounded-full bg-sunken px-3 py-1 text-xs font-semibold text-ink-soft">
                        {dayLabel(row.at)}
                      </span>
                    </li>
                  ) : (
                    <MessageGroup key={row.key} group={row} peerName={nameOf(peer)} />
                  ),
                )}
              </ol>
            </>
          )}
        </div>
      </section>
      {!atEnd && (
        <div className="pointer-events-none absolute inset-x-0 bottom-3 flex justify-center">
          <Button
            variant="outline"
            size="sm"
            className="pointer-events-auto animate-rise shadow-card"
            onClick={toEnd}
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
      {isNews ? `${t.chat.said(nameOf(peer))}: ${newest.text}` : ""}
    </p>
  );
}
