import { ImagePlus, SendHorizontal } from "lucide-react";
import { type ClipboardEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { AutoTextarea } from "@/components/ui/auto-textarea";
import { Button } from "@/components/ui/button";
import type { Peer } from "@/lib/api/types";
import { PICTURE_TYPES } from "@/lib/api/upload";
import { useMe } from "@/lib/api/use-session";
import { isComposing, isSendingKey } from "@/lib/keys";
import { t } from "@/lib/messages";
import { nameOf } from "@/lib/names";
import { browserStore } from "@/lib/storage";
import { AttachmentStrip } from "./attachment-strip";
import { useAttachments } from "./attachments";
import { useChat } from "./chat-provider";
import { TypingSignal } from "./typing";

export const MAX_CHARACTERS = 4_000;

interface MessageComposerProps {
  peer: Peer;
  /** Changes the last of one's own messages, if there is one that can be changed. */
  onEditLast: () => void;
}

export function MessageComposer({ peer, onEditLast }: MessageComposerProps) {
  const { outbox } = useChat();
  const me = useMe();
  const draftKey = `echo:message-draft:${me.id}:${peer.id}`;
  const [text, setText] = useState(() => browserStore.get(draftKey) ?? "");
  const [typing] = useState(() => new TypingSignal(peer.id));
  const pictures = useAttachments(draftKey);
  const picker = useRef<HTMLInputElement>(null);
  useEffect(() => () => typing.stop(), [typing]);
  const over = [...text.trim()].length - MAX_CHARACTERS;
  const empty = text.trim() === "" && pictures.all.length === 0;
  const ready = !empty && over <= 0 && pictures.ready;

  const change = (next: string) => {
    setText(next);
    if (next === "") {
      browserStore.remove(draftKey);
      typing.stop();
    } else {
      browserStore.set(draftKey, next);
      typing.typed();
    }
  };

  const send = () => {
    if (!ready) return;
    outbox.add(peer.id, text.trim(), pictures.take());
    change("");
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event)) return;
    if (event.key === "ArrowUp" && text === "" && pictures.all.length === 0) {
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
    pictures.add(files);
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
        pictures.add([...event.dataTransfer.files]);
      }}
      className="border-t border-line bg-surface px-3 pt-2.5 pb-[calc(0.625rem+env(safe-area-inset-bottom))] sm:px-6"
    >
      {pictures.all.length > 0 && (
        <AttachmentStrip
          attachments={pictures.all}
          onRetry={pictures.retry}
          onRemove={pictures.remove}
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
            pictures.add([...(event.target.files ?? [])]);
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
            value={text}
            onChange={(event) => change(event.target.value)}
            onKeyDown={onKeyDown}
            onPaste={onPaste}
            aria-label={t.chat.write}
            aria-invalid={over > 0}
            placeholder={t.chat.writeTo(nameOf(peer))}
            enterKeyHint={writesByTouch() ? "enter" : "send"}
            className="max-h-40 min-h-11 px-4 py-2.5 outline-none placeholder:text-ink-faint"
          />
        </div>
        <Button type="submit" size="icon" aria-label={t.chat.send} disabled={!ready}>
          <SendHorizontal aria-hidden="true" />
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

/** True where a touch keyboard writes: nothing hovers there, and Enter begins a line, since there is a button beside it and no Shift. */
export const writesByTouch = (): boolean =>
  window.matchMedia("(pointer: coarse) and (not (any-hover: hover))").matches;

/** True for the key that sends: Ctrl or Cmd with Enter always, and Enter alone at a keyboard. */
export function sendsBy(event: KeyboardEvent): boolean {
  if (event.key !== "Enter" || isComposing(event)) return false;
  return isSendingKey(event) || !(event.shiftKey || writesByTouch());
}
