import { Check, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { AutoTextarea } from "@/components/ui/auto-textarea";
import { Button } from "@/components/ui/button";
import { toProblem } from "@/lib/api/problem";
import type { Message } from "@/lib/api/types";
import { useMe } from "@/lib/api/use-session";
import { useDraft } from "@/lib/drafts";
import { isComposing } from "@/lib/keys";
import { t } from "@/lib/messages";
import { characters } from "@/lib/text";
import { showToast } from "@/lib/toasts";
import { useChat } from "./chat-provider";
import { MAX_CHARACTERS } from "./draft";
import { sendsBy, writesByTouch } from "./sending-keys";

interface MessageEditorProps {
  message: Message;
  onDone: () => void;
}

/**
 * Where a message is changed: in the place of the composer, whose draft waits meanwhile. The text
 * stays here until the server has it, and is found here again if it was left unsaved.
 */
export default function MessageEditor({ message, onDone }: MessageEditorProps) {
  const chat = useChat();
  const draft = useDraft(useMe().id, `message-edit:${message.from}:${message.id}`);
  const [text, setText] = useState(() => draft.text() || (message.text ?? ""));
  const [before] = useState(message.text ?? "");
  const [state, setState] = useState<"writing" | "saving" | "leaving">("writing");
  const [problem, setProblem] = useState<string | null>(null);
  const shown = useShown();
  const trimmed = text.trim();
  const over = characters(trimmed) - MAX_CHARACTERS;
  const ready = over <= 0 && (trimmed !== "" || message.media.length > 0);

  const change = (next: string) => {
    setText(next);
    draft.write(next === before ? "" : next);
  };

  const finish = () => {
    draft.write("");
    onDone();
  };

  const cancel = () => {
    if (trimmed === before.trim()) finish();
    else setState("leaving");
  };

  const save = async () => {
    if (!ready || state === "saving") return;
    if (trimmed === before) return finish();
    setState("saving");
    setProblem(null);
    try {
      await chat.edit(message, trimmed);
      draft.write("");
      if (shown.current) onDone();
    } catch (error) {
      const why = `${t.chat.notEdited} ${toProblem(error).text}`;
      if (!shown.current) return showToast("error", why);
      setState("writing");
      setProblem(why);
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && !isComposing(event)) cancel();
    if (!sendsBy(event)) return;
    event.preventDefault();
    void save();
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
      className="border-t border-line bg-surface px-3 pt-2 pb-[calc(0.625rem+env(safe-area-inset-bottom))] sm:px-6"
    >
      <div className="mx-auto max-w-3xl">
        {state === "leaving" ? (
          <Leaving onStay={() => setState("writing")} onLeave={finish} />
        ) : (
          <p className="px-4 pb-1 text-sm font-semibold text-brand">{t.chat.editing}</p>
        )}
        <div className="flex items-end gap-2">
          <Button variant="ghost" size="icon" aria-label={t.actions.cancel} onClick={cancel}>
            <X aria-hidden="true" />
          </Button>
          <div className="min-w-0 flex-1 rounded-3xl border border-brand bg-canvas focus-within:outline-2 focus-within:outline-brand">
            <AutoTextarea
              autoFocus
              dir="auto"
              value={text}
              onFocus={(event) => event.target.setSelectionRange(text.length, text.length)}
              onChange={(event) => change(event.target.value)}
              onKeyDown={onKeyDown}
              readOnly={state === "saving"}
              aria-label={t.chat.editing}
              aria-invalid={over > 0}
              enterKeyHint={writesByTouch() ? "enter" : "done"}
              className="max-h-40 min-h-11 px-4 py-2.5 outline-none"
            />
          </div>
          <Button
            type="submit"
            size="icon"
            aria-label={t.chat.saveEdit}
            pending={state === "saving"}
            disabled={!ready}
          >
            <Check aria-hidden="true" />
          </Button>
        </div>
        {(over > 0 || problem) && (
          <p role="alert" className="mt-1 px-4 text-sm font-medium text-danger">
            {over > 0 ? t.composer.tooMuch(over) : problem}
          </p>
        )}
      </div>
    </form>
  );
}

/** Asks before what was changed is thrown away. */
function Leaving({ onStay, onLeave }: { onStay: () => void; onLeave: () => void }) {
  return (
    <fieldset
      className="flex flex-wrap items-center justify-between gap-x-4 ps-4 pb-1"
      onKeyDown={(event) => {
        if (event.key === "Escape" && !isComposing(event)) onStay();
      }}
    >
      <legend className="float-start py-2 text-sm font-semibold">{t.discard.title}</legend>
      <span className="flex gap-1">
        <Button autoFocus variant="ghost" size="sm" onClick={onStay}>
          {t.discard.keep}
        </Button>
        <Button variant="danger" size="sm" onClick={onLeave}>
          {t.discard.confirm}
        </Button>
      </span>
    </fieldset>
  );
}

/** Tells an answer that comes too late whether anybody still looks. */
function useShown() {
  const shown = useRef(true);
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
    };
  }, []);
  return shown;
}
