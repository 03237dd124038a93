import { Clock, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { NavLink, useParams } from "react-router";
import { Ago } from "@/components/ago";
import { Avatar } from "@/components/avatar";
import { CountBadge } from "@/components/ui/count-badge";
import type { Peer, Sidebar } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { cn } from "@/lib/cn";
import { useDraft } from "@/lib/drafts";
import { t } from "@/lib/messages";
import { nameOf } from "@/lib/names";
import { paths } from "@/lib/paths";
import { previewOf } from "@/lib/preview";
import { useIsTyping, useOutbox } from "./chat-provider";
import { draftScope } from "./draft";
import { PresenceDot } from "./presence-dot";

type RecentChat = Sidebar["recent"][number];

/** A chat in the list: what was said last, or is being written, and how much is unread. */
export function ChatLine({ row }: { row: RecentChat }) {
  const { peer, last_message: last, unread_count: unread } = row;
  const name = nameOf(peer);
  return (
    <ChatLink peer={peer}>
      <span className="flex items-baseline justify-between gap-3">
        <bdi className={cn("truncate", unread > 0 ? "font-bold" : "font-semibold")}>{name}</bdi>
        <Ago at={last.sent_at} className="shrink-0 text-xs text-ink-faint" />
      </span>
      <span className="flex min-h-5 items-center justify-between gap-3">
        <Preview peer={peer} last={last} unread={unread} />
        <CountBadge calm count={unread} label={t.nav.unread(unread)} />
      </span>
    </ChatLink>
  );
}

/** A friend with whom there is no chat yet. */
export function FriendLine({ peer }: { peer: Peer }) {
  return (
    <ChatLink peer={peer}>
      <bdi className="truncate font-semibold">{nameOf(peer)}</bdi>
      <span className="truncate text-sm text-ink-faint">
        {peer.username && `@${peer.username}`}
      </span>
    </ChatLink>
  );
}

/** Somebody for whom something is on its way, where nothing else is known. */
export function WaitingLine({ peer }: { peer: Peer }) {
  return (
    <ChatLink peer={peer}>
      <bdi className="truncate font-semibold">{nameOf(peer)}</bdi>
      <Preview peer={peer} last={null} unread={0} />
    </ChatLink>
  );
}

interface PreviewProps {
  peer: Peer;
  last: RecentChat["last_message"] | null;
  unread: number;
}

/** What is newest: their typing, one's own words on the way or not sent yet, else the last message. */
function Preview({ peer, last, unread }: PreviewProps) {
  const me = useMe();
  const { who } = useParams();
  const typing = useIsTyping(peer.id);
  const pending = useOutbox(peer.id).at(-1);
  const draft = useDraft(me.id, draftScope(peer.id)).text().trim();
  const open = who === peer.username || who === peer.id;
  if (typing) {
    return <span className="truncate text-sm font-medium text-brand">{t.chat.typing}</span>;
  }
  if (pending) {
    const failed = pending.state === "failed";
    const Icon = failed ? TriangleAlert : Clock;
    return (
      <span
        className={cn(
          "flex min-w-0 items-center gap-1 text-sm",
          failed ? "text-danger" : "text-ink-faint",
        )}
      >
        <Icon aria-hidden="true" className="size-3.5 shrink-0" />
        <span className="sr-only">{failed ? t.chat.failed : t.chat.waiting}</span>
        <Words by={t.chat.youPrefix}>
          {pending.text || t.pictures.count(pending.media?.length ?? 0)}
        </Words>
      </span>
    );
  }
  if (draft && !open) {
    return (
      <span className="min-w-0 text-sm text-ink-faint">
        <Words by={t.chat.draftPrefix} strong>
          {draft}
        </Words>
      </span>
    );
  }
  if (!last) return null;
  return (
    <span className={cn("min-w-0 text-sm", unread > 0 ? "font-medium text-ink" : "text-ink-faint")}>
      <Words by={last.from === me.id ? t.chat.youPrefix : null}>{previewOf(last)}</Words>
    </span>
  );
}

interface WordsProps {
  by: string | null;
  strong?: boolean;
  children: string;
}

/** A line of what somebody wrote, in its own direction, whatever stands before it. */
function Words({ by, strong = false, children }: WordsProps) {
  return (
    <span className="block truncate">
      {by && <span className={cn(strong && "font-semibold text-brand")}>{by} </span>}
      <bdi>{children}</bdi>
    </span>
  );
}

function ChatLink({ peer, children }: { peer: Peer; children: ReactNode }) {
  return (
    <NavLink
      to={paths.conversation(peer)}
      className="flex min-h-17 items-center gap-3 rounded-2xl px-3 py-2 hover:bg-sunken focus-visible:-outline-offset-2 aria-[current=page]:bg-brand-soft"
    >
      <span className="relative shrink-0">
        <Avatar person={peer} className="size-12" />
        <PresenceDot user={peer.id} />
      </span>
      <span className="flex min-w-0 flex-1 flex-col">{children}</span>
    </NavLink>
  );
}
