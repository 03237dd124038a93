import type { Block, NewBlock, Post, UploadedMedia, Visibility } from "@/lib/api/types";
import { FRESH_MS } from "@/lib/freshness";
import { newId } from "@/lib/ids";
import { characters } from "@/lib/text";
import type { Upload } from "@/lib/uploads";

export const MAX_BLOCKS = 20;
export const MAX_BLOCK_CHARACTERS = 5_000;
export const MAX_CHARACTERS = 20_000;
export const MAX_ALT_CHARACTERS = 1_000;

/** A text being written. The key is for the list on screen; it is never sent. */
export interface DraftText {
  key: string;
  type: "text";
  text: string;
}

/** A picture on its way into a post. */
export interface DraftPicture {
  /** Names the upload too, so that each try is the same one. */
  key: string;
  type: "image";
  name: string;
  /** What it shows, for who can't see it. */
  alt: string;
  /** Our own copy until the server's is there. */
  preview: string;
  state: "uploading" | "done" | "failed";
  /** From 0 to 1. */
  progress: number;
  /** What the server made of it, once it is there. */
  media: UploadedMedia | null;
  uploadedAt: number;
}

export type DraftBlock = DraftText | DraftPicture;

export interface Draft {
  blocks: DraftBlock[];
  visibility: Visibility;
}

export type DraftChange =
  | { type: "set-text"; key: string; text: string }
  | { type: "add-text"; after?: string }
  | { type: "add-pictures"; pictures: DraftPicture[] }
  | { type: "set-picture"; key: string; what: Partial<Omit<DraftPicture, "key" | "type">> }
  | { type: "remove"; key: string }
  | { type: "move"; key: string; by: 1 | -1 }
  | { type: "set-visibility"; visibility: Visibility }
  | { type: "replace"; draft: Draft };

const newText = (): DraftText => ({ key: newId(), type: "text", text: "" });

export const emptyDraft = (visibility: Visibility = "public"): Draft => ({
  blocks: [newText()],
  visibility,
});

/** A post as it is to be changed. A picture that is gone can't be kept. */
export function draftOf({ blocks, visibility }: Pick<Post, "blocks" | "visibility">): Draft {
  const drafts = blocks.flatMap((block): DraftBlock[] => {
    if (block.type === "text") return [{ key: newId(), type: "text", text: block.text }];
    const { media_id: id, alt, url, medium_url, thumbnail_url, width, height, blurhash } = block;
    if (!url || !thumbnail_url || width === null || height === null) return [];
    return [
      {
        key: newId(),
        type: "image",
        name: alt,
        alt,
        preview: url,
        state: "done",
        progress: 1,
        media: {
          id,
          url,
          medium_url: medium_url ?? url,
          thumbnail_url,
          width,
          height,
          blurhash: blurhash ?? "",
          alt,
          position: "",
          animation_dropped: false,
        },
        uploadedAt: 0,
      },
    ];
  });
  return { blocks: drafts.length > 0 ? drafts : [newText()], visibility };
}

export function changeDraft(draft: Draft, change: DraftChange): Draft {
  const { blocks } = draft;
  switch (change.type) {
    case "set-text":
      return {
        ...draft,
        blocks: blocks.map((block) =>
          block.key === change.key && block.type === "text"
            ? { ...block, text: change.text }
            : block,
        ),
      };
    case "add-text": {
      if (blocks.length >= MAX_BLOCKS) return draft;
      const place = blocks.findIndex((block) => block.key === change.after);
      const at = place < 0 ? blocks.length : place + 1;
      return { ...draft, blocks: [...blocks.slice(0, at), newText(), ...blocks.slice(at)] };
    }
    case "add-pictures": {
      const room = MAX_BLOCKS - blocks.length;
      return { ...draft, blocks: [...blocks, ...change.pictures.slice(0, room)] };
    }
    case "set-picture":
      return {
        ...draft,
        blocks: blocks.map((block) =>
          block.key === change.key && block.type === "image" ? { ...block, ...change.what } : block,
        ),
      };
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

/** What is sent: the texts that say something, and the pictures that are there. */
export function toBlocks(draft: Draft): NewBlock[] {
  return draft.blocks.flatMap((block): NewBlock[] => {
    if (block.type === "text") {
      const text = block.text.trim();
      return text === "" ? [] : [{ type: "text", text }];
    }
    const { media, alt } = block;
    return media ? [{ type: "image", media_id: media.id, alt: alt.trim() }] : [];
  });
}

/** The same as a reader will see it. */
export function toShown(draft: Draft): Block[] {
  return draft.blocks.flatMap((block): Block[] => {
    if (block.type === "text") {
      const text = block.text.trim();
      return text === "" ? [] : [{ type: "text", text }];
    }
    if (!block.media) return [];
    const { id, url, medium_url, thumbnail_url, width, height, blurhash } = block.media;
    const picture = { url, medium_url, thumbnail_url, width, height, blurhash };
    return [{ type: "image", media_id: id, alt: block.alt.trim(), ...picture }];
  });
}

export const isEmpty = (draft: Draft): boolean =>
  draft.blocks.every((block) => block.type === "text" && block.text.trim() === "");

/** Whether every picture has arrived. */
export const isUploaded = (draft: Draft): boolean =>
  draft.blocks.every((block) => block.type === "text" || block.state === "done");

/** How many characters the fullest limit has left; negative if there are too many. */
export function charactersLeft(draft: Draft): number {
  const lengths = draft.blocks.map((block) =>
    block.type === "text" ? characters(block.text.trim()) : 0,
  );
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return Math.min(
    MAX_CHARACTERS - total,
    ...lengths.map((length) => MAX_BLOCK_CHARACTERS - length),
  );
}

/** A picture that has just been chosen, as it stands in a draft. */
export const pictureOf = ({ group: _, ...upload }: Upload): DraftPicture => ({
  ...upload,
  type: "image",
  alt: "",
});

/** Nothing was written and nothing was added: there is nothing to keep. */
export const isPristine = ({ blocks }: Draft): boolean =>
  blocks.length === 1 && blocks[0]?.type === "text" && blocks[0].text === "";

/** The draft as text, to be kept; empty for one that says nothing. How far pictures have come is kept with the uploads. */
export function formatDraft(draft: Draft): string {
  if (isPristine(draft)) return "";
  const blocks = draft.blocks.map((block) =>
    block.type === "text"
      ? block
      : {
          ...block,
          preview: block.media?.thumbnail_url ?? "",
          state: block.media ? "done" : "uploading",
          progress: 0,
        },
  );
  return JSON.stringify({ ...draft, blocks });
}

/** A draft from its text; null for what isn't one. */
export function parseDraft(text: string): Draft | null {
  try {
    const draft = JSON.parse(text) as Draft;
    return Array.isArray(draft.blocks) && draft.blocks.length > 0 ? draft : null;
  } catch {
    return null;
  }
}

/**
 * The draft with its pictures as far as they have come. One whose upload was lost with its page, or
 * has waited too long to be taken, is left out.
 */
export function withUploads(draft: Draft, uploads: Upload[], now = Date.now()): Draft {
  if (draft.blocks.every(({ type }) => type === "text")) return draft;
  const byKey = new Map(uploads.map((upload) => [upload.key, upload]));
  const blocks = draft.blocks.flatMap((block): DraftBlock[] => {
    if (block.type === "text") return [block];
    const upload = byKey.get(block.key);
    if (upload) return [{ ...block, ...pictureOf(upload), alt: block.alt }];
    const fresh = block.uploadedAt === 0 || now - block.uploadedAt < FRESH_MS;
    return block.media && fresh ? [{ ...block, state: "done", progress: 1 }] : [];
  });
  return { ...draft, blocks: blocks.length > 0 ? blocks : [newText()] };
}
