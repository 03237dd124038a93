import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { http } from "@/lib/api/client";
import type { Page, Person, Profile } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { keys } from "@/lib/query";
import { PeopleList } from "./people-list";

/** Whom somebody is friends with, as far as one may see it. */
export default function FriendsDialog({
  profile: { username, display_name: name },
  onClose,
}: {
  profile: Profile;
  onClose: () => void;
}) {
  const [open, setOpen] = useState(true);
  const friends = useInfiniteQuery({
    queryKey: keys.friendsOf(username),
    queryFn: async ({ pageParam, signal }) => {
      const path = `/v1/users/${encodeURIComponent(username)}/friends`;
      const params = pageParam ? { cursor: pageParam } : {};
      return (await http.get<Page<Person>>(path, { params, signal })).data;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
  return (
    <Dialog open={open} onOpenChange={setOpen} onClosed={onClose}>
      <DialogContent title={t.profile.friendsOf(name)}>
        {/* Whoever follows one of them has left the dialog. */}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: it only hears what bubbles up from links */}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: a link clicks by keyboard too */}
        <div
          className="mt-2"
          onClick={(event) => {
            if (event.target instanceof Element && event.target.closest("a")) onClose();
          }}
        >
          <PeopleList
            query={friends}
            label={t.profile.friendsOf(name)}
            empty={<p className="py-6 text-center text-ink-soft">{t.profile.noFriends(name)}</p>}
            actions={() => null}
          />
        </div>
      </DialogContent>
    </Dialog>
  );
}
