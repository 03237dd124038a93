import { describe, expect, test } from "vitest";
import { beginning, characters, firstGrapheme, roughGraphemes, withNewlines } from "./text";

const FAMILY = "👩‍👩‍👧‍👦";
const FLAGS = "🇩🇪🇫🇷";
const WALES = "🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}";
const ACCENTED = "e\u0301";

test("characters are counted as the server counts them", () => {
  expect(characters("")).toBe(0);
  expect(characters("😀")).toBe(1);
  expect(characters(FAMILY)).toBe(7);
  expect(characters(ACCENTED)).toBe(2);
  expect(characters("a\r\nb\rc\nd")).toBe(7);
});

test("line ends of Windows and old Macs are new lines", () => {
  expect(withNewlines("a\r\nb\rc\n\r\n\rd\u2028e")).toBe("a\nb\nc\n\n\nd\u2028e");
});

test("the first of a name is what a reader takes for its first letter", () => {
  expect(firstGrapheme("")).toBe("");
  expect(firstGrapheme("Ann")).toBe("A");
  expect(firstGrapheme(`${ACCENTED}va`)).toBe(ACCENTED);
  expect(firstGrapheme(`${FAMILY}!`)).toBe(FAMILY);
  expect(firstGrapheme(FLAGS)).toBe("🇩🇪");
});

describe("a text is cut", () => {
  test("to what the server takes", () => {
    expect(beginning("abc", 3)).toBe("abc");
    expect(beginning("abc", 2)).toBe("ab");
    expect(beginning("😀".repeat(101), 100)).toBe("😀".repeat(100));
  });

  test("never within what a reader takes for a character", () => {
    for (const whole of [FAMILY, WALES, ACCENTED, "🇩🇪", "👍🏽", "किं", "한"]) {
      for (let room = 1; room < characters(whole); room += 1) {
        expect(beginning(`ab${whole}`, 2 + room)).toBe("ab");
      }
      expect(beginning(`ab${whole}c`, 2 + characters(whole))).toBe(`ab${whole}`);
    }
  });
});

test("where a browser can't tell graphemes, the most common ones stay whole", () => {
  const text = `a${FAMILY}${FLAGS}${WALES}${ACCENTED}👍🏽1️⃣\r\n🏳️‍🌈`;
  const parts = Array.from(roughGraphemes(text), ({ segment }) => segment);
  expect(parts).toEqual(["a", FAMILY, "🇩🇪", "🇫🇷", WALES, ACCENTED, "👍🏽", "1️⃣", "\r\n", "🏳️‍🌈"]);
});
