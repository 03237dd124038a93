import { SendHorizontal } from "lucide-react";
import { type KeyboardEvent, useEffect } from "react";
import { Avatar } from "@/components/avatar";
import { AutoTextarea } from "@/components/ui/auto-textarea";
import { Button } from "@/components/ui/button";
import { problemText } from "@/lib/api/problem";
import { useMe } from "@/lib/api/use-session";
import { useDraft } from "@/lib/drafts";
import { isSendingKey } from "@/lib/keys";
import { t } from "@/lib/messages";
import { characters } from "@/lib/text";
import { showToast } from "@/lib/toasts";
import { MOST_COMMENT_CHARACTERS } from "./use-comments";
import { usePostOutbox, useWaitingComments } from "./use-post-outbox";

/** Where one writes a comment. What isn't sent yet is kept, in each tab its own. */
export default function CommentForm({ post }: { post: string }) {
  const me = useMe();
  const outbox = usePostOutbox();
  const draft = useDraft(me.id, `comment:${post}`);
  const text = draft.text();
  const trimmed = text.trim();
  const over = characters(trimmed) - MOST_COMMENT_CHARACTERS;
  const ready = trimmed !== "" && over <= 0;

  const refused = useWaitingComments(post).find(({ item }) => item.state === "failed")?.item;

  // What was refused is handed back, unless something else has been begun in the meantime.
  useEffect(() => {
    if (!refused || draft.text() !== "") return;
    draft.write(refused.text);
    outbox.takeBack(refused);
    showToast("error", `${t.comments.refused} ${problemText(refused.problem ?? "")}`);
  }, [refused, draft, outbox]);

  const send = () => {
    if (!ready) return;
    outbox.comment(post, trimmed);
    draft.write("");
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
      data-kept
      className="flex items-end gap-2 pt-1"
    >
      <Avatar person={me} className="mb-0.5 size-10" />
      <div className="min-w-0 flex-1">
        <div className="rounded-3xl border border-line-strong/60 bg-canvas focus-within:border-brand focus-within:outline-2 focus-within:outline-brand">
          <AutoTextarea
            value={text}
            onChange={(event) => draft.write(event.target.value)}
            dir="auto"
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
