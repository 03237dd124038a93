import { useState } from "react";
import { AutoTextarea } from "@/components/ui/auto-textarea";
import { Button } from "@/components/ui/button";
import { Dialog, DialogClose, DialogContent } from "@/components/ui/dialog";
import { isSendingKey } from "@/lib/keys";
import { t } from "@/lib/messages";
import type { Upload } from "@/lib/uploads";

const MOST_CHARACTERS = 1_000;

interface DescribeDialogProps {
  upload: Upload;
  onDescribe: (alt: string) => void;
  onClose: () => void;
}

/** Asks what a picture shows, for those who can't see it. */
export default function DescribeDialog({ upload, onDescribe, onClose }: DescribeDialogProps) {
  const [open, setOpen] = useState(true);
  const [alt, setAlt] = useState(upload.alt);
  const over = [...alt.trim()].length - MOST_CHARACTERS;
  const save = () => {
    if (over > 0) return;
    onDescribe(alt.trim());
    setOpen(false);
  };
  return (
    <Dialog open={open} onOpenChange={setOpen} onClosed={onClose} dirty={alt !== upload.alt}>
      <DialogContent title={t.pictures.describe} description={t.pictures.describeExplained}>
        <form
          className="mt-4"
          onSubmit={(event) => {
            event.preventDefault();
            // React takes it on to the message's own form, inside which this was opened.
            event.stopPropagation();
            save();
          }}
        >
          <img
            src={upload.preview}
            alt=""
            className="mx-auto mb-4 max-h-48 rounded-xl bg-sunken object-contain"
          />
          <div className="rounded-2xl border border-line-strong/60 bg-canvas focus-within:outline-2 focus-within:outline-brand">
            <AutoTextarea
              autoFocus
              dir="auto"
              value={alt}
              onChange={(event) => setAlt(event.target.value)}
              onKeyDown={(event) => {
                if (isSendingKey(event)) save();
              }}
              aria-label={t.pictures.describe}
              aria-invalid={over > 0}
              className="max-h-40 min-h-20 px-4 py-2.5 outline-none"
            />
          </div>
          {over > 0 && (
            <p role="alert" className="mt-1 px-4 text-sm font-medium text-danger">
              {t.composer.tooMuch(over)}
            </p>
          )}
          <div className="mt-5 flex justify-end gap-2">
            <DialogClose asChild>
              <Button variant="ghost">{t.actions.cancel}</Button>
            </DialogClose>
            <Button type="submit" disabled={over > 0}>
              {t.pictures.saveDescription}
            </Button>
          </div>
        </form>
      </DialogContent>
    </Dialog>
  );
}
