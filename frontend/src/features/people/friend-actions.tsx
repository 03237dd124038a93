import { MessageCircle } from "lucide-react";
import { Link } from "react-router";
import { Button } from "@/components/ui/button";
import type { Person } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";
import { useChangeRelationship } from "./use-change-relationship";

export function IncomingRequestActions({ person }: { person: Person }) {
  const { mutate, isPending } = useChangeRelationship(person);
  const name = person.display_name;
  return (
    <>
      <Button
        size="sm"
        onClick={() => mutate("accept")}
        disabled={isPending}
        aria-label={t.relationship.acceptOf(name)}
      >
        {t.relationship.accept}
      </Button>
      <Button
        size="sm"
        variant="ghost"
        onClick={() => mutate("decline")}
        disabled={isPending}
        aria-label={t.relationship.declineOf(name)}
      >
        {t.relationship.decline}
      </Button>
    </>
  );
}

export function OutgoingRequestActions({ person }: { person: Person }) {
  const { mutate, isPending } = useChangeRelationship(person);
  return (
    <Button
      size="sm"
      variant="outline"
      onClick={() => mutate("cancel")}
      disabled={isPending}
      aria-label={t.relationship.cancelOf(person.display_name)}
    >
      {t.actions.cancel}
    </Button>
  );
}

export function FriendActions({ person }: { person: Person }) {
  return (
    <Button asChild size="sm" variant="soft">
      <Link
        to={paths.conversation(person.username)}
        aria-label={t.relationship.messageTo(person.display_name)}
      >
        <MessageCircle aria-hidden="true" />
        {t.relationship.message}
      </Link>
    </Button>
  );
}
