import { Users } from "lucide-react";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { EmptyState } from "@/components/empty-state";
import { Button } from "@/components/ui/button";
import type { Person } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";
import { FriendActions } from "./friend-actions";
import { PeopleList } from "./people-list";
import { useFriends } from "./use-friends";

/** All friends, newest first. The search above finds each of them by name, before anybody else. */
export function FriendsTab({ mark }: { mark: (person: Person) => ReactNode }) {
  return (
    <PeopleList
      query={useFriends()}
      label={t.friends.all}
      mark={mark}
      actions={(person) => <FriendActions person={person} />}
      empty={
        <EmptyState
          icon={<Users />}
          title={t.friends.empty}
          hint={t.friends.emptyHint}
          action={
            <Button asChild variant="soft">
              <Link to={paths.explore}>{t.feed.toExplore}</Link>
            </Button>
          }
        />
      }
    />
  );
}
