import { expect, test } from "vitest";
import { type Piece, piecesOf } from "./links";

const links = (text: string) =>
  piecesOf(text).flatMap((piece) => (piece.type === "link" ? [piece.text] : []));
const mentions = (text: string) =>
  piecesOf(text).flatMap((piece) => (piece.type === "mention" ? [piece.username] : []));

test.each([
  ["See https://example.org.", ["https://example.org"]],
  ["(https://example.org/a_(b))", ["https://example.org/a_(b)"]],
  ["“https://example.org/x?y=1&z=2#top”, she said", ["https://example.org/x?y=1&z=2#top"]],
  ["HTTPS://Example.ORG/Path!", ["HTTPS://Example.ORG/Path"]],
  [
    "http://example.org:8080/ and https://b.example…",
    ["http://example.org:8080/", "https://b.example"],
  ],
  ["見て：https://example.jp/花。次", ["https://example.jp/花"]],
  ["https://bücher.example/ü", ["https://bücher.example/ü"]],
  ["*https://example.org*", ["https://example.org"]],
])("an address is a link, without the sentence around it: %s", (text, found) => {
  expect(links(text)).toEqual(found);
});

test.each([
  "javascript:alert(1)",
  "data:text/html,x",
  "ftp://example.org",
  "xhttps://example.org",
  "https://",
  "https://localhost",
  "https://.",
  "https://bank.example@evil.example/",
  "https://user:secret@example.org",
  "https://example.org/\u202egnp.exe",
  "https://exa\u200bmple.org",
  "https://example.org/\u2066a\u2069",
])("what isn’t an honest web address stays text: %j", (text) => {
  expect(piecesOf(text)).toEqual([{ type: "text", text }]);
});

test("the host of an address in other letters is told as browsers know it", () => {
  expect(piecesOf("https://аррӏе.com/")).toEqual([
    {
      type: "link",
      text: "https://аррӏе.com/",
      href: "https://xn--80ak6aa92e.com/",
      host: "xn--80ak6aa92e.com",
    },
  ]);
});

test("people are found by their usernames, and not in addresses of mail or elsewhere", () => {
  expect(mentions("@ann, @Ben_2: hello (@cleo)")).toEqual(["ann", "ben_2", "cleo"]);
  expect(
    mentions("ann@example.org @ann@mastodon.example @ann.example https://a.example/@ann"),
  ).toEqual([]);
  expect(mentions("@ab @élan @ann_of_a_name_much_longer_than_thirty")).toEqual([]);
});

/** The same texts each time, made of what is hard about addresses. */
function* texts(count: number): Generator<string> {
  const parts = [
    "https://",
    "http://",
    "HTTPS://",
    "javascript:",
    "example.org",
    "bücher.example",
    "@",
    "ann",
    ".",
    ",",
    ")",
    "(",
    "]",
    "[",
    "/",
    "?",
    "#",
    ":",
    "8080",
    " ",
    "\n",
    "\t",
    "\u202e",
    "\u200d",
    "é",
    "e\u0301",
    "🦉",
    "مرحبا",
    "花",
    "。",
    "'",
    '"',
    "<",
    ">",
    "%",
    "%0a",
    "\\",
    "\u0000",
    "_",
    "-",
    "…",
  ];
  let seed = 42;
  const next = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % below;
  };
  for (let n = 0; n < count; n += 1) {
    yield Array.from({ length: next(24) }, () => parts[next(parts.length)]).join("");
  }
}

const following = (piece: Piece) => (piece.type === "link" ? [new URL(piece.href)] : []);

test("whatever is written, the pieces are the text, and links lead to the web alone", () => {
  let found = 0;
  for (const text of texts(20_000)) {
    const pieces = piecesOf(text);
    expect(pieces.map((piece) => piece.text).join("")).toBe(text);
    for (const url of pieces.flatMap(following)) {
      found += 1;
      expect(url.protocol).toMatch(/^https?:$/);
      expect(url.username + url.password).toBe("");
    }
    for (const piece of pieces) {
      expect(piece.text).not.toBe("");
      if (piece.type === "link") expect(piece.text).not.toMatch(/[\p{Cc}\p{Cf}\s]|[.,:;!?'…]$/u);
      if (piece.type === "mention") expect(piece.username).toMatch(/^[a-z0-9_]{3,30}$/);
    }
  }
  expect(found).toBeGreaterThan(100);
});

test("a name with a letter that only looks like one of a username's is nobody's", () => {
  for (const text of ["@\u212aim says", "@\u017fam", "@ｋｉｍ"]) {
    expect(piecesOf(text)).toEqual([{ type: "text", text }]);
  }
  expect(piecesOf("HTTPS://example.org")[0]?.type).toBe("link");
});
