import { Suspense } from "react";
import { Skeleton } from "@/components/ui/skeleton";
import { lazyPart } from "@/lib/modules";

const PeopleSearch = lazyPart(() =>
  import("@/features/people/people-search").then((module) => ({ default: module.PeopleSearch })),
);

/** The search for people where there is no room for it beside the page. */
export function PhoneSearch() {
  return (
    <div className="px-4 pt-2 pb-1 sm:px-0 sm:pt-0 lg:hidden">
      <Suspense fallback={<Skeleton className="h-12 rounded-full" />}>
        <PeopleSearch />
      </Suspense>
    </div>
  );
}
