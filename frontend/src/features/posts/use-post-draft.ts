import { type Dispatch, useCallback, useEffect, useMemo, useState } from "react";
import type { Person } from "@/lib/api/types";
import { useDraft } from "@/lib/drafts";
import { browserStore } from "@/lib/storage";
import { uploads, useUploads } from "@/lib/uploads";
import { loadAudience, saveAudience } from "./audience";
import {
  changeDraft,
  type Draft,
  type DraftBlock,
  type DraftChange,
  emptyDraft,
  formatDraft,
  isPristine,
  parseDraft,
  withUploads,
} from "./draft";
import { useLastAudience } from "./use-last-audience";

interface PostDraft {
  draft: Draft;
  change: Dispatch<DraftChange>;
  /** The uploads that belong to it. */
  group: string;
  /** Begins a new draft for the same audience; what was uploaded for this one is its post's. */
  clear: () => void;
}

/** The post that somebody is writing in this tab, kept with each keystroke, and for whom. */
export function usePostDraft(me: Person): PostDraft {
  const account = me.id;
  const group = `${account}:post`;
  const slot = useDraft(account, "post");
  const pictures = useUploads(group);
  const [blank, setBlank] = useState(() => emptyDraft(loadAudience(browserStore, account)));
  const text = slot.text();
  const stored = useMemo(() => parseDraft(text) ?? blank, [text, blank]);
  const draft = useMemo(() => withUploads(stored, pictures), [stored, pictures]);

  // What has arrived is the draft's own from then on: another tab may take it up.
  useEffect(() => {
    const kept = new Set(stored.blocks.flatMap((block) => (isThere(block) ? block.key : [])));
    if (draft.blocks.some((block) => isThere(block) && !kept.has(block.key))) {
      slot.write(formatDraft(draft));
    }
  }, [slot, stored, draft]);

  const change = useCallback(
    (what: DraftChange) => {
      if (what.type === "set-visibility") saveAudience(browserStore, account, what.visibility);
      const next = changeDraft(parseDraft(slot.text()) ?? blank, what);
      if (isPristine(next)) setBlank(next);
      slot.write(formatDraft(next));
    },
    [slot, account, blank],
  );

  useLastAudience(me, (visibility) => change({ type: "set-visibility", visibility }));

  const clear = () => {
    for (const { key, type } of draft.blocks) if (type === "image") uploads.remove(group, key);
    setBlank(emptyDraft(draft.visibility));
    slot.write("");
  };

  return { draft, change, group, clear };
}

const isThere = (block: DraftBlock): boolean => block.type === "image" && block.media !== null;
