import { useMutation, useQueryClient } from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import { toProblem } from "@/lib/api/problem";
import type { Post } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { keys } from "@/lib/query";
import { showToast } from "@/lib/toasts";
import { beforeChange, changePost, putBack } from "./cached-posts";

/** Deletes one's own post: it is gone from every list at once, and back if the server refuses. */
export function useDeletePost(post: Post, onDeleted?: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => http.delete(`/v1/posts/${post.id}`),
    onMutate: async () => {
      const before = await beforeChange(queries, post.id);
      changePost(queries, post.id, () => null);
      return before;
    },
    onError: (error, _none, before) => {
      putBack(queries, before);
      showToast("error", `${t.post.deleteFailed} ${toProblem(error).text}`);
    },
    onSuccess: () => {
      showToast("done", t.post.deleted);
      onDeleted?.();
      // A page that still shows it asks once more, and is told that it isn't there.
      void queries.resetQueries({ queryKey: keys.post(post.id) });
      void queries.invalidateQueries({ queryKey: keys.user(post.author.username) });
    },
  });
}
