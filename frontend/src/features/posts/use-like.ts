import { useMutation, useQueryClient } from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import { toProblem } from "@/lib/api/problem";
import type { Post } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { keys } from "@/lib/query";
import { showToast } from "@/lib/toasts";
import { beforeChange, changePost } from "./cached-posts";

/** Likes a post or no longer, at once; back as it was if the server refuses. */
export function useLike(post: Post) {
  const queries = useQueryClient();
  return useMutation({
    // One after the other, so that of several clicks the last one stands.
    scope: { id: `like:${post.id}` },
    mutationFn: (liked: boolean) => {
      const path = `/v1/posts/${post.id}/like`;
      return liked ? http.put(path) : http.delete(path);
    },
    onMutate: async (liked) => {
      await beforeChange(queries, post.id);
      show(liked);
    },
    onError: (error, liked) => {
      show(!liked);
      showToast("error", `${t.post.likeFailed} ${toProblem(error).text}`);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: keys.likes(post.id) }),
  });

  function show(liked: boolean) {
    changePost(queries, post.id, (shown) => {
      if (shown.liked === liked) return shown;
      const like_count = Math.max(0, shown.like_count + (liked ? 1 : -1));
      return { ...shown, liked, like_count };
    });
  }
}
