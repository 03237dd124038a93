import { expect, test } from "vitest";
import { german } from "./de";
import { en } from "./en";
import { chosenLanguage, regionalTag } from "./language";
import { plural } from "./plural";

const de = german((n, one, other) => plural("de", n, { one, other }));

test("the browser's first language that there is decides, unless another was chosen", () => {
  expect(chosenLanguage(["fr-FR", "de-AT", "en"], null)).toBe("de");
  expect(chosenLanguage(["de-AT"], "en")).toBe("en");
  expect(chosenLanguage(["ja", "fr"], null)).toBe("en");
  expect(chosenLanguage([], null)).toBe("en");
});

test("dates are written as where the reader lives, if the language is theirs", () => {
  expect(regionalTag("en", ["de-DE", "en-GB"])).toBe("en-GB");
  expect(regionalTag("de", ["en-GB"])).toBe("de");
});

test("each language has its own plurals and numbers", () => {
  expect(en.nav.unread(1)).toBe("1 unread message");
  expect(de.nav.unread(1)).toBe("1 ungelesene Nachricht");
  expect(de.nav.unread(1234)).toBe("1.234 ungelesene Nachrichten");
});

test("what was translated isn't empty, and says the same number of things", () => {
  const shape = (texts: object): string[] =>
    Object.entries(texts).flatMap(([key, text]) =>
      typeof text === "object"
        ? shape(text).map((inner) => `${key}.${inner}`)
        : `${key}:${typeof text}:${text === ""}`,
    );
  expect(shape(de)).toEqual(shape(en));
});

test("German says whom a post pleases in the dative, and who has commented in the nominative", () => {
  const { others, liked, commented } = de.notifications;
  expect(liked(`Zoë und ${others(5, "like")}`, 6)).toBe("Zoë und 5 anderen gefällt dein Beitrag");
  expect(liked(`Zoë und ${others(1, "like")}`, 2)).toBe(
    "Zoë und 1 anderen Person gefällt dein Beitrag",
  );
  expect(commented(`Zoë und ${others(5, "comment")}`, 6)).toBe(
    "Zoë und 5 andere haben deinen Beitrag kommentiert",
  );
  expect(commented("Zoë", 1)).toBe("Zoë hat deinen Beitrag kommentiert");
});

/** Every text, those with something in them with a two in its place. */
const textsOf = (texts: object): string[] =>
  Object.values(texts).flatMap((text: unknown) => {
    if (typeof text === "function") return [String(text(2, 2))];
    return typeof text === "object" && text !== null ? textsOf(text) : [String(text)];
  });

test("texts are set with the marks of their language, not with those of a typewriter", () => {
  for (const texts of [en, de]) {
    expect(textsOf(texts).filter((text) => /['"]|\.\.\.| - |\s$|^\s| {2}/.test(text))).toEqual([]);
  }
});
