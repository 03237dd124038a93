import { Users } from "lucide-react";
import { useState } from "react";
import { EmptyState } from "@/components/empty-state";
import { PersonLine } from "@/components/person-line";
import { Input } from "@/components/ui/input";
import { t } from "@/lib/messages";
import { FriendActions } from "./friend-actions";
import { PeopleList, PeopleSkeleton } from "./people-list";
import { useFriends } from "./use-friends";
import { usePeopleSearch } from "./use-people-search";

/** All friends, newest first, or those whose name begins as one types. */
export function FriendsTab() {
  const friends = useFriends();
  const [filter, setFilter] = useState("");
  const hasAny = (friends.data?.pages[0]?.items.length ?? 0) > 0;
  return (
    <>
      {hasAny && (
        <search className="block border-b border-line py-3">
          <Input
            type="search"
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
            aria-label={t.friends.filter}
            placeholder={t.friends.filter}
            autoComplete="off"
            className="h-11 rounded-full bg-canvas"
          />
        </search>
      )}
      {filter.trim() === "" ? (
        <PeopleList
          query={friends}
          label={t.friends.all}
          empty={<EmptyState icon={<Users />} title={t.friends.empty} hint={t.friends.emptyHint} />}
          actions={(person) => <FriendActions person={person} />}
        />
      ) : (
        <FoundFriends text={filter} />
      )}
    </>
  );
}

/** The server searches, since it knows friends that aren't loaded here; they come first in its answer. */
function FoundFriends({ text }: { text: string }) {
  const { people, error, settled } = usePeopleSearch(text);
  const friends = people?.filter((person) => person.relationship === "friends");
  if (error && !people) {
    return (
      <p role="alert" className="py-6 text-center text-ink-soft">
        {t.friends.searchFailed}
      </p>
    );
  }
  if (!friends || (friends.length === 0 && !settled)) return <PeopleSkeleton />;
  return (
    <>
      <p role="status" className="sr-only">
        {settled && t.friends.found(friends.length)}
      </p>
      {friends.length === 0 ? (
        <EmptyState icon={<Users />} title={t.friends.filterNone} hint={t.friends.filterNoneHint} />
      ) : (
        <ul aria-label={t.friends.all} className="divide-y divide-line">
          {friends.map((person) => (
            <li key={person.id}>
              <PersonLine person={person}>
                <FriendActions person={person} />
              </PersonLine>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
