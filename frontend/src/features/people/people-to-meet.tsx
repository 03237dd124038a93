import { PersonLine } from "@/components/person-line";
import { Card } from "@/components/ui/card";
import type { Person } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { AddButton } from "./add-button";
import { useFriendRequests } from "./use-friend-requests";
import { useFriends } from "./use-friends";
import { useSuggestions } from "./use-suggestions";

/** Whoever has so many friends finds more by themselves. */
const FEW_FRIENDS = 5;
const MOST_SHOWN = 3;

/** A few faces for whoever has few friends yet: friends of theirs, or, before there are any, those who write here. */
export default function PeopleToMeet({ authors }: { authors: Person[] }) {
  const me = useMe();
  const friends = useFriends().data?.pages[0]?.items;
  const suggestions = useSuggestions().data;
  const outgoing = useFriendRequests("outgoing").data?.pages[0]?.items;
  const incoming = useFriendRequests("incoming").data?.pages[0]?.items;
  if (!friends || !suggestions || !outgoing || !incoming) return null;
  if (friends.length >= FEW_FRIENDS) return null;
  const known = new Set([me, ...friends, ...outgoing, ...incoming].map(({ id }) => id));
  const mutual = new Map(suggestions.map(({ id, mutual_friends: n }) => [id, n]));
  const people = new Map(
    [...suggestions, ...authors]
      .filter(({ id }) => !known.has(id))
      .map((person) => [person.id, person as Person]),
  );
  const shown = [...people.values()].slice(0, MOST_SHOWN);
  if (shown.length === 0) return null;
  return (
    <Card className="px-4 pt-4 pb-1 sm:px-5">
      <h2 className="font-bold">{t.friends.toMeet}</h2>
      <ul aria-label={t.friends.toMeet} className="divide-y divide-line">
        {shown.map((person) => {
          const n = mutual.get(person.id);
          return (
            <li key={person.id}>
              <PersonLine person={person} {...(n && { note: t.friends.mutual(n) })}>
                <AddButton person={person} />
              </PersonLine>
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
