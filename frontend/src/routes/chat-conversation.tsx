import { ArrowLeft, UserRoundX } from "lucide-react";
import { Link, useParams } from "react-router";
import { Avatar } from "@/components/avatar";
import { EmptyState } from "@/components/empty-state";
import { LoadError } from "@/components/load-error";
import { Button } from "@/components/ui/button";
import { useIsTyping, useLiveStatus, usePresence } from "@/features/chat/chat-provider";
import { Conversation, ConversationSkeleton } from "@/features/chat/conversation";
import { PresenceDot } from "@/features/chat/presence-dot";
import { useSidebar } from "@/features/chat/use-sidebar";
import { useUser } from "@/features/people/use-user";
import { toProblem } from "@/lib/api/problem";
import type { Peer } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { nameOf, typedUsername } from "@/lib/names";
import { paths } from "@/lib/paths";
import { relativeTime } from "@/lib/time";

/** A username has no hyphens and an id has. */
const isId = (who: string) => who.includes("-");

export function Component() {
  const who = typedUsername(useParams().who ?? "");
  const sidebar = useSidebar();
  const rows = [...(sidebar.data?.recent ?? []), ...(sidebar.data?.friends ?? [])];
  // The sidebar mostly knows them, so the chat opens without waiting for the profile.
  const known = rows.find((row) => row.peer.username === who || row.peer.id === who)?.peer;
  const user = useUser(who, known === undefined && !isId(who) && !sidebar.isPending);
  const peer = known ?? user.data;
  const missing = isId(who)
    ? !sidebar.isPending
    : user.error !== null && toProblem(user.error).status === 404;

  return (
    <section className="flex h-full min-h-0 flex-col">
      <header className="flex min-h-16 items-center gap-2 border-b border-line bg-surface px-2 md:px-6">
        <Button asChild variant="ghost" size="icon" className="md:hidden">
          <Link to={paths.chat} aria-label={t.actions.back}>
            <ArrowLeft aria-hidden="true" />
          </Link>
        </Button>
        {peer && <PeerHeading peer={peer} />}
      </header>
      {peer && <Conversation key={peer.id} peer={peer} />}
      {!peer && missing && (
        <EmptyState icon={<UserRoundX />} title={t.profile.missing} hint={t.profile.missingHint} />
      )}
      {!peer && !missing && user.error && <LoadError error={user.error} retry={user.refetch} />}
      {!peer && !missing && !user.error && <ConversationSkeleton />}
    </section>
  );
}

function PeerHeading({ peer }: { peer: Peer }) {
  const name = nameOf(peer);
  const heading = (
    <>
      <title>{`${t.chat.conversationWith(name)} · ${t.app.name}`}</title>
      <span className="relative shrink-0">
        <Avatar person={peer} />
        <PresenceDot user={peer.id} />
      </span>
      <div className="min-w-0 leading-tight">
        <h1 className="truncate text-lg font-bold group-hover:underline">{name}</h1>
        <PeerState peer={peer} />
      </div>
    </>
  );
  if (!peer.username) return <div className="flex items-center gap-3">{heading}</div>;
  return (
    <Link
      to={paths.user(peer.username)}
      className="group flex min-h-11 min-w-0 items-center gap-3 rounded-xl pr-3"
    >
      {heading}
    </Link>
  );
}

/** What they are doing, as far as one can know. */
function PeerState({ peer }: { peer: Peer }) {
  const status = useLiveStatus();
  const typing = useIsTyping(peer.id);
  const presence = usePresence(peer.id);
  if (typing) {
    return <span className="block truncate text-sm font-medium text-brand">{t.chat.typing}</span>;
  }
  const text =
    status === "catching-up"
      ? t.chat.catchingUp
      : presence?.online
        ? t.chat.online
        : presence?.lastSeen
          ? t.chat.lastSeen(relativeTime(presence.lastSeen))
          : peer.username && `@${peer.username}`;
  return <span className="block truncate text-sm text-ink-faint">{text}</span>;
}
