import { Ban, Flag, UserRound } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import ReportDialog from "@/components/report-dialog";
import { Button } from "@/components/ui/button";
import { Dialog, DialogClose, DialogContent } from "@/components/ui/dialog";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import type { Person } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { paths } from "@/lib/paths";

interface ChatMenuProps {
  person: Person;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onBlock: () => void;
  trigger: ReactNode;
}

/** What can be done about the person one chats with. Fetched when somebody first asks for it. */
export default function ChatMenu({ person, open, onOpenChange, onBlock, trigger }: ChatMenuProps) {
  const [asking, setAsking] = useState<"block" | "report" | null>(null);
  return (
    <>
      <DropdownMenu open={open} onOpenChange={onOpenChange}>
        <DropdownMenuTrigger asChild>{trigger}</DropdownMenuTrigger>
        <DropdownMenuContent align="end">
          <DropdownMenuItem asChild>
            <Link to={paths.user(person.username)}>
              <UserRound aria-hidden="true" />
              {t.chat.viewProfile}
            </Link>
          </DropdownMenuItem>
          <DropdownMenuItem onSelect={() => setAsking("report")}>
            <Flag aria-hidden="true" />
            {t.chat.reportPerson}
          </DropdownMenuItem>
          <DropdownMenuItem
            className="text-danger [&_svg]:text-danger"
            onSelect={() => setAsking("block")}
          >
            <Ban aria-hidden="true" />
            {t.relationship.block}
          </DropdownMenuItem>
        </DropdownMenuContent>
      </DropdownMenu>
      <Dialog open={asking === "block"} onOpenChange={(asks) => setAsking(asks ? "block" : null)}>
        <DialogContent
          title={t.relationship.blockOf(person.display_name)}
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
      {asking === "report" && (
        <ReportDialog subject={{ user_id: person.id }} open onOpenChange={() => setAsking(null)} />
      )}
    </>
  );
}
