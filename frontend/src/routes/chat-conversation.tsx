import { ArrowLeft, UserRoundX } from "lucide-react";
import { Link, useParams } from "react-router";
import { Avatar } from "@/components/avatar";
import { EmptyState } from "@/components/empty-state";
import { LoadError } from "@/components/load-error";
import { Button } from "@/components/ui/button";
import { useLiveStatus } from "@/features/chat/chat-provider";
import { Conversation, ConversationSkeleton } from "@/features/chat/conversation";
import { useSidebar } from "@/features/chat/use-sidebar";
import { useUser } from "@/features/people/use-user";
import { toProblem } from "@/lib/api/problem";
import type { Person } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";

export function Component() {
  const { username = "" } = useParams();
  const user = useUser(username);
  const sidebar = useSidebar();
  const rows = [...(sidebar.data?.recent ?? []), ...(sidebar.data?.friends ?? [])];
  // The sidebar mostly knows them already, so the chat opens without waiting for the profile.
  const peer = rows.find((row) => row.peer.username === username)?.peer ?? user.data;
  const canWrite = user.data === undefined || user.data.relationship === "friends";

  return (
    <section className="flex h-dvh min-h-0 flex-col">
      <header className="flex min-h-16 items-center gap-2 border-b border-line bg-surface px-2 md:px-6">
        <Button asChild variant="ghost" size="icon" className="md:hidden">
          <Link to={paths.chat} aria-label={t.actions.back}>
            <ArrowLeft aria-hidden="true" />
          </Link>
        </Button>
        {peer && <PeerHeading peer={peer} />}
      </header>
      {peer ? (
        <Conversation key={peer.id} peer={peer} canWrite={canWrite} />
      ) : user.error ? (
        toProblem(user.error).status === 404 ? (
          <EmptyState
            icon={<UserRoundX />}
            title={t.profile.missing}
            hint={t.profile.missingHint}
          />
        ) : (
          <LoadError error={user.error} retry={user.refetch} />
        )
      ) : (
        <ConversationSkeleton />
      )}
    </section>
  );
}

function PeerHeading({ peer }: { peer: Person }) {
  const status = useLiveStatus();
  return (
    <Link
      to={paths.user(peer.username)}
      className="group flex min-h-11 min-w-0 items-center gap-3 rounded-xl pr-3"
    >
      <title>{`${t.chat.conversationWith(peer.display_name)} · ${t.app.name}`}</title>
      <Avatar person={peer} />
      <span className="min-w-0 leading-tight">
        <span className="block truncate font-display text-lg font-bold group-hover:underline">
          {peer.display_name}
        </span>
        <span className="block truncate text-sm text-ink-faint">
          {status === "catching-up" ? t.chat.catchingUp : `@${peer.username}`}
        </span>
      </span>
    </Link>
  );
}
