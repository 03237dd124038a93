import { Ban, UserMinus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog, DialogClose, DialogContent } from "@/components/ui/dialog";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { t } from "@/lib/messages";

interface FriendMenuProps {
  name: string;
  trigger: ReactNode;
  /** Only of a friend. */
  onRemove?: () => void;
  onBlock: () => void;
}

/** A module of its own, because menus are heavy and a profile is shown without one. */
export default function FriendMenu({ name, trigger, onRemove, onBlock }: FriendMenuProps) {
  const [blocking, setBlocking] = useState(false);
  return (
    <>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>{trigger}</DropdownMenuTrigger>
        <DropdownMenuContent align="end">
          {onRemove && (
            <DropdownMenuItem onSelect={onRemove}>
              <UserMinus aria-hidden="true" />
              {t.relationship.remove}
            </DropdownMenuItem>
          )}
          <DropdownMenuItem onSelect={() => setBlocking(true)}>
            <Ban aria-hidden="true" />
            {t.relationship.block}
          </DropdownMenuItem>
        </DropdownMenuContent>
      </DropdownMenu>
      <Dialog open={blocking} onOpenChange={setBlocking}>
        <DialogContent
          title={t.relationship.blockOf(name)}
          description={t.relationship.blockExplained}
        >
          <div className="mt-6 flex justify-end gap-2">
            <DialogClose asChild>
              <Button variant="ghost">{t.actions.cancel}</Button>
            </DialogClose>
            <DialogClose asChild>
              <Button variant="danger-solid" onClick={onBlock}>
                {t.relationship.block}
              </Button>
            </DialogClose>
          </div>
        </DialogContent>
      </Dialog>
    </>
  );
}
