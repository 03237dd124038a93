import { SendHorizontal } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";
import { Avatar } from "@/components/avatar";
import { AutoTextarea } from "@/components/ui/auto-textarea";
import { Button } from "@/components/ui/button";
import { useMe } from "@/lib/api/use-session";
import { newId } from "@/lib/ids";
import { isSendingKey } from "@/lib/keys";
import { t } from "@/lib/messages";
import { browserStore } from "@/lib/storage";
import { useAddComment } from "./use-comments";

export const MOST_CHARACTERS = 2_000;

/** Where one writes a comment. What isn't sent yet is kept over a reload. */
export function CommentForm({ post }: { post: string }) {
  const me = useMe();
  const draftKey = `echo:comment-draft:${me.id}:${post}`;
  const [text, setText] = useState(() => browserStore.get(draftKey) ?? "");
  const current = useRef(text);
  // The same comment tried again goes out under the same key, so it is one comment.
  const attempt = useRef({ text: "", key: "" });
  const add = useAddComment(post, (refused) => {
    // What has been begun in the meantime stays.
    if (current.current.trim() === "") change(refused);
  });
  const trimmed = text.trim();
  const over = [...trimmed].length - MOST_CHARACTERS;
  const ready = trimmed !== "" && over <= 0;

  function change(next: string) {
    current.current = next;
    setText(next);
    if (next === "") browserStore.remove(draftKey);
    else browserStore.set(draftKey, next);
  }

  const send = () => {
    if (!ready) return;
    if (attempt.current.text !== trimmed) attempt.current = { text: trimmed, key: newId() };
    const { key } = attempt.current;
    add.mutate(
      { text: trimmed, idempotencyKey: key },
      {
        onSuccess: () => {
          attempt.current = { text: "", key: "" };
        },
      },
    );
    change("");
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (isSendingKey(event)) {
      event.preventDefault();
      send();
    }
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      className="flex items-end gap-2 pt-1"
    >
      <Avatar person={me} className="mb-0.5 size-10" />
      <div className="min-w-0 flex-1">
        <div className="rounded-3xl border border-line-strong/60 bg-canvas focus-within:border-brand focus-within:outline-2 focus-within:outline-brand">
          <AutoTextarea
            value={text}
            onChange={(event) => change(event.target.value)}
            onKeyDown={onKeyDown}
            aria-label={t.comments.write}
            aria-invalid={over > 0}
            placeholder={t.comments.write}
            className="max-h-60 min-h-11 px-4 py-2.5 outline-none placeholder:text-ink-faint"
          />
        </div>
        {over > 0 && (
          <p role="alert" className="mt-1 px-4 text-sm font-medium text-danger">
            {t.composer.tooMuch(over)}
          </p>
        )}
      </div>
      <Button type="submit" size="icon" aria-label={t.comments.send} disabled={!ready}>
        <SendHorizontal aria-hidden="true" />
      </Button>
    </form>
  );
}
