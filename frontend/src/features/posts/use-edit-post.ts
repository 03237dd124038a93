import { useMutation, useQueryClient } from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import { toProblem } from "@/lib/api/problem";
import type { Post } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { keys } from "@/lib/query";
import { showToast } from "@/lib/toasts";
import { beforeChange, changePost, putBack } from "./cached-posts";
import { type Draft, toBlocks, toShown } from "./draft";

/** Changes one's own post at once, and puts it back if the server refuses. */
export function useEditPost(post: Post) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ visibility, ...draft }: Draft) =>
      http.patch(`/v1/posts/${post.id}`, {
        blocks: toBlocks({ ...draft, visibility }),
        visibility,
      }),
    onMutate: async (draft) => {
      const before = await beforeChange(queries, post.id);
      changePost(queries, post.id, (shown) => ({
        ...shown,
        blocks: toShown(draft),
        visibility: draft.visibility,
        edited_at: new Date().toISOString(),
      }));
      return before;
    },
    onError: (error, _draft, before) => {
      putBack(queries, before);
      showToast("error", `${t.post.editFailed} ${toProblem(error).text}`);
    },
    onSuccess: () => {
      showToast("done", t.post.saved);
      for (const queryKey of [keys.allPosts, keys.post(post.id), keys.history(post.id)]) {
        void queries.invalidateQueries({ queryKey });
      }
    },
  });
}
