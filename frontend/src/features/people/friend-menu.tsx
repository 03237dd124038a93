import { Link2, UserMinus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { type Safety, SafetyDialogs, SafetyItems } from "@/components/person-safety";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import type { Person } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";
import { share, shareLabel } from "@/lib/share";

interface FriendMenuProps {
  person: Person;
  trigger: ReactNode;
  /** Only of a friend. */
  onRemove?: () => void;
  onBlock: () => void;
}

/** A module of its own, because menus are heavy and a profile is shown without one. */
export default function FriendMenu({ person, trigger, onRemove, onBlock }: FriendMenuProps) {
  const { id, username, display_name: name } = person;
  const [asking, setAsking] = useState<"remove" | Safety | null>(null);
  const close = () => setAsking(null);
  return (
    <>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>{trigger}</DropdownMenuTrigger>
        <DropdownMenuContent align="end">
          <DropdownMenuItem onSelect={() => void share(paths.user(username), name)}>
            <Link2 aria-hidden="true" />
            {shareLabel()}
          </DropdownMenuItem>
          {onRemove && (
            <DropdownMenuItem destructive onSelect={() => setAsking("remove")}>
              <UserMinus aria-hidden="true" />
              {t.relationship.remove}
            </DropdownMenuItem>
          )}
          <SafetyItems onAsk={setAsking} />
        </DropdownMenuContent>
      </DropdownMenu>
      <ConfirmDialog
        open={asking === "remove"}
        onOpenChange={close}
        title={t.relationship.removeOf(name)}
        description={t.relationship.removeExplained}
        confirm={t.relationship.remove}
        onConfirm={() => onRemove?.()}
      />
      <SafetyDialogs id={id} name={name} asking={asking} onClose={close} onBlock={onBlock} />
    </>
  );
}
