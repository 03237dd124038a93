import { Ban, Flag, UserMinus } from "lucide-react";
import { type ReactNode, Suspense, useState } from "react";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";

const ReportDialog = lazyPart(() => import("@/components/report-dialog"));

interface FriendMenuProps {
  id: string;
  name: string;
  trigger: ReactNode;
  /** Only of a friend. */
  onRemove?: () => void;
  onBlock: () => void;
}

/** A module of its own, because menus are heavy and a profile is shown without one. */
export default function FriendMenu({ id, name, trigger, onRemove, onBlock }: FriendMenuProps) {
  const [asking, setAsking] = useState<"remove" | "block" | "report" | null>(null);
  const close = () => setAsking(null);
  return (
    <>
      <DropdownMenu>
        <DropdownMenuTrigger asChild>{trigger}</DropdownMenuTrigger>
        <DropdownMenuContent align="end">
          {onRemove && (
            <DropdownMenuItem destructive onSelect={() => setAsking("remove")}>
              <UserMinus aria-hidden="true" />
              {t.relationship.remove}
            </DropdownMenuItem>
          )}
          <DropdownMenuItem onSelect={() => setAsking("report")}>
            <Flag aria-hidden="true" />
            {t.report.action}
          </DropdownMenuItem>
          <DropdownMenuItem destructive onSelect={() => setAsking("block")}>
            <Ban aria-hidden="true" />
            {t.relationship.block}
          </DropdownMenuItem>
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
      <ConfirmDialog
        open={asking === "block"}
        onOpenChange={close}
        title={t.relationship.blockOf(name)}
        description={t.relationship.blockExplained}
        confirm={t.relationship.block}
        onConfirm={onBlock}
      />
      {asking === "report" && (
        <Suspense>
          <ReportDialog subject={{ user_id: id }} open onOpenChange={close} />
        </Suspense>
      )}
    </>
  );
}
