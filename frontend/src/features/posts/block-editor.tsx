import { ArrowDown, ArrowUp, GripVertical, RotateCcw, X } from "lucide-react";
import type { KeyboardEvent } from "react";
import { AutoTextarea } from "@/components/ui/auto-textarea";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { ProgressBar } from "@/components/ui/progress-bar";
import { cn } from "@/lib/cn";
import { isComposing } from "@/lib/keys";
import { t } from "@/lib/messages";
import { beginning } from "@/lib/text";
import { type DraftBlock, type DraftPicture, MAX_ALT_CHARACTERS } from "./draft";
import { useDragOrder } from "./use-drag-order";

interface BlockEditorProps {
  block: DraftBlock;
  place: number;
  total: number;
  onText: (text: string) => void;
  onAlt: (alt: string) => void;
  onRetry: () => void;
  onMove: (by: 1 | -1) => void;
  onRemove: () => void;
}

/** One block of a post being written. A text alone is just a place to write; among others it can be moved. */
export function BlockEditor(props: BlockEditorProps) {
  const { block, place, total, onText, onAlt, onRetry, onMove, onRemove } = props;
  const among = total > 1 || block.type === "image";
  const number = place + 1;
  const kind = block.type === "text" ? t.composer.kinds.text : t.composer.kinds.picture;

  const { dragging, onPointerDown } = useDragOrder(onMove);

  const onKeyDown = (event: KeyboardEvent) => {
    if (
      isComposing(event) ||
      !event.altKey ||
      (event.key !== "ArrowUp" && event.key !== "ArrowDown")
    )
      return;
    event.preventDefault();
    onMove(event.key === "ArrowUp" ? -1 : 1);
  };

  return (
    <li
      className={cn(
        among && "rounded-2xl bg-sunken pb-1 focus-within:ring-2 focus-within:ring-brand",
        dragging && "relative z-10 shadow-card ring-2 ring-brand",
      )}
    >
      {among && (
        <div className="flex items-center ps-1 text-ink-faint">
          {total > 1 && (
            <span
              aria-hidden="true"
              title={t.composer.drag}
              onPointerDown={onPointerDown}
              className={cn(
                "grid size-11 touch-none place-items-center",
                dragging ? "cursor-grabbing" : "cursor-grab",
              )}
            >
              <GripVertical className="size-4" />
            </span>
          )}
          <span
            aria-hidden="true"
            className={cn("flex-1 text-xs font-semibold tabular-nums", total === 1 && "ps-3")}
          >
            {number} / {total}
          </span>
          <Button
            variant="ghost"
            size="icon"
            className="text-base"
            aria-label={kind.moveUp(number)}
            aria-disabled={place === 0}
            onClick={() => onMove(-1)}
          >
            <ArrowUp aria-hidden="true" />
          </Button>
          <Button
            variant="ghost"
            size="icon"
            className="text-base"
            aria-label={kind.moveDown(number)}
            aria-disabled={number === total}
            onClick={() => onMove(1)}
          >
            <ArrowDown aria-hidden="true" />
          </Button>
          <Button
            variant="ghost"
            size="icon"
            className="text-base"
            aria-label={kind.remove(number)}
            onClick={onRemove}
          >
            <X aria-hidden="true" />
          </Button>
        </div>
      )}
      {block.type === "text" ? (
        <AutoTextarea
          dir="auto"
          value={block.text}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={onKeyDown}
          aria-label={t.composer.block(number, total)}
          aria-keyshortcuts={among ? "Alt+ArrowUp Alt+ArrowDown" : undefined}
          placeholder={place === 0 ? t.composer.prompt : t.composer.another}
          className={cn(
            "min-h-11 w-full py-2 text-lg leading-relaxed outline-none placeholder:text-ink-faint",
            among && "px-4 pt-0 text-base",
          )}
        />
      ) : (
        <PictureBlock
          picture={block}
          label={t.composer.picture(number, total)}
          onAlt={onAlt}
          onRetry={onRetry}
          onKeyDown={onKeyDown}
        />
      )}
    </li>
  );
}

interface PictureBlockProps {
  picture: DraftPicture;
  label: string;
  onAlt: (alt: string) => void;
  onRetry: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}

/** The picture as it will look, how far it has come, and what it shows in words. */
function PictureBlock({ picture, label, onAlt, onRetry, onKeyDown }: PictureBlockProps) {
  const { name, alt, preview, state, progress } = picture;
  return (
    <div className="space-y-2 px-3 pb-2">
      <div className="relative overflow-hidden rounded-xl bg-canvas">
        <img
          src={preview}
          alt={alt || name}
          className={cn(
            "max-h-80 min-h-24 w-full object-contain",
            state !== "done" && "opacity-50",
          )}
        />
        {state === "uploading" && (
          <ProgressBar
            label={t.pictures.uploading(name)}
            value={progress}
            className="absolute inset-x-4 bottom-4 w-[calc(100%-2rem)]"
          />
        )}
        {state === "failed" && (
          <Button
            variant="soft"
            aria-label={t.pictures.retry(name)}
            onClick={onRetry}
            className="absolute inset-0 m-auto h-11 w-fit"
          >
            <RotateCcw aria-hidden="true" />
            {t.actions.retry}
          </Button>
        )}
      </div>
      <Input
        dir="auto"
        value={alt}
        onChange={(event) => onAlt(beginning(event.target.value, MAX_ALT_CHARACTERS))}
        onKeyDown={onKeyDown}
        aria-label={`${label}: ${t.composer.alt}`}
        aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
        placeholder={t.composer.alt}
        className="h-11"
      />
    </div>
  );
}
