import { ArrowLeft, Ellipsis, Hand, UserRoundX } from "lucide-react";
import { Suspense, useState } from "react";
import { Link, useParams } from "react-router";
import { Avatar } from "@/components/avatar";
import { EmptyState } from "@/components/empty-state";
import { LoadError } from "@/components/load-error";
import { Loading } from "@/components/loading";
import { Button } from "@/components/ui/button";
import {
  useIsTyping,
  useLiveStatus,
  usePresence,
  useWaitingPeers,
} from "@/features/chat/chat-provider";
import { Conversation, ConversationSkeleton } from "@/features/chat/conversation";
import { PresenceDot } from "@/features/chat/presence-dot";
import { useConversation } from "@/features/chat/use-conversation";
import { useSidebar } from "@/features/chat/use-sidebar";
import { useChangeRelationship } from "@/features/people/use-change-relationship";
import { useUser } from "@/features/people/use-user";
import { toProblem } from "@/lib/api/problem";
import type { Peer, Person } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { useTimeText } from "@/lib/clock";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { nameOf, typedUsername } from "@/lib/names";
import { paths } from "@/lib/paths";
import { relativeTime } from "@/lib/time";

// Reading needs no menus.
const ChatMenu = lazyPart(() => import("@/features/chat/chat-menu"));

/** A username has no hyphens and an id has. */
const isId = (who: string) => who.includes("-");

export function Component() {
  const who = typedUsername(useParams().who ?? "");
  const me = useMe();
  const self = who === me.username || who === me.id;
  const { peer, missing, error, retry, sidebar } = usePeer(who, !self);
  return (
    <section className="flex h-full min-h-0 flex-col">
      <header className="border-b border-line bg-surface px-2 md:px-6">
        <div className="mx-auto flex min-h-16 max-w-3xl items-center gap-2">
          <Button asChild variant="ghost" size="icon" className="md:hidden">
            <Link to={paths.chat} aria-label={t.actions.back}>
              <ArrowLeft aria-hidden="true" className="rtl:-scale-x-100" />
            </Link>
          </Button>
          {peer && <PeerHeading peer={peer} />}
          {isPerson(peer) && <PeerMenu person={peer} />}
        </div>
      </header>
      {peer && <Conversation key={peer.id} peer={peer} />}
      {self && (
        <EmptyState
          heading="h1"
          icon={<Hand />}
          title={t.chat.yourself}
          hint={t.chat.yourselfHint}
          action={
            <Button asChild variant="soft">
              <Link to={paths.friends}>{t.chat.toFriends}</Link>
            </Button>
          }
        />
      )}
      {!peer && missing && (
        <EmptyState
          heading="h1"
          icon={<UserRoundX />}
          title={t.profile.missing}
          hint={t.profile.missingHint}
        />
      )}
      {!peer && !missing && error && <LoadError error={error} retry={retry} />}
      {!peer && !missing && !error && !self && (
        <Loading query={sidebar}>
          <ConversationSkeleton />
        </Loading>
      )}
    </section>
  );
}

/** Who it is that the address names: somebody of the list, or by username, or, of whom there is no more than that, by id. */
function usePeer(who: string, wanted: boolean) {
  const sidebar = useSidebar();
  const rows = [...(sidebar.data?.recent ?? []), ...(sidebar.data?.friends ?? [])];
  // The sidebar mostly knows them, so the chat opens without waiting for the profile.
  const isMeant = (peer: Peer) => peer.username === who || peer.id === who;
  const known = rows.find((row) => isMeant(row.peer))?.peer;
  const waiting = useWaitingPeers().find(isMeant);
  const unknown = wanted && known === undefined && !sidebar.isPending;
  const user = useUser(who, unknown && !isId(who));
  const chat = useConversation(unknown && isId(who) ? who : undefined);
  const newest = chat.data?.pages[0];
  // Somebody who has left, and with whom nothing was ever written, is nobody.
  const nobody = newest?.peer.username === null && newest.messages.length === 0;
  const peer: Peer | undefined = wanted
    ? (known ?? user.data ?? (nobody ? undefined : newest?.peer) ?? waiting)
    : undefined;
  const { error, refetch } = isId(who) ? chat : user;
  const missing = nobody || (error !== null && toProblem(error).status === 404);
  return { peer, missing, error, retry: refetch, sidebar };
}

const isPerson = (peer: Peer | undefined): peer is Person => peer?.username != null;

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
        <h1 className="truncate text-lg font-bold group-hover:underline">
          <bdi>{name}</bdi>
        </h1>
        <PeerState peer={peer} />
      </div>
    </>
  );
  if (!peer.username) return <div className="flex min-w-0 items-center gap-3">{heading}</div>;
  return (
    <Link
      to={paths.user(peer.username)}
      className="group flex min-h-11 min-w-0 items-center gap-3 rounded-xl pe-3"
    >
      {heading}
    </Link>
  );
}

function PeerMenu({ person }: { person: Person }) {
  const change = useChangeRelationship(person);
  const [wanted, setWanted] = useState(false);
  const [open, setOpen] = useState(false);
  const button = (
    <Button
      variant="ghost"
      size="icon"
      aria-label={t.chat.chatMenu(person.display_name)}
      aria-haspopup="menu"
      // Once the menu is there it is Radix that opens it.
      onClick={
        wanted
          ? undefined
          : () => {
              setWanted(true);
              setOpen(true);
            }
      }
      className="ms-auto shrink-0"
    >
      <Ellipsis aria-hidden="true" />
    </Button>
  );
  if (!wanted) return button;
  return (
    <Suspense fallback={button}>
      <ChatMenu
        person={person}
        open={open}
        onOpenChange={setOpen}
        onBlock={() => change.mutate("block")}
        trigger={button}
      />
    </Suspense>
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
  return (
    <span className="block truncate text-sm text-ink-faint">
      {status === "catching-up" && t.chat.catchingUp}
      {status !== "catching-up" && presence?.online && t.chat.online}
      {status !== "catching-up" &&
        !presence?.online &&
        (presence?.lastSeen ? (
          <LastSeen at={presence.lastSeen} />
        ) : (
          peer.username && `@${peer.username}`
        ))}
    </span>
  );
}

function LastSeen({ at }: { at: string }) {
  return useTimeText((now) => t.chat.lastSeen(relativeTime(at, now)));
}
