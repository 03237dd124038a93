import { useState } from "react";
import { AutoTextarea } from "@/components/ui/auto-textarea";
import { Button } from "@/components/ui/button";
import { Dialog, DialogClose, DialogContent, DialogFoot } from "@/components/ui/dialog";
import { http } from "@/lib/api/client";
import { toProblem } from "@/lib/api/problem";
import type { ReportReason, ReportSubject } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { characters } from "@/lib/text";
import { showToast } from "@/lib/toasts";

const REASONS: ReportReason[] = [
  "spam",
  "harassment",
  "hate",
  "violence",
  "sexual",
  "self_harm",
  "impersonation",
  "other",
];
const MOST_CHARACTERS = 1_000;

interface ReportDialogProps {
  subject: ReportSubject;
  /** Called once it has left the screen. */
  onClose: () => void;
}

/** Tells the people who run Echo what is wrong with something. */
export default function ReportDialog({ subject, onClose }: ReportDialogProps) {
  const [open, setOpen] = useState(true);
  const [reason, setReason] = useState<ReportReason | null>(null);
  const [note, setNote] = useState("");
  const [sending, setSending] = useState(false);

  const written = note.trim();
  const over = characters(written) - MOST_CHARACTERS;

  const send = async () => {
    if (!reason || over > 0) return;
    setSending(true);
    try {
      await http.post("/v1/reports", { subject, reason, ...(written ? { note: written } : {}) });
      showToast("done", t.report.sent);
      setOpen(false);
    } catch (error) {
      showToast("error", toProblem(error).text);
    } finally {
      setSending(false);
    }
  };

  return (
    <Dialog open={open} onOpenChange={setOpen} onClosed={onClose} dirty={note.trim() !== ""}>
      <DialogContent title={t.report.title} description={t.report.explained}>
        <form
          className="mt-4"
          onSubmit={(event) => {
            event.preventDefault();
            void send();
          }}
        >
          <fieldset className="grid gap-0.5">
            <legend className="sr-only">{t.report.reason}</legend>
            {REASONS.map((each) => (
              <label
                key={each}
                className="flex min-h-11 cursor-pointer items-center gap-3 rounded-xl px-3 hover:bg-hover"
              >
                <input
                  type="radio"
                  name="reason"
                  checked={reason === each}
                  onChange={() => setReason(each)}
                  className="size-5 accent-brand"
                />
                {t.report.reasons[each]}
              </label>
            ))}
          </fieldset>
          <div className="mt-3 rounded-2xl border border-line-strong/60 bg-canvas focus-within:outline-2 focus-within:outline-brand">
            <AutoTextarea
              value={note}
              onChange={(event) => setNote(event.target.value)}
              aria-label={t.report.note}
              aria-invalid={over > 0}
              placeholder={t.report.note}
              className="max-h-40 min-h-20 px-4 py-2.5 outline-none placeholder:text-ink-faint"
            />
          </div>
          {over > 0 && (
            <p role="alert" className="mt-1 px-4 text-sm font-medium text-danger">
              {t.composer.tooMuch(over)}
            </p>
          )}
          <DialogFoot>
            <DialogClose asChild>
              <Button variant="ghost">{t.actions.cancel}</Button>
            </DialogClose>
            <Button type="submit" pending={sending} disabled={!reason || over > 0}>
              {t.report.send}
            </Button>
          </DialogFoot>
        </form>
      </DialogContent>
    </Dialog>
  );
}
