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
