import { useMutation, useQueryClient } from "@tanstack/react-query";
import { http } from "@/lib/api/client";
import type { Post } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { keys } from "@/lib/query";
import { showToast } from "@/lib/toasts";
import { beforeChange, changePost } from "./cached-posts";
import { type Draft, toBlocks, toShown } from "./draft";

/** Changes one's own post, once the server has taken the change: until then it is in the editor. */
export function useEditPost(post: Post) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (draft: Draft) =>
      http.patch(`/v1/posts/${post.id}`, {
        blocks: toBlocks(draft),
        visibility: draft.visibility,
      }),
    onSuccess: async (_answer, draft) => {
      await beforeChange(queries, post.id);
      changePost(queries, post.id, (shown) => ({
        ...shown,
        blocks: toShown(draft),
        visibility: draft.visibility,
        edited_at: new Date().toISOString(),
      }));
      showToast("done", t.post.saved);
      void queries.invalidateQueries({ queryKey: keys.history(post.id) });
    },
  });
}
