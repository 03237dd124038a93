import { Ban, Flag } from "lucide-react";
import { Suspense } from "react";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { DropdownMenuItem, DropdownMenuSeparator } from "@/components/ui/dropdown-menu";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";

const ReportDialog = lazyPart(() => import("@/components/report-dialog"));

/** What somebody may want to do against a person, and is asked about first. */
export type Safety = "report" | "block";

/** The end of a menu about a person. */
export function SafetyItems({ onAsk }: { onAsk: (what: Safety) => void }) {
  return (
    <>
      <DropdownMenuSeparator />
      <DropdownMenuItem onSelect={() => onAsk("report")}>
        <Flag aria-hidden="true" />
        {t.report.action}
      </DropdownMenuItem>
      <DropdownMenuItem destructive onSelect={() => onAsk("block")}>
        <Ban aria-hidden="true" />
        {t.relationship.block}
      </DropdownMenuItem>
    </>
  );
}

interface SafetyDialogsProps {
  id: string;
  name: string;
  /** Which of them is asked about; null, or something else of the same menu, for none. */
  asking: string | null;
  onClose: () => void;
  onBlock: () => void;
}

export function SafetyDialogs({ id, name, asking, onClose, onBlock }: SafetyDialogsProps) {
  return (
    <>
      <ConfirmDialog
        open={asking === "block"}
        onOpenChange={onClose}
        title={t.relationship.blockOf(name)}
        description={t.relationship.blockExplained}
        confirm={t.relationship.block}
        onConfirm={onBlock}
      />
      {asking === "report" && (
        <Suspense>
          <ReportDialog subject={{ user_id: id }} onClose={onClose} />
        </Suspense>
      )}
    </>
  );
}
