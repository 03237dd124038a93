import { Link, useMatch } from "react-router";
import { Avatar } from "@/components/avatar";
import { Card } from "@/components/ui/card";
import { CountBadge } from "@/components/ui/count-badge";
import { useSidebar } from "@/features/chat/use-sidebar";
import { IncomingRequestActions } from "@/features/people/friend-actions";
import { PeopleSearch } from "@/features/people/people-search";
import { useFriendRequests } from "@/features/people/use-friend-requests";
import type { Person, Sidebar } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { nameOf } from "@/lib/names";
import { paths } from "@/lib/paths";
import { previewOf } from "@/lib/preview";

const SHOWN_REQUESTS = 3;
const SHOWN_CHATS = 5;

/** At a desk: who is waiting for an answer, and the latest chats. */
export default function Rail() {
  const requests = useFriendRequests("incoming").data?.pages[0]?.items ?? [];
  // That page shows them itself.
  const onFriends = useMatch(paths.friends) !== null;
  const chats = useSidebar().data?.recent ?? [];
  return (
    <div className="sticky top-6 space-y-4">
      <PeopleSearch />
      {requests.length > 0 && !onFriends && <Requests people={requests.slice(0, SHOWN_REQUESTS)} />}
      {chats.length > 0 && <Chats rows={chats.slice(0, SHOWN_CHATS)} />}
    </div>
  );
}

function Requests({ people }: { people: Person[] }) {
  return (
    <Card className="p-4">
      <RailHeading title={t.friends.requestsTitle} to={paths.friends} />
      <ul className="mt-2 space-y-4">
        {people.map((person) => (
          <li key={person.id}>
            <PersonLink person={person} />
            <div className="mt-2 flex gap-2 ps-12">
              <IncomingRequestActions person={person} />
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Chats({ rows }: { rows: Sidebar["recent"] }) {
  const me = useMe();
  return (
    <Card className="p-4 pb-2">
      <RailHeading title={t.chat.title} to={paths.chat} />
      <ul className="-mx-2 mt-1">
        {rows.map(({ peer, last_message: last, unread_count: unread }) => (
          <li key={peer.id}>
            <Link
              to={paths.conversation(peer)}
              className="flex min-h-14 items-center gap-3 rounded-xl px-2 hover:bg-sunken"
            >
              <Avatar person={peer} size="sm" />
              <span className="min-w-0 flex-1 leading-tight">
                <bdi className="block truncate text-[0.9375rem] font-semibold">{nameOf(peer)}</bdi>
                <span className="block truncate text-sm text-ink-faint">
                  {last.from === me.id && `${t.chat.youPrefix} `}
                  <bdi>{previewOf(last)}</bdi>
                </span>
              </span>
              <CountBadge calm count={unread} label={t.nav.unread(unread)} />
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function RailHeading({ title, to }: { title: string; to: string }) {
  return (
    <div className="flex items-center justify-between">
      <h2 className="font-bold">{title}</h2>
      <Link
        to={to}
        aria-label={t.friends.seeAllOf(title)}
        className="rounded-md px-1 py-1 text-sm font-semibold text-brand hover:underline"
      >
        {t.friends.seeAll}
      </Link>
    </div>
  );
}

function PersonLink({ person }: { person: Person }) {
  return (
    <Link to={paths.user(person.username)} className="group flex items-center gap-3 rounded-xl">
      <Avatar person={person} size="sm" />
      <span className="min-w-0 leading-tight">
        <bdi className="block truncate text-[0.9375rem] font-semibold group-hover:underline">
          {person.display_name}
        </bdi>
        <span className="block truncate text-sm text-ink-faint">@{person.username}</span>
      </span>
    </Link>
  );
}
