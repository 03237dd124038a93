import { Compass } from "lucide-react";
import { EmptyState } from "@/components/empty-state";
import { PostList } from "@/features/posts/post-list";
import { useExplore } from "@/features/posts/use-posts";
import { t } from "@/lib/messages";
import { Page, PageHeading } from "./page";

export function Component() {
  const explore = useExplore();
  return (
    <Page
      posts
      title={t.explore.title}
      heading={<PageHeading title={t.explore.title} intro={t.explore.intro} />}
    >
      <PostList
        query={explore}
        waiting="public"
        label={t.explore.title}
        empty={<EmptyState icon={<Compass />} title={t.explore.empty} hint={t.explore.emptyHint} />}
      />
    </Page>
  );
}
