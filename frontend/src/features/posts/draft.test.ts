import { expect, test } from "vitest";
import { memoryStore } from "@/lib/storage";
import {
  changeDraft,
  charactersLeft,
  type Draft,
  emptyDraft,
  isEmpty,
  loadDraft,
  MAX_BLOCKS,
  saveDraft,
  toBlocks,
} from "./draft";

const draft = (...texts: string[]): Draft => ({
  visibility: "public",
  blocks: texts.map((text, i) => ({ key: String(i), type: "text", text })),
});
const texts = (value: Draft) => value.blocks.map((block) => block.text);

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

test("a draft is kept over a reload, and an empty one isn't", () => {
  const store = memoryStore();
  saveDraft(store, "ann", draft("half a thought"));
  expect(texts(loadDraft(store, "ann"))).toEqual(["half a thought"]);
  expect(isEmpty(loadDraft(store, "ben"))).toBe(true);
  saveDraft(store, "ann", emptyDraft());
  expect(store.keys("echo:draft:")).toEqual([]);
});
