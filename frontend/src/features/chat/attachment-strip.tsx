import { Check, RotateCcw, X } from "lucide-react";
import { Suspense, useState } from "react";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import type { Upload } from "@/lib/uploads";

const DescribeDialog = lazyPart(() => import("./describe-dialog"));

interface AttachmentStripProps {
  uploads: Upload[];
  onRetry: (key: string) => void;
  onRemove: (key: string) => void;
  /** Null of what can't be described any more. */
  onDescribe: (key: string) => ((alt: string) => void) | null;
}

/** The pictures of the message that is being written, and how far each has come. */
export function AttachmentStrip({ uploads, onRetry, onRemove, onDescribe }: AttachmentStripProps) {
  const [described, setDescribed] = useState<string | null>(null);
  const upload = uploads.find(({ key }) => key === described);
  const describe = upload && onDescribe(upload.key);
  return (
    <>
      <ul
        aria-label={t.pictures.attached}
        className="mx-auto flex max-w-3xl gap-2 overflow-x-auto px-1 pt-1 pb-2.5"
      >
        {uploads.map(({ key, name, alt, preview, state, progress }) => (
          <li key={key} className="relative shrink-0">
            <img
              src={preview}
              alt={alt || name}
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
            {state === "done" && onDescribe(key) && (
              <button
                type="button"
                aria-label={t.pictures.describeOne(name)}
                aria-haspopup="dialog"
                onClick={() => setDescribed(key)}
                className="absolute start-1 bottom-1 inline-flex min-h-7 items-center gap-1 rounded-full border border-line bg-surface px-2 text-xs font-bold text-ink shadow-card hover:bg-sunken"
              >
                {alt && <Check aria-hidden="true" className="size-3 text-brand" />}
                {t.pictures.alt}
              </button>
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
      {upload && describe && (
        <Suspense>
          <DescribeDialog
            upload={upload}
            onDescribe={describe}
            onClose={() => setDescribed(null)}
          />
        </Suspense>
      )}
    </>
  );
}
