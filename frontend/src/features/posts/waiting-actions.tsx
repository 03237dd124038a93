import { RotateCcw, Trash2, TriangleAlert, Undo2 } from "lucide-react";
import { Button } from "@/components/ui/button";
import { problemText } from "@/lib/api/problem";
import { useMe } from "@/lib/api/use-session";
import { cn } from "@/lib/cn";
import { useDraft } from "@/lib/drafts";
import { t } from "@/lib/messages";
import { formatDraft } from "./draft";
import type { Waiting } from "./post-outbox";
import { usePostOutbox } from "./use-post-outbox";

/** What can be done about something that waits or was refused. */
export default function WaitingActions({ item }: { item: Waiting }) {
  const outbox = usePostOutbox();
  const me = useMe();
  const draft = useDraft(me.id, item.kind === "post" ? "post" : `comment:${item.post}`);
  if (item.state === "sending") return null;
  const failed = item.state === "failed";
  // What stands in the editor already isn't written over.
  const free = draft.text() === "";
  const putBack = () => {
    draft.write(item.kind === "post" ? formatDraft(item.draft) : item.text);
    outbox.takeBack(item);
  };
  return (
    <div
      role={failed ? "alert" : undefined}
      className={cn("mt-1 flex flex-wrap items-center gap-1", !failed && "-ms-4")}
    >
      {failed && (
        <span className="flex items-center gap-1.5 pe-1 text-sm font-medium text-danger">
          <TriangleAlert aria-hidden="true" className="size-4 shrink-0" />
          {problemText(item.problem ?? "")}
        </span>
      )}
      {failed && (
        <Button variant="ghost" size="sm" onClick={() => outbox.retry(item.id)}>
          <RotateCcw aria-hidden="true" />
          {t.actions.retry}
        </Button>
      )}
      {failed && free && (
        <Button variant="ghost" size="sm" onClick={putBack}>
          <Undo2 aria-hidden="true" />
          {t.sending.putBack}
        </Button>
      )}
      <Button variant="danger" size="sm" onClick={() => outbox.takeBack(item)}>
        <Trash2 aria-hidden="true" />
        {t.sending.discard}
      </Button>
    </div>
  );
}
