import { UserMinus } from "lucide-react";
import type { ReactNode } from "react";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { t } from "@/lib/messages";

interface FriendMenuProps {
  trigger: ReactNode;
  onRemove: () => void;
}

/** A module of its own, because menus are heavy and a profile is shown without one. */
export default function FriendMenu({ trigger, onRemove }: FriendMenuProps) {
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>{trigger}</DropdownMenuTrigger>
      <DropdownMenuContent align="end">
        <DropdownMenuItem onSelect={onRemove}>
          <UserMinus aria-hidden="true" />
          {t.relationship.remove}
        </DropdownMenuItem>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
