import { useMutation, useQueryClient } from "@tanstack/react-query";
import { http, session } from "@/lib/api/client";
import type { Me, Profile, ProfileChange } from "@/lib/api/types";
import { uploadPicture } from "@/lib/api/upload";
import { newId } from "@/lib/ids";
import { keys } from "@/lib/query";

export type PicturePlace = "avatar" | "cover";

/** Reads oneself anew, and says so wherever one's name and picture stand. */
function useRefreshMe() {
  const queries = useQueryClient();
  return async () => {
    const { data } = await http.get<Me>("/v1/me");
    session.know({ display_name: data.display_name, avatar: data.avatar });
    queries.setQueryData<Profile>(keys.user(data.username), data);
    // Names and pictures are in all that one wrote.
    for (const queryKey of [keys.allPosts, ["post"], ["comments"]]) {
      void queries.invalidateQueries({ queryKey });
    }
  };
}

/** Changes what the profile tells. */
export function useUpdateProfile() {
  const refresh = useRefreshMe();
  return useMutation({
    mutationFn: async (change: ProfileChange) => {
      await http.patch("/v1/me/profile", change);
      await refresh();
    },
  });
}

/** Puts a picture into its place, or takes it away. */
export function useSetPicture(place: PicturePlace) {
  const refresh = useRefreshMe();
  return useMutation({
    mutationFn: async (picture: Blob | null) => {
      if (picture) {
        const { id } = await uploadPicture(picture, { key: newId() });
        await http.put(`/v1/me/${place}`, { media_id: id });
      } else {
        await http.delete(`/v1/me/${place}`);
      }
      await refresh();
    },
  });
}
