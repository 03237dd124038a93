import { ImagePlus, Plus } from "lucide-react";
import {
  type ComponentProps,
  type Dispatch,
  type KeyboardEvent,
  type ReactNode,
  Suspense,
  useEffect,
  useRef,
  useState,
} from "react";
import { Button } from "@/components/ui/button";
import { PICTURE_TYPES } from "@/lib/api/upload";
import { cn } from "@/lib/cn";
import { isSendingKey } from "@/lib/keys";
import { t } from "@/lib/messages";
import { lazyPart } from "@/lib/modules";
import { AudienceLabel } from "./audience-label";
import { BlockEditor } from "./block-editor";
import {
  charactersLeft,
  type Draft,
  type DraftChange,
  isEmpty,
  isUploaded,
  MAX_BLOCKS,
} from "./draft";
import { usePictures } from "./use-pictures";

// Fetched when somebody begins to write: reading needs no menus.
const AudienceMenu = lazyPart(() => import("./audience-menu"));

/** From here on it is worth saying how much room is left. */
const SHOW_LEFT_BELOW = 500;

interface DraftFormProps extends Omit<ComponentProps<"form">, "onSubmit"> {
  draft: Draft;
  change: Dispatch<DraftChange>;
  /** The uploads of its pictures. */
  group: string;
  /** Whether one sees more than a place to write. */
  open: boolean;
  submitLabel: string;
  pending?: boolean;
  onSubmit: () => void;
  onDiscard?: () => void;
  /** The reason why it wasn't taken. */
  refusal?: string;
  /** What stands beside and before the blocks. */
  beside?: ReactNode;
}

/** A post being written or changed: its blocks in their order, what can be added, and for whom it is. */
export function DraftForm(props: DraftFormProps) {
  const { draft, change, group, open, submitLabel, pending, onSubmit, ...more } = props;
  const { onDiscard, refusal, beside, className, ...form } = more;
  const element = useRef<HTMLFormElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const nextFocus = useRef<number | null>(null);
  const [moved, setMoved] = useState("");
  const { blocks } = draft;
  const left = charactersLeft(draft);
  const undescribed = blocks.filter(
    (block) => block.type === "image" && block.alt.trim() === "",
  ).length;
  const ready = !isEmpty(draft) && left >= 0 && isUploaded(draft);
  const pictures = usePictures(change, group, blocks.length);

  useEffect(() => {
    if (nextFocus.current === null) return;
    element.current
      ?.querySelectorAll("ol > li")
      [nextFocus.current]?.querySelector<HTMLElement>("textarea, input")
      ?.focus();
    nextFocus.current = null;
  });

  const submit = () => {
    if (ready && !pending) onSubmit();
  };

  const move = (key: string, from: number, by: 1 | -1) => {
    const to = from + by;
    if (to < 0 || to >= blocks.length) return;
    change({ type: "move", key, by });
    setMoved(t.composer.moved(to + 1, blocks.length));
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (isSendingKey(event)) {
      event.preventDefault();
      submit();
    }
  };

  return (
    <form
      ref={element}
      onKeyDown={onKeyDown}
      onPaste={(event) => {
        const files = [...event.clipboardData.files];
        // Word processors put a picture of the text beside it.
        if (files.length === 0 || event.clipboardData.getData("text/plain") !== "") return;
        event.preventDefault();
        pictures.add(files);
      }}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes("Files")) event.preventDefault();
      }}
      onDrop={(event) => {
        if (event.dataTransfer.files.length === 0) return;
        event.preventDefault();
        pictures.add([...event.dataTransfer.files]);
      }}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      className={cn("flex gap-3", className)}
      {...form}
    >
      {beside}
      <div className="min-w-0 flex-1">
        <div className="-my-1.5 -ms-3 flex min-h-11 items-center md:min-h-9">
          <Suspense fallback={<AudienceLabel value={draft.visibility} />}>
            <AudienceMenu
              value={draft.visibility}
              onChange={(visibility) => change({ type: "set-visibility", visibility })}
            />
          </Suspense>
        </div>
        <ol className={cn("space-y-3", blocks.length > 1 && "mt-2")}>
          {blocks.map((block, i) => (
            <BlockEditor
              key={block.key}
              block={block}
              place={i}
              total={blocks.length}
              onText={(text) => change({ type: "set-text", key: block.key, text })}
              onAlt={(alt) => change({ type: "set-picture", key: block.key, what: { alt } })}
              onRetry={() => pictures.retry(block.key)}
              onMove={(by) => move(block.key, i, by)}
              onSplit={
                blocks.length < MAX_BLOCKS
                  ? () => {
                      nextFocus.current = i + 1;
                      change({ type: "add-text", after: block.key });
                    }
                  : null
              }
              onRemove={() => {
                if (block.type === "image") pictures.drop(block);
                nextFocus.current = Math.max(0, i - 1);
                change({ type: "remove", key: block.key });
              }}
            />
          ))}
        </ol>
        <p role="status" className="sr-only">
          {moved}
        </p>
        {open && (
          <div className="mt-3 flex flex-wrap items-center gap-2">
            <Button
              variant="soft"
              size="sm"
              disabled={blocks.length >= MAX_BLOCKS}
              onClick={() => {
                nextFocus.current = blocks.length;
                change({ type: "add-text" });
              }}
            >
              <Plus aria-hidden="true" />
              {t.composer.addText}
            </Button>
            <input
              ref={picker}
              type="file"
              accept={PICTURE_TYPES.join(",")}
              multiple
              hidden
              aria-label={t.pictures.add}
              onChange={(event) => {
                pictures.add([...(event.target.files ?? [])]);
                // The same file can be chosen once more.
                event.target.value = "";
              }}
            />
            <Button
              variant="soft"
              size="sm"
              disabled={blocks.length >= MAX_BLOCKS}
              onClick={() => picker.current?.click()}
            >
              <ImagePlus aria-hidden="true" />
              {t.pictures.add}
            </Button>
            <div className="ms-auto flex flex-wrap items-center justify-end gap-x-3 gap-y-2">
              {left < SHOW_LEFT_BELOW && (
                <p
                  role="status"
                  className={
                    left < 0 ? "text-sm font-semibold text-danger" : "text-sm text-ink-faint"
                  }
                >
                  {left < 0 ? t.composer.tooMuch(-left) : t.composer.left(left)}
                </p>
              )}
              {onDiscard && (
                <Button variant="ghost" size="sm" onClick={onDiscard}>
                  {t.composer.discard}
                </Button>
              )}
              <Button type="submit" size="sm" pending={pending} disabled={!ready}>
                {submitLabel}
              </Button>
            </div>
          </div>
        )}
        {open && undescribed > 0 && (
          <p className="mt-2 text-sm text-ink-faint">{t.composer.undescribed(undescribed)}</p>
        )}
        {refusal && (
          <p role="alert" className="mt-2 text-sm font-medium text-danger">
            {refusal}
          </p>
        )}
      </div>
    </form>
  );
}
