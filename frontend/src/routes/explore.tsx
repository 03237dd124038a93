import { Compass } from "lucide-react";
import { Suspense } from "react";
import { EmptyState } from "@/components/empty-state";
import { PostList } from "@/features/posts/post-list";
import { useExplore } from "@/features/posts/use-posts";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { Page, PageHeading } from "./page";
import { PhoneSearch } from "./phone-search";

// Whoever knows people already needs none of it.
const PeopleToMeet = lazyPart(() => import("@/features/people/people-to-meet"));

export function Component() {
  const explore = useExplore();
  const authors = explore.data?.pages[0]?.items.map(({ author }) => author) ?? [];
  return (
    <Page
      posts
      title={t.explore.title}
      heading={<PageHeading title={t.explore.title} intro={t.explore.intro} />}
    >
      <PhoneSearch />
      <PostList
        query={explore}
        waiting="public"
        label={t.explore.title}
        between={
          <Suspense>
            <PeopleToMeet authors={authors} />
          </Suspense>
        }
        empty={<EmptyState icon={<Compass />} title={t.explore.empty} hint={t.explore.emptyHint} />}
      />
    </Page>
  );
}
