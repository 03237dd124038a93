import { type FocusEvent, useEffect, useId, useRef, useState } from "react";
import { useLocation } from "react-router";
import { Avatar } from "@/components/avatar";
import { Card } from "@/components/ui/card";
import { problemText } from "@/lib/api/problem";
import { useMe } from "@/lib/api/use-session";
import { t } from "@/lib/messages";
import { showToast } from "@/lib/toasts";
import type { COMPOSE } from "./compose";
import { isPristine } from "./draft";
import { DraftForm } from "./draft-form";
import { usePostDraft } from "./use-post-draft";
import { usePostOutbox, useWaitingPosts } from "./use-post-outbox";

/** Where a post is written. What isn't published yet is kept: as a draft, and then until it has arrived. */
export function Composer() {
  const me = useMe();
  const titleId = useId();
  const card = useRef<HTMLDivElement>(null);
  const outbox = usePostOutbox();
  const { draft, change, group, clear } = usePostDraft(me);
  const [focused, setFocused] = useState(false);
  const pristine = isPristine(draft);
  const refused = useWaitingPosts().find(({ item }) => item.state === "failed")?.item;

  // What was refused is handed back, unless something else has been begun in the meantime.
  useEffect(() => {
    if (!refused || !pristine) return;
    change({ type: "replace", draft: refused.draft });
    outbox.takeBack(refused);
    showToast("error", `${t.composer.refused} ${problemText(refused.problem ?? "")}`);
  }, [refused, pristine, change, outbox]);

  const visit = useLocation();
  useEffect(() => {
    if (!(visit.state as Partial<typeof COMPOSE> | null)?.compose) return;
    card.current?.querySelector("textarea")?.focus();
    window.scrollTo({ top: 0 });
  }, [visit]);

  const leave = () => {
    setFocused(false);
    // The button that was pressed is gone, and what was long is short again.
    card.current?.focus({ preventScroll: true });
    card.current?.scrollIntoView({ block: "nearest" });
  };

  const submit = () => {
    outbox.publish(draft);
    clear();
    leave();
  };

  const discard = () => {
    const discarded = draft;
    clear();
    leave();
    showToast("done", t.composer.discarded, {
      label: t.actions.undo,
      run: () => change({ type: "replace", draft: discarded }),
    });
  };

  const onBlur = (event: FocusEvent) => {
    // A menu opened from here takes the focus to another part of the page, and gives it back.
    if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget))
      setFocused(false);
  };

  const open = focused || !pristine;
  return (
    <Card ref={card} tabIndex={-1} className="scroll-mt-20 max-sm:border-t-0">
      <h2 id={titleId} className="sr-only">
        {t.composer.title}
      </h2>
      <DraftForm
        aria-labelledby={titleId}
        draft={draft}
        change={change}
        group={group}
        open={open}
        submitLabel={t.composer.publishTo[draft.visibility]}
        onSubmit={submit}
        onDiscard={pristine ? undefined : discard}
        onFocus={() => setFocused(true)}
        onBlur={onBlur}
        beside={<Avatar person={me} className={open ? "max-sm:hidden" : undefined} />}
        data-kept
        className="p-4 sm:p-5"
      />
    </Card>
  );
}
