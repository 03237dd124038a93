import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { beginningsOf, isFound, wordsOf } from "./fold";

interface Vectors {
  words: [string, string[]][];
  beginnings: [string, string[]][];
  found: [(string | null)[], string, boolean][];
}

/** The same that the server's search is tested with. */
const vectors: Vectors = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../../read-model/tests/words.json"), "utf8"),
);
/** The vectors are written to be read: syllables as one has them on the keyboard. */
const spelled = (words: string[]) =>
  words.map((word) => word.replace(/[\uac00-\ud7a3]/gu, (syllable) => syllable.normalize("NFD")));

describe("names are spelled as the server's search spells them", () => {
  test.each(vectors.words)("%s", (name, words) => {
    expect(wordsOf(name)).toEqual(spelled(words));
  });
});

describe("so is what is sought", () => {
  test.each(vectors.beginnings)("%s", (sought, beginnings) => {
    expect(beginningsOf(sought)).toEqual(spelled(beginnings));
  });
});

test.each(vectors.found)("of %j, %j finds: %j", (names, sought, found) => {
  expect(isFound(names, sought)).toBe(found);
});

test("a spelling stays as it is", () => {
  for (const [name] of vectors.words) {
    for (const word of wordsOf(name)) expect(wordsOf(word)[0]).toBe(word);
  }
});

test("a word has no more beginnings than a name has characters", () => {
  expect(wordsOf("㍿".repeat(50))).toHaveLength(50);
});
