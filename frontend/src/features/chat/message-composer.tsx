import { ImagePlus, SendHorizontal } from "lucide-react";
import {
  type ClipboardEvent,
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useRef,
  useState,
} from "react";
import { AutoTextarea } from "@/components/ui/auto-textarea";
import { Button } from "@/components/ui/button";
import type { Peer } from "@/lib/api/types";
import { PICTURE_TYPES } from "@/lib/api/upload";
import { useMe } from "@/lib/api/use-session";
import { useDraft } from "@/lib/drafts";
import { isComposing } from "@/lib/keys";
import { t } from "@/lib/messages";
import { nameOf } from "@/lib/names";
import { characters } from "@/lib/text";
import { addPictures, uploads, useUploads } from "@/lib/uploads";
import { AttachmentStrip } from "./attachment-strip";
import { useChat } from "./chat-provider";
import { draftScope, MAX_CHARACTERS, MOST_PICTURES, toMedia, uploadGroup } from "./draft";
import { sendsBy, writesByTouch } from "./sending-keys";
import { TypingSignal } from "./typing";

interface MessageComposerProps {
  peer: Peer;
  /** Changes the last of one's own messages, if there is one that can be changed. */
  onEditLast: () => void;
}

export function MessageComposer({ peer, onEditLast }: MessageComposerProps) {
  const { outbox } = useChat();
  const me = useMe();
  const draft = useDraft(me.id, draftScope(peer.id));
  const text = draft.text();
  const [typing] = useState(() => new TypingSignal(peer.id));
  const group = uploadGroup(me.id, peer.id);
  const pictures = useUploads(group);
  const picker = useRef<HTMLInputElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  useFocusAtADesk(field);
  useEffect(() => () => typing.stop(), [typing]);
  const over = characters(text.trim()) - MAX_CHARACTERS;
  const empty = text.trim() === "" && pictures.length === 0;
  const ready = !empty && over <= 0 && pictures.every(({ state }) => state === "done");

  const change = (next: string) => {
    draft.write(next);
    if (next === "") typing.stop();
    else typing.typed();
  };

  const add = (files: File[]) => {
    addPictures(group, files, MOST_PICTURES - pictures.length, t.pictures.tooMany(MOST_PICTURES));
  };

  const send = () => {
    if (!ready) return;
    const media = uploads.take(group).flatMap(toMedia);
    // Where their picture is changes each day.
    outbox.add(peer.id, text.trim(), { media, peer: { ...peer, avatar: null } });
    change("");
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    if (event.key === "ArrowUp" && text === "" && pictures.length === 0) {
      event.preventDefault();
      onEditLast();
    }
    if (!sendsBy(event)) return;
    event.preventDefault();
    send();
  };

  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0) return;
    event.preventDefault();
    add(files);
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes("Files")) event.preventDefault();
      }}
      onDrop={(event) => {
        event.preventDefault();
        add([...event.dataTransfer.files]);
      }}
      data-kept
      className="border-t border-line bg-surface px-3 pt-2.5 pb-[calc(0.625rem+env(safe-area-inset-bottom))] sm:px-6"
    >
      {pictures.length > 0 && (
        <AttachmentStrip
          uploads={pictures}
          onRetry={(key) => uploads.retry(group, key)}
          onRemove={(key) => uploads.remove(group, key)}
          onDescribe={(key) =>
            uploads.canDescribe(key) ? (alt) => uploads.describe(group, key, alt) : null
          }
        />
      )}
      <div className="mx-auto flex max-w-3xl items-end gap-1.5 sm:gap-2">
        <input
          ref={picker}
          type="file"
          accept={PICTURE_TYPES.join(",")}
          multiple
          hidden
          aria-label={t.pictures.add}
          onChange={(event) => {
            add([...(event.target.files ?? [])]);
            // The same file can be chosen once more.
            event.target.value = "";
          }}
        />
        <Button
          variant="ghost"
          size="icon"
          aria-label={t.pictures.add}
          onClick={() => picker.current?.click()}
        >
          <ImagePlus aria-hidden="true" />
        </Button>
        <div className="min-w-0 flex-1 rounded-3xl border border-line-strong/60 bg-canvas focus-within:border-brand focus-within:outline-2 focus-within:outline-brand">
          <AutoTextarea
            ref={field}
            dir="auto"
            value={text}
            onChange={(event) => change(event.target.value)}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
            aria-label={t.chat.write}
            aria-invalid={over > 0}
            placeholder={t.chat.writeTo(nameOf(peer))}
            enterKeyHint={writesByTouch() ? "enter" : "send"}
            className="max-h-40 min-h-11 px-4 py-2.5 outline-none placeholder:truncate placeholder:text-ink-faint"
          />
        </div>
        <Button type="submit" size="icon" aria-label={t.chat.send} disabled={!ready}>
          <SendHorizontal aria-hidden="true" className="rtl:-scale-x-100" />
        </Button>
      </div>
      {over > 0 && (
        <p role="alert" className="mx-auto mt-1 max-w-3xl px-4 text-sm font-medium text-danger">
          {t.composer.tooMuch(over)}
        </p>
      )}
    </form>
  );
}

/** One opens a chat to write; where a touch keyboard would cover half of it, one says so oneself. */
function useFocusAtADesk(field: RefObject<HTMLTextAreaElement | null>): void {
  useEffect(() => {
    if (!writesByTouch()) field.current?.focus({ preventScroll: true });
  }, [field]);
}
