import { SendHorizontal } from "lucide-react";
import { type KeyboardEvent, useEffect, useState } from "react";
import { AutoTextarea } from "@/components/ui/auto-textarea";
import { Button } from "@/components/ui/button";
import type { Peer } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { nameOf } from "@/lib/names";
import { browserStore } from "@/lib/storage";
import { useChat } from "./chat-provider";
import { TypingSignal } from "./typing";

const MAX_CHARACTERS = 4_000;

export function MessageComposer({ peer }: { peer: Peer }) {
  const { outbox } = useChat();
  const me = useMe();
  const draftKey = `echo:message-draft:${me.id}:${peer.id}`;
  const [text, setText] = useState(() => browserStore.get(draftKey) ?? "");
  const [typing] = useState(() => new TypingSignal(peer.id));
  useEffect(() => () => typing.stop(), [typing]);
  const over = [...text.trim()].length - MAX_CHARACTERS;
  const ready = text.trim() !== "" && over <= 0;

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
    outbox.add(peer.id, text.trim());
    change("");
  };

  const onKeyDown = (event: KeyboardEvent) => {
    // On a touch keyboard Enter begins a line: there is a button beside it, and no Shift.
    const touch = window.matchMedia("(pointer: coarse)").matches;
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing || touch) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className="border-t border-line bg-surface px-3 pt-2.5 pb-[calc(0.625rem+env(safe-area-inset-bottom))] sm:px-6"
    >
      <div className="mx-auto flex max-w-3xl items-end gap-2">
        <div className="min-w-0 flex-1 rounded-3xl border border-line-strong/60 bg-canvas focus-within:border-brand focus-within:outline-2 focus-within:outline-brand">
          <AutoTextarea
            value={text}
            onChange={(event) => change(event.target.value)}
            onKeyDown={onKeyDown}
            aria-label={t.chat.write}
            aria-invalid={over > 0}
            placeholder={t.chat.writeTo(nameOf(peer))}
            enterKeyHint="send"
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
