import { RotateCcw, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import type { Upload } from "@/lib/uploads";

interface AttachmentStripProps {
  uploads: Upload[];
  onRetry: (key: string) => void;
  onRemove: (key: string) => void;
}

/** The pictures of the message that is being written, and how far each has come. */
export function AttachmentStrip({ uploads, onRetry, onRemove }: AttachmentStripProps) {
  return (
    <ul
      aria-label={t.pictures.attached}
      className="mx-auto flex max-w-3xl gap-2 overflow-x-auto px-1 pt-1 pb-2.5"
    >
      {uploads.map(({ key, name, preview, state, progress }) => (
        <li key={key} className="relative shrink-0">
          <img
            src={preview}
            alt={name}
            className={cn(
              "size-20 rounded-xl bg-sunken object-cover",
              state !== "done" && "opacity-50",
              state === "failed" && "outline-2 outline-danger",
            )}
          />
          {state === "uploading" && (
            <progress
              aria-label={t.pictures.uploading(name)}
              value={progress}
              className="absolute inset-x-2 bottom-2 h-1.5 w-16 overflow-hidden rounded-full accent-brand"
            />
          )}
          {state === "failed" && (
            <Button
              size="icon"
              variant="soft"
              aria-label={t.pictures.retry(name)}
              onClick={() => onRetry(key)}
              className="absolute inset-0 m-auto"
            >
              <RotateCcw aria-hidden="true" />
            </Button>
          )}
          <button
            type="button"
            aria-label={t.pictures.remove(name)}
            onClick={() => onRemove(key)}
            className="absolute -end-1 -top-1 grid size-7 place-items-center rounded-full border border-line bg-surface text-ink shadow-card hover:bg-sunken"
          >
            <X aria-hidden="true" className="size-4" />
          </button>
        </li>
      ))}
    </ul>
  );
}
