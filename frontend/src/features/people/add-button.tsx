import { UserPlus } from "lucide-react";
import { Button } from "@/components/ui/button";
import type { Person } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { useChangeRelationship } from "./use-change-relationship";

/** Asks somebody in a list to be friends. */
export function AddButton({ person }: { person: Person }) {
  const { mutate, isPending } = useChangeRelationship(person);
  return (
    <Button
      size="sm"
      variant="soft"
      onClick={() => mutate("add")}
      disabled={isPending}
      aria-label={t.relationship.addOf(person.display_name)}
    >
      <UserPlus aria-hidden="true" />
      {t.relationship.add}
    </Button>
  );
}
