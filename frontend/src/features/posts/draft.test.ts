import { expect, test } from "vitest";
import type { Upload } from "@/lib/uploads";
import {
  changeDraft,
  charactersLeft,
  type Draft,
  type DraftPicture,
  emptyDraft,
  formatDraft,
  isEmpty,
  isUploaded,
  MAX_BLOCKS,
  parseDraft,
  toBlocks,
  toShown,
  withUploads,
} from "./draft";

const draft = (...texts: string[]): Draft => ({
  visibility: "public",
  blocks: texts.map((text, i) => ({ key: String(i), type: "text", text })),
});
const texts = (value: Draft) =>
  value.blocks.map((block) => (block.type === "text" ? block.text : `[${block.alt}]`));

const draftOfBlocks = (...blocks: DraftPicture[]): Draft => ({ visibility: "public", blocks });

const picture = (key: string, more: Partial<DraftPicture> = {}): DraftPicture => ({
  key,
  type: "image",
  name: "cat.png",
  alt: "a cat",
  preview: "blob:1",
  state: "done",
  progress: 1,
  media: {
    id: `0198a1b2-0000-7000-b000-00000000000${key}`,
    url: "/v1/media/one/original",
    medium_url: "/v1/media/one/medium",
    thumbnail_url: "/v1/media/one/thumbnail",
    width: 40,
    height: 30,
    blurhash: "LEHV6nWB2yk8",
    alt: "",
    position: "e9",
    animation_dropped: false,
  },
  uploadedAt: 1_000,
  ...more,
});

test("blocks are added at the end or after another, up to twenty", () => {
  expect(texts(changeDraft(draft("a", "b"), { type: "add-text" }))).toEqual(["a", "b", ""]);
  expect(texts(changeDraft(draft("a", "b"), { type: "add-text", after: "0" }))).toEqual([
    "a",
    "",
    "b",
  ]);
  const full = draft(...Array.from({ length: MAX_BLOCKS }, String));
  expect(changeDraft(full, { type: "add-text" }).blocks).toHaveLength(MAX_BLOCKS);
});

test("a block moves past its neighbour, and not past the ends", () => {
  const abc = draft("a", "b", "c");
  expect(texts(changeDraft(abc, { type: "move", key: "1", by: -1 }))).toEqual(["b", "a", "c"]);
  expect(texts(changeDraft(abc, { type: "move", key: "1", by: 1 }))).toEqual(["a", "c", "b"]);
  expect(changeDraft(abc, { type: "move", key: "0", by: -1 })).toBe(abc);
  expect(changeDraft(abc, { type: "move", key: "2", by: 1 })).toBe(abc);
});

test("the last block that is removed leaves an empty one to write in", () => {
  const rest = changeDraft(draft("a"), { type: "remove", key: "0" });
  expect(texts(rest)).toEqual([""]);
  expect(isEmpty(rest)).toBe(true);
});

test("only blocks that say something are sent", () => {
  expect(toBlocks(draft(" a ", "", "  \n"))).toEqual([{ type: "text", text: "a" }]);
});

test("characters are counted as the server does, not in UTF-16", () => {
  expect(charactersLeft(draft("🦉".repeat(4_999)))).toBe(1);
  expect(charactersLeft(draft("a".repeat(5_001)))).toBe(-1);
  expect(charactersLeft(draft(...Array.from({ length: 5 }, () => "a".repeat(4_500))))).toBe(-2_500);
});

test("a draft is kept as text, and a pristine one isn't", () => {
  const kept = parseDraft(formatDraft(draft("half a thought", "")));
  expect(kept && texts(kept)).toEqual(["half a thought", ""]);
  expect(formatDraft(emptyDraft("friends"))).toBe("");
  expect(parseDraft("")).toBeNull();
  expect(parseDraft('{"blocks":[]}')).toBeNull();
});

test("pictures stand among the texts, and are sent and shown once they are uploaded", () => {
  const uploading = picture("1", { state: "uploading", media: null });
  const begun = changeDraft(draft("a"), { type: "add-pictures", pictures: [uploading] });
  expect([isEmpty(begun), isUploaded(begun)]).toEqual([false, false]);
  expect(toBlocks(begun)).toEqual([{ type: "text", text: "a" }]);
  const { state, media } = picture("1");
  const done = changeDraft(begun, { type: "set-picture", key: "1", what: { state, media } });
  const first = changeDraft(done, { type: "move", key: "1", by: -1 });
  expect(isUploaded(first)).toBe(true);
  expect(toBlocks(first)).toEqual([
    { type: "image", media_id: media?.id, alt: "a cat" },
    { type: "text", text: "a" },
  ]);
  expect(toShown(first)[0]).toMatchObject({ type: "image", width: 40, url: media?.url });
});

test("a draft's pictures are as far as their uploads have come", () => {
  const waiting = picture("1", { state: "uploading", media: null, alt: "mine" });
  const upload = { ...picture("1", { progress: 0.5 }), group: "ann:post", alt: "" };
  const { media } = picture("1");
  const shown = (what: Partial<Upload>) =>
    withUploads(draftOfBlocks(waiting), [{ ...upload, ...what }]).blocks[0];
  expect(shown({ state: "uploading", media: null })).toMatchObject({
    state: "uploading",
    progress: 0.5,
    alt: "mine",
  });
  expect(shown({ state: "failed", media: null })).toMatchObject({ state: "failed" });
  expect(shown({ state: "done", media })).toMatchObject({ state: "done", media, alt: "mine" });
});

test("a picture whose upload was lost with its page is left out, as is one that waited too long", () => {
  const lost = picture("2", { state: "uploading", media: null });
  const both = draftOfBlocks(picture("1"), lost);
  expect(withUploads(both, [], 2_000).blocks).toMatchObject([{ key: "1", state: "done" }]);
  expect(isEmpty(withUploads(both, [], 1_000 + 12 * 60 * 60_000))).toBe(true);
});
