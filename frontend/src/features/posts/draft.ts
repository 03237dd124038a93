import type { NewBlock, Visibility } from "@/lib/api/types";
import { newId } from "@/lib/ids";
import type { KeyValueStore } from "@/lib/storage";

export const MAX_BLOCKS = 20;
export const MAX_BLOCK_CHARACTERS = 5_000;
export const MAX_CHARACTERS = 20_000;

/** Pictures will be the other kind. */
export type TextBlock = Extract<NewBlock, { type: "text" }>;

/** A block being written. The key is for the list on screen; it is never sent. */
export type DraftBlock = TextBlock & { key: string };

export interface Draft {
  blocks: DraftBlock[];
  visibility: Visibility;
}

export type DraftChange =
  | { type: "set-text"; key: string; text: string }
  | { type: "add-text"; after?: string }
  | { type: "remove"; key: string }
  | { type: "move"; key: string; by: 1 | -1 }
  | { type: "set-visibility"; visibility: Visibility }
  | { type: "replace"; draft: Draft };

const newText = (): DraftBlock => ({ key: newId(), type: "text", text: "" });

export const emptyDraft = (visibility: Visibility = "public"): Draft => ({
  blocks: [newText()],
  visibility,
});

export const draftOf = (blocks: TextBlock[], visibility: Visibility): Draft => ({
  blocks: blocks.map((block) => ({ ...block, key: newId() })),
  visibility,
});

export function changeDraft(draft: Draft, change: DraftChange): Draft {
  const { blocks } = draft;
  switch (change.type) {
    case "set-text":
      return {
        ...draft,
        blocks: blocks.map((block) =>
          block.key === change.key ? { ...block, text: change.text } : block,
        ),
      };
    case "add-text": {
      if (blocks.length >= MAX_BLOCKS) return draft;
      const place = blocks.findIndex((block) => block.key === change.after);
      const at = place < 0 ? blocks.length : place + 1;
      return { ...draft, blocks: [...blocks.slice(0, at), newText(), ...blocks.slice(at)] };
    }
    case "remove": {
      const rest = blocks.filter((block) => block.key !== change.key);
      return { ...draft, blocks: rest.length > 0 ? rest : [newText()] };
    }
    case "move": {
      const from = blocks.findIndex((block) => block.key === change.key);
      const block = blocks[from];
      const to = from + change.by;
      if (!block || to < 0 || to >= blocks.length) return draft;
      const rest = blocks.filter((each) => each !== block);
      return { ...draft, blocks: [...rest.slice(0, to), block, ...rest.slice(to)] };
    }
    case "set-visibility":
      return { ...draft, visibility: change.visibility };
    case "replace":
      return change.draft;
  }
}

/** What is sent: the blocks that say something. */
export function toBlocks(draft: Draft): TextBlock[] {
  return draft.blocks
    .map((block): TextBlock => ({ type: "text", text: block.text.trim() }))
    .filter((block) => block.text !== "");
}

export const isEmpty = (draft: Draft): boolean => toBlocks(draft).length === 0;

/** Characters are Unicode scalar values, as the server counts them, not UTF-16 units. */
export const characters = (text: string): number => [...text].length;

/** How many characters the fullest limit has left; negative if there are too many. */
export function charactersLeft(draft: Draft): number {
  const lengths = draft.blocks.map((block) => characters(block.text.trim()));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return Math.min(
    MAX_CHARACTERS - total,
    ...lengths.map((length) => MAX_BLOCK_CHARACTERS - length),
  );
}

const draftKey = (account: string) => `echo:draft:${account}`;

export function loadDraft(store: KeyValueStore, account: string): Draft {
  try {
    const draft = JSON.parse(store.get(draftKey(account)) ?? "") as Draft;
    return draft.blocks.length > 0 ? draft : emptyDraft();
  } catch {
    return emptyDraft();
  }
}

export function saveDraft(store: KeyValueStore, account: string, draft: Draft): void {
  if (isEmpty(draft)) store.remove(draftKey(account));
  else store.set(draftKey(account), JSON.stringify(draft));
}
