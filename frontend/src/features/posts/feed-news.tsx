import { ArrowUp } from "lucide-react";
import { Button } from "@/components/ui/button";
import { t } from "@/lib/messages";
import { useFeedNews } from "./use-feed-news";
import type { PostListQuery } from "./use-posts";

/** Says that there are new posts, without moving what one reads, and shows them when one asks. */
export function FeedNews({ feed }: { feed: PostListQuery }) {
  const { count, show } = useFeedNews(feed);
  return (
    <div
      role="status"
      className="sticky top-3 z-20 -mt-2 flex h-0 justify-center overflow-visible sm:-mt-4"
    >
      {count > 0 && (
        <Button size="sm" className="animate-rise shadow-card" onClick={show}>
          <ArrowUp aria-hidden="true" />
          {t.feed.news(count)}
        </Button>
      )}
    </div>
  );
}
