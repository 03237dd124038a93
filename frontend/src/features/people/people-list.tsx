import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { LoadError } from "@/components/load-error";
import { Loading } from "@/components/loading";
import { LongList } from "@/components/long-list";
import { PersonLine } from "@/components/person-line";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import type { Page, Person } from "@/lib/api/types";
import { t } from "@/lib/messages";

interface PeopleListProps {
  query: UseInfiniteQueryResult<InfiniteData<Page<Person>>>;
  label: string;
  empty: ReactNode;
  actions: (person: Person) => ReactNode;
  mark?: (person: Person) => ReactNode;
}

export function PeopleList({ query, label, empty, actions, mark }: PeopleListProps) {
  if (query.isPending) {
    return (
      <Loading query={query}>
        <PeopleSkeleton />
      </Loading>
    );
  }
  if (!query.data) return <LoadError error={query.error} retry={query.refetch} />;
  const people = query.data.pages.flatMap((page) => page.items);
  if (people.length === 0) return empty;
  return (
    <>
      <LongList
        items={people}
        keyOf={(person) => person.id}
        label={label}
        className="divide-y divide-line"
      >
        {(person) => (
          <PersonLine person={person} mark={mark?.(person)}>
            {actions(person)}
          </PersonLine>
        )}
      </LongList>
      {query.hasNextPage && (
        <Button
          variant="ghost"
          className="mt-2 w-full"
          pending={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t.actions.loadMore}
        </Button>
      )}
    </>
  );
}

export function PeopleSkeleton() {
  return (
    <div role="status" className="divide-y divide-line">
      <span className="sr-only">{t.actions.loading}</span>
      {["w-40", "w-32", "w-36", "w-28"].map((width) => (
        <div key={width} className="flex min-h-16 items-center gap-3 py-2">
          <Skeleton className="size-11 rounded-full" />
          <div className="space-y-2">
            <Skeleton className={`h-3.5 ${width}`} />
            <Skeleton className="h-3 w-20" />
          </div>
        </div>
      ))}
    </div>
  );
}
