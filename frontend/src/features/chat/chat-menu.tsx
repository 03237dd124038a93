import { UserRound } from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { type Safety, SafetyDialogs, SafetyItems } from "@/components/person-safety";
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
  const [asking, setAsking] = useState<Safety | null>(null);
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
          <SafetyItems onAsk={setAsking} />
        </DropdownMenuContent>
      </DropdownMenu>
      <SafetyDialogs
        id={person.id}
        name={person.display_name}
        asking={asking}
        onClose={() => setAsking(null)}
        onBlock={onBlock}
      />
    </>
  );
}
