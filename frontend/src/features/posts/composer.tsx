import { ImagePlus, Plus } from "lucide-react";
import {
  type FocusEvent,
  type KeyboardEvent,
  lazy,
  Suspense,
  useEffect,
  useId,
  useReducer,
  useRef,
  useState,
} from "react";
import { Avatar } from "@/components/avatar";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { PICTURE_TYPES } from "@/lib/api/upload";
import { useMe } from "@/lib/api/use-session";
import { newId } from "@/lib/ids";
import { t } from "@/lib/messages";
import { browserStore } from "@/lib/storage";
import { showToast } from "@/lib/toasts";
import { BlockEditor } from "./block-editor";
import {
  changeDraft,
  charactersLeft,
  emptyDraft,
  isEmpty,
  isUploaded,
  loadDraft,
  MAX_BLOCKS,
  saveDraft,
  toBlocks,
} from "./draft";
import { usePictures } from "./use-pictures";
import { usePublishPost } from "./use-publish-post";

// Fetched when somebody begins to write: reading needs no menus.
const AudienceMenu = lazy(() => import("./audience-menu"));

/** From here on it is worth saying how much room is left. */
const SHOW_LEFT_BELOW = 500;

export function Composer() {
  const me = useMe();
  const titleId = useId();
  const form = useRef<HTMLFormElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  const [draft, change] = useReducer(changeDraft, null, () => loadDraft(browserStore, me.id));
  const [focused, setFocused] = useState(false);
  const [moved, setMoved] = useState("");
  // What was sent last and under which key: the same text tried again is the same post.
  const attempt = useRef({ body: "", key: "" });
  const current = useRef(draft);
  const nextFocus = useRef<number | null>(null);
  const publish = usePublishPost({
    onPublished: () => {
      attempt.current = { body: "", key: "" };
      showToast("done", t.composer.published);
    },
    onRefused: (refused, problem) => {
      showToast("error", `${t.composer.refused} ${problem.text}`);
      // Don't overwrite what has been begun in the meantime.
      if (!isEmpty(current.current)) return;
      saveDraft(browserStore, me.id, refused.draft);
      change({ type: "replace", draft: refused.draft });
    },
  });

  useEffect(() => {
    current.current = draft;
    saveDraft(browserStore, me.id, draft);
  }, [draft, me.id]);

  useEffect(() => {
    if (nextFocus.current === null) return;
    form.current
      ?.querySelectorAll("ol > li")
      [nextFocus.current]?.querySelector<HTMLElement>("textarea, input")
      ?.focus();
    nextFocus.current = null;
  });

  const { blocks } = draft;
  const left = charactersLeft(draft);
  const ready = !isEmpty(draft) && left >= 0 && isUploaded(draft);
  const pictures = usePictures(change, blocks.length);
  const open = focused || !isEmpty(draft) || blocks.length > 1;

  const submit = () => {
    if (!ready) return;
    const body = JSON.stringify([toBlocks(draft), draft.visibility]);
    if (attempt.current.body !== body) attempt.current = { body, key: newId() };
    publish.mutate({ draft, idempotencyKey: attempt.current.key });
    change({ type: "replace", draft: emptyDraft(draft.visibility) });
    setFocused(false);
  };

  const move = (key: string, from: number, by: 1 | -1) => {
    const to = from + by;
    if (to < 0 || to >= blocks.length) return;
    change({ type: "move", key, by });
    setMoved(t.composer.moved(to + 1, blocks.length));
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
      event.preventDefault();
      submit();
    }
  };

  const onBlur = (event: FocusEvent) => {
    // A menu opened from here takes the focus to another part of the page, and gives it back.
    if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget))
      setFocused(false);
  };

  return (
    <Card className="max-sm:border-t-0">
      <form
        ref={form}
        aria-labelledby={titleId}
        onFocus={() => setFocused(true)}
        onBlur={onBlur}
        onKeyDown={onKeyDown}
        onPaste={(event) => {
          const files = [...event.clipboardData.files];
          if (files.length === 0) return;
          event.preventDefault();
          pictures.add(files);
        }}
        onDragOver={(event) => {
          if (event.dataTransfer.types.includes("Files")) event.preventDefault();
        }}
        onDrop={(event) => {
          if (event.dataTransfer.files.length === 0) return;
          event.preventDefault();
          setFocused(true);
          pictures.add([...event.dataTransfer.files]);
        }}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
        className="flex gap-3 p-4 sm:p-5"
      >
        <h2 id={titleId} className="sr-only">
          {t.composer.title}
        </h2>
        <Avatar person={me} className={open ? "max-sm:hidden" : undefined} />
        <div className="min-w-0 flex-1">
          <ol className="space-y-3">
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
              <Suspense fallback={<span className="min-h-11 w-28 md:min-h-9" />}>
                <AudienceMenu
                  value={draft.visibility}
                  onChange={(visibility) => change({ type: "set-visibility", visibility })}
                />
              </Suspense>
              <div className="ml-auto flex items-center gap-3">
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
                <Button type="submit" size="sm" disabled={!ready}>
                  {t.composer.publish}
                </Button>
              </div>
            </div>
          )}
        </div>
      </form>
    </Card>
  );
}
