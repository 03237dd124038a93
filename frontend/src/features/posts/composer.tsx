import { type FocusEvent, useEffect, useId, useReducer, useRef, useState } from "react";
import { Avatar } from "@/components/avatar";
import { Card } from "@/components/ui/card";
import { useMe } from "@/lib/api/use-session";
import { newId } from "@/lib/ids";
import { t } from "@/lib/messages";
import { browserStore } from "@/lib/storage";
import { showToast } from "@/lib/toasts";
import { changeDraft, emptyDraft, isEmpty, loadDraft, saveDraft, toBlocks } from "./draft";
import { DraftForm } from "./draft-form";
import { usePublishPost } from "./use-publish-post";

/** Where a post is written. What isn't published yet is kept over a reload. */
export function Composer() {
  const me = useMe();
  const titleId = useId();
  const [draft, change] = useReducer(changeDraft, null, () => loadDraft(browserStore, me.id));
  const [focused, setFocused] = useState(false);
  // What was sent last and under which key: the same text tried again is the same post.
  const attempt = useRef({ body: "", key: "" });
  const current = useRef(draft);
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

  const submit = () => {
    const body = JSON.stringify([toBlocks(draft), draft.visibility]);
    if (attempt.current.body !== body) attempt.current = { body, key: newId() };
    publish.mutate({ draft, idempotencyKey: attempt.current.key });
    change({ type: "replace", draft: emptyDraft(draft.visibility) });
    setFocused(false);
  };

  const onBlur = (event: FocusEvent) => {
    // A menu opened from here takes the focus to another part of the page, and gives it back.
    if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget))
      setFocused(false);
  };

  const open = focused || !isEmpty(draft) || draft.blocks.length > 1;
  return (
    <Card className="max-sm:border-t-0">
      <h2 id={titleId} className="sr-only">
        {t.composer.title}
      </h2>
      <DraftForm
        aria-labelledby={titleId}
        draft={draft}
        change={change}
        open={open}
        submitLabel={t.composer.publish}
        onSubmit={submit}
        onFocus={() => setFocused(true)}
        onBlur={onBlur}
        beside={<Avatar person={me} className={open ? "max-sm:hidden" : undefined} />}
        className="p-4 sm:p-5"
      />
    </Card>
  );
}
