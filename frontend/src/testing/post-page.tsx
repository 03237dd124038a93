import { Comments } from "@/features/posts/comments";
import { PostCard } from "@/features/posts/post-card";
import { useLiveCounts } from "@/features/posts/post-watch";
import { usePost } from "@/features/posts/use-post";
import { usePostDelivery } from "@/features/posts/use-post-outbox";
import type { Comment, Post } from "@/lib/api/types";
import { ann, ben } from "./people";
import { renderSignedIn } from "./render";
import { answer, http, server } from "./server";

/** What Ann sees on a post's own page. */
function Page({ id }: { id: string }) {
  const { data } = usePost(id);
  usePostDelivery();
  useLiveCounts();
  if (!data) return null;
  return (
    <>
      <PostCard post={data} whole />
      <Comments post={data} />
    </>
  );
}

export const said = (text: string, by = ben, position = "e2"): Comment => ({
  id: `0198a1b2-0000-7000-9100-${position.slice(1).padStart(12, "0")}`,
  author: by,
  text,
  can_delete: by === ann,
  created_at: "2026-01-02T03:04:05.000Z",
  edited_at: null,
  position,
});

/** Shows a post to Ann, with the comments that the server has by the time it is asked. */
export function showPost(post: Post, comments: () => Comment[]) {
  server.use(
    http.get(`/v1/posts/${post.id}`, () => answer(post)),
    http.get(`/v1/posts/${post.id}/comments`, () =>
      answer({ items: comments(), next_cursor: null }),
    ),
  );
  return renderSignedIn(ann, <Page id={post.id} />);
}
