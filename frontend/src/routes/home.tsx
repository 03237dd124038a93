import { Feather } from "lucide-react";
import { Suspense } from "react";
import { Link } from "react-router";
import { EmptyState } from "@/components/empty-state";
import { LogoMark } from "@/components/logo";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { useSidebar } from "@/features/chat/use-sidebar";
import { FeedNews } from "@/features/posts/feed-news";
import { PostList } from "@/features/posts/post-list";
import { useFeed } from "@/features/posts/use-posts";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { paths } from "@/lib/paths";
import { BellLink } from "./bell";
import { Page } from "./page";
import { SettingsLink } from "./settings-link";

// The feed is asked for meanwhile.
const Composer = lazyPart(() =>
  import("@/features/posts/composer").then((module) => ({ default: module.Composer })),
);

// Nobody needs it for long.
const FirstSteps = lazyPart(() => import("./first-steps"));

export function Component() {
  const feed = useFeed();
  const chats = useSidebar().data;
  return (
    <Page
      posts
      title={t.feed.title}
      heading={
        <header className="flex min-h-14 items-center justify-between bg-surface px-4 max-sm:mb-0 sm:hidden">
          <h1 className="flex items-center gap-2.5">
            <LogoMark className="size-8" />
            <span className="text-xl font-bold tracking-[-0.03em]">{t.app.name}</span>
          </h1>
          <div className="flex items-center">
            <BellLink />
            <SettingsLink />
          </div>
        </header>
      }
    >
      <h1 className="sr-only max-sm:hidden">{t.feed.title}</h1>
      <Suspense fallback={<Skeleton className="h-20 rounded-card" />}>
        <Composer />
      </Suspense>
      {chats?.recent.length === 0 && (
        <Suspense>
          <FirstSteps chats={chats} />
        </Suspense>
      )}
      <FeedNews feed={feed} />
      <PostList
        query={feed}
        waiting="all"
        label={t.feed.title}
        empty={
          <EmptyState
            icon={<Feather />}
            title={t.feed.empty}
            hint={t.feed.emptyHint}
            action={
              <Button asChild variant="soft">
                <Link to={paths.explore}>{t.feed.toExplore}</Link>
              </Button>
            }
          />
        }
      />
    </Page>
  );
}
