import { Ban, Flag, UserRound } from "lucide-react";
import { type ReactNode, Suspense, useState } from "react";
import { Link } from "react-router";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import type { Person } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { paths } from "@/lib/paths";

const ReportDialog = lazyPart(() => import("@/components/report-dialog"));

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
  const close = () => setAsking(null);
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
          <DropdownMenuItem destructive onSelect={() => setAsking("block")}>
            <Ban aria-hidden="true" />
            {t.relationship.block}
          </DropdownMenuItem>
        </DropdownMenuContent>
      </DropdownMenu>
      <ConfirmDialog
        open={asking === "block"}
        onOpenChange={close}
        title={t.relationship.blockOf(person.display_name)}
        description={t.relationship.blockExplained}
        confirm={t.relationship.block}
        onConfirm={onBlock}
      />
      {asking === "report" && (
        <Suspense>
          <ReportDialog subject={{ user_id: person.id }} open onOpenChange={close} />
        </Suspense>
      )}
    </>
  );
}
