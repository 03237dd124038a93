import { ArrowDown, ArrowUp, GripVertical, type LucideIcon, RotateCcw, X } from "lucide-react";
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
  /** Begins another text below; null where there is no room for one. */
  onSplit: (() => void) | null;
}

/** One block of a post being written. A text alone is just a place to write; among others it can be moved. */
export function BlockEditor(props: BlockEditorProps) {
  const { block, place, total, onText, onAlt, onRetry, onMove, onRemove, onSplit } = props;
  const among = total > 1 || block.type === "image";
  const number = place + 1;

  const moveByKey = (event: KeyboardEvent) => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    onMove(event.key === "ArrowUp" ? -1 : 1);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isComposing(event)) moveByKey(event);
  };
  const onTextKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (isComposing(event)) return;
    moveByKey(event);
    if (among && event.key === "Backspace" && event.currentTarget.value === "") {
      event.preventDefault();
      onRemove();
    }
    if (event.key === "Enter" && isAfterEmptyLine(event) && onSplit) {
      event.preventDefault();
      onText(event.currentTarget.value.trimEnd());
      onSplit();
    }
  };

  return (
    <li className={cn("group/part relative", among && "rounded-2xl bg-sunken")}>
      {block.type === "text" ? (
        <AutoTextarea
          dir="auto"
          value={block.text}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={onTextKeyDown}
          aria-label={t.composer.block(number, total)}
          aria-keyshortcuts={among ? "Alt+ArrowUp Alt+ArrowDown" : undefined}
          placeholder={place === 0 ? t.composer.prompt : t.composer.another}
          className={cn(
            "min-h-11 w-full py-2 text-lg leading-relaxed outline-none placeholder:truncate placeholder:text-ink-faint",
            among && "rounded-2xl px-4 text-base focus-visible:ring-2 focus-visible:ring-brand",
          )}
        />
      ) : (
        <PictureBlock
          picture={block}
          label={t.composer.altOf(number, total)}
          onAlt={onAlt}
          onRetry={onRetry}
          onKeyDown={onKeyDown}
        />
      )}
      {among && <PartControls {...{ block, place, total, onMove, onRemove }} />}
    </li>
  );
}

/** True at the end of a text whose last line is empty: one more line is a thought of its own. */
function isAfterEmptyLine({
  currentTarget,
  ...event
}: KeyboardEvent<HTMLTextAreaElement>): boolean {
  const { value, selectionStart, selectionEnd } = currentTarget;
  const atEnd = selectionStart === value.length && selectionEnd === value.length;
  const plain = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey;
  return plain && atEnd && /\S\n$/.test(value);
}

type PartControlsProps = Pick<
  BlockEditorProps,
  "block" | "place" | "total" | "onMove" | "onRemove"
>;

/** What can be done about a part: above its edge, and only while one is at it. */
function PartControls({ block, place, total, onMove, onRemove }: PartControlsProps) {
  const { dragging, onPointerDown } = useDragOrder(onMove);
  const number = place + 1;
  const kind = block.type === "text" ? t.composer.kinds.text : t.composer.kinds.picture;
  return (
    <div
      className={cn(
        "absolute -top-7 end-2 z-10 flex rounded-full border border-line bg-raised text-ink-faint shadow-card group-focus-within/part:visible hover-any:group-hover/part:visible",
        // A finger has nothing in a picture to be at.
        block.type === "text" && !dragging && "invisible",
        dragging && "ring-2 ring-brand",
      )}
    >
      {total > 1 && (
        <>
          <span
            aria-hidden="true"
            title={t.composer.drag}
            onPointerDown={onPointerDown}
            className={cn(
              "grid size-9 touch-none place-items-center",
              dragging ? "cursor-grabbing" : "cursor-grab",
            )}
          >
            <GripVertical className="size-4" />
          </span>
          <PartButton
            label={kind.moveUp(number)}
            disabled={place === 0}
            onClick={() => onMove(-1)}
            Icon={ArrowUp}
          />
          <PartButton
            label={kind.moveDown(number)}
            disabled={number === total}
            onClick={() => onMove(1)}
            Icon={ArrowDown}
          />
        </>
      )}
      <PartButton label={kind.remove(number)} onClick={onRemove} Icon={X} />
    </div>
  );
}

interface PartButtonProps {
  label: string;
  disabled?: boolean;
  onClick: () => void;
  Icon: LucideIcon;
}

function PartButton({ label, disabled = false, onClick, Icon }: PartButtonProps) {
  return (
    <Button
      variant="ghost"
      size="icon"
      className="size-9 text-base"
      aria-label={label}
      aria-disabled={disabled}
      onClick={onClick}
    >
      <Icon aria-hidden="true" />
    </Button>
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
    <div className="space-y-2 p-3">
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
        aria-label={label}
        aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown"
        placeholder={t.composer.alt}
        className="h-11"
      />
    </div>
  );
}
