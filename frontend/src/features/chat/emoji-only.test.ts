import { expect, test } from "vitest";
import { isEmojiOnly } from "./emoji-only";

test.each(["🎉", "👍🏽", "❤️", "👨‍👩‍👧‍👦 🇩🇪", "1️⃣", "😀😀😀😀😀"])("%s is a few emoji", (text) => {
  expect(isEmojiOnly(text)).toBe(true);
});

test.each(["", "1", "©", "yes 🎉", "🎉!", "😀😀😀😀😀😀", "#"])("“%s” is a text", (text) => {
  expect(isEmojiOnly(text)).toBe(false);
});
