import { Check, X } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { AutoTextarea } from "@/components/ui/auto-textarea";
import { Button } from "@/components/ui/button";
import { toProblem } from "@/lib/api/problem";
import type { Message } from "@/lib/api/types";
import { isComposing } from "@/lib/keys";
import { t } from "@/lib/messages";
import { showToast } from "@/lib/toasts";
import { useChat } from "./chat-provider";
import { MAX_CHARACTERS, sendsBy, writesByTouch } from "./message-composer";

interface MessageEditorProps {
  message: Message;
  onDone: () => void;
}

/** Where a message is changed: in the place of the composer, whose draft waits meanwhile. */
export default function MessageEditor({ message, onDone }: MessageEditorProps) {
  const chat = useChat();
  const [text, setText] = useState(message.text ?? "");
  const trimmed = text.trim();
  const over = [...trimmed].length - MAX_CHARACTERS;
  const ready = over <= 0 && (trimmed !== "" || message.media.length > 0);

  const save = () => {
    if (!ready) return;
    onDone();
    if (trimmed === message.text) return;
    chat.edit(message, trimmed).catch((error: unknown) => {
      showToast("error", `${t.chat.notEdited} ${toProblem(error).text}`);
    });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !isComposing(event)) onDone();
    if (!sendsBy(event)) return;
    event.preventDefault();
    save();
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
      className="border-t border-line bg-surface px-3 pt-2 pb-[calc(0.625rem+env(safe-area-inset-bottom))] sm:px-6"
    >
      <div className="mx-auto max-w-3xl">
        <p className="px-4 pb-1 text-sm font-semibold text-brand">{t.chat.editing}</p>
        <div className="flex items-end gap-2">
          <Button variant="ghost" size="icon" aria-label={t.actions.cancel} onClick={onDone}>
            <X aria-hidden="true" />
          </Button>
          <div className="min-w-0 flex-1 rounded-3xl border border-brand bg-canvas focus-within:outline-2 focus-within:outline-brand">
            <AutoTextarea
              autoFocus
              value={text}
              onFocus={(event) => event.target.setSelectionRange(text.length, text.length)}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={onKeyDown}
              aria-label={t.chat.editing}
              aria-invalid={over > 0}
              enterKeyHint={writesByTouch() ? "enter" : "done"}
              className="max-h-40 min-h-11 px-4 py-2.5 outline-none"
            />
          </div>
          <Button type="submit" size="icon" aria-label={t.chat.saveEdit} disabled={!ready}>
            <Check aria-hidden="true" />
          </Button>
        </div>
        {over > 0 && (
          <p role="alert" className="mt-1 px-4 text-sm font-medium text-danger">
            {t.composer.tooMuch(over)}
          </p>
        )}
      </div>
    </form>
  );
}
