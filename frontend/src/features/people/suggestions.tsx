import { Sparkles } from "lucide-react";
import { EmptyState } from "@/components/empty-state";
import { LoadError } from "@/components/load-error";
import { Loading } from "@/components/loading";
import { PersonLine } from "@/components/person-line";
import { t } from "@/lib/messages";
import { AddButton } from "./add-button";
import { PeopleSkeleton } from "./people-list";
import { useSuggestions } from "./use-suggestions";

/** People one may know, those with the most mutual friends first. */
export default function Suggestions() {
  const query = useSuggestions();
  const { data, isPending, error, refetch } = query;
  if (isPending) {
    return (
      <Loading query={query}>
        <PeopleSkeleton />
      </Loading>
    );
  }
  if (!data) return <LoadError error={error} retry={refetch} />;
  if (data.length === 0) {
    return (
      <EmptyState
        icon={<Sparkles />}
        title={t.friends.noSuggestions}
        hint={t.friends.noSuggestionsHint}
      />
    );
  }
  return (
    <ul aria-label={t.friends.suggestions} className="divide-y divide-line">
      {data.map((person) => (
        <li key={person.id}>
          <PersonLine person={person} note={t.friends.mutual(person.mutual_friends)}>
            <AddButton person={person} />
          </PersonLine>
        </li>
      ))}
    </ul>
  );
}
