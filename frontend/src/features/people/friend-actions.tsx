import { MessageCircle, X } from "lucide-react";
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
        className="max-sm:w-11 max-sm:px-0"
        onClick={() => mutate("decline")}
        disabled={isPending}
        aria-label={t.relationship.declineOf(name)}
      >
        <X aria-hidden="true" className="sm:hidden" />
        <span className="max-sm:hidden">{t.relationship.decline}</span>
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
      {t.relationship.cancel}
    </Button>
  );
}

/** The line itself leads to the person; this to the chat. */
export function FriendActions({ person }: { person: Person }) {
  return (
    <Button asChild size="icon" variant="ghost" className="-me-2">
      <Link
        to={paths.conversation(person)}
        title={t.relationship.message}
        aria-label={t.relationship.messageTo(person.display_name)}
      >
        <MessageCircle aria-hidden="true" />
      </Link>
    </Button>
  );
}

export function BlockedActions({ person }: { person: Person }) {
  const { mutate, isPending } = useChangeRelationship(person);
  return (
    <Button
      size="sm"
      variant="outline"
      onClick={() => mutate("unblock")}
      disabled={isPending}
      aria-label={t.relationship.unblockOf(person.display_name)}
    >
      {t.relationship.unblock}
    </Button>
  );
}
