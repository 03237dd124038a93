import { ArrowDown, ArrowUp, X } from "lucide-react";
import type { KeyboardEvent } from "react";
import { AutoTextarea } from "@/components/ui/auto-textarea";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/cn";
import { t } from "@/lib/messages";
import type { DraftBlock } from "./draft";

interface BlockEditorProps {
  block: DraftBlock;
  place: number;
  total: number;
  onText: (text: string) => void;
  onMove: (by: 1 | -1) => void;
  onRemove: () => void;
}

/** One block being written. Alone it is just a place to write; among others it can be moved. */
export function BlockEditor({ block, place, total, onText, onMove, onRemove }: BlockEditorProps) {
  const among = total > 1;
  const number = place + 1;

  const onKeyDown = (event: KeyboardEvent) => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    onMove(event.key === "ArrowUp" ? -1 : 1);
  };

  return (
    <li
      className={cn(
        among && "rounded-2xl bg-sunken pb-1 focus-within:ring-2 focus-within:ring-brand",
      )}
    >
      {among && (
        <div className="flex items-center pl-4 text-ink-faint">
          <span aria-hidden="true" className="flex-1 text-xs font-semibold tabular-nums">
            {number} / {total}
          </span>
          <Button
            variant="ghost"
            size="icon"
            className="text-base"
            aria-label={t.composer.moveUp(number)}
            disabled={place === 0}
            onClick={() => onMove(-1)}
          >
            <ArrowUp aria-hidden="true" />
          </Button>
          <Button
            variant="ghost"
            size="icon"
            className="text-base"
            aria-label={t.composer.moveDown(number)}
            disabled={number === total}
            onClick={() => onMove(1)}
          >
            <ArrowDown aria-hidden="true" />
          </Button>
          <Button
            variant="ghost"
            size="icon"
            className="text-base"
            aria-label={t.composer.remove(number)}
            onClick={onRemove}
          >
            <X aria-hidden="true" />
          </Button>
        </div>
      )}
      <AutoTextarea
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
    </li>
  );
}
