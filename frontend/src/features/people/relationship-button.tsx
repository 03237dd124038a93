import { ChevronDown, Clock, Ellipsis, MessageCircle, UserCheck, UserPlus } from "lucide-react";
import { type ComponentProps, Suspense } from "react";
import { Link } from "react-router";
import { Button } from "@/components/ui/button";
import type { Profile } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { paths } from "@/lib/paths";
import { useChangeRelationship } from "./use-change-relationship";

const FriendMenu = lazyPart(() => import("./friend-menu"));

/** What one can do about another person, as things stand between the two. */
export function RelationshipButton({ profile }: { profile: Profile }) {
  const { mutate, isPending } = useChangeRelationship(profile);
  const name = profile.display_name;
  const more = (
    <Suspense fallback={<MoreMark disabled aria-label={t.relationship.more(name)} />}>
      <FriendMenu
        person={profile}
        trigger={<MoreMark disabled={isPending} aria-label={t.relationship.more(name)} />}
        onBlock={() => mutate("block")}
      />
    </Suspense>
  );
  switch (profile.relationship) {
    case "none":
      return (
        <>
          <Button onClick={() => mutate("add")} disabled={isPending}>
            <UserPlus aria-hidden="true" />
            {t.relationship.add}
          </Button>
          {more}
        </>
      );
    case "requested":
      return (
        <>
          <Button
            variant="outline"
            onClick={() => mutate("cancel")}
            disabled={isPending}
            aria-label={t.relationship.cancelOf(name)}
          >
            <Clock aria-hidden="true" />
            {t.relationship.cancel}
          </Button>
          {more}
        </>
      );
    case "requested_by":
      return (
        <>
          <Button
            onClick={() => mutate("accept")}
            disabled={isPending}
            aria-label={t.relationship.acceptOf(name)}
          >
            <UserCheck aria-hidden="true" />
            {t.relationship.accept}
          </Button>
          <Button
            variant="outline"
            onClick={() => mutate("decline")}
            disabled={isPending}
            aria-label={t.relationship.declineOf(name)}
          >
            {t.relationship.decline}
          </Button>
          {more}
        </>
      );
    case "friends":
      return (
        <>
          <Button asChild>
            <Link to={paths.conversation(profile)}>
              <MessageCircle aria-hidden="true" />
              {t.relationship.message}
            </Link>
          </Button>
          <Suspense fallback={<FriendsMark disabled />}>
            <FriendMenu
              person={profile}
              trigger={<FriendsMark disabled={isPending} aria-label={t.relationship.menu(name)} />}
              onRemove={() => mutate("remove")}
              onBlock={() => mutate("block")}
            />
          </Suspense>
        </>
      );
    case "blocked":
      return (
        <Button
          variant="outline"
          onClick={() => mutate("unblock")}
          disabled={isPending}
          aria-label={t.relationship.unblockOf(name)}
        >
          {t.relationship.unblock}
        </Button>
      );
    case "self":
      return null;
  }
}

function MoreMark(props: ComponentProps<typeof Button>) {
  return (
    <Button variant="outline" size="icon" className="flex-none!" {...props}>
      <Ellipsis aria-hidden="true" />
    </Button>
  );
}

function FriendsMark(props: ComponentProps<typeof Button>) {
  return (
    <Button variant="outline" {...props}>
      <UserCheck aria-hidden="true" />
      {t.relationship.friends}
      <ChevronDown aria-hidden="true" />
    </Button>
  );
}
