import { typedUsername } from "./names";

/** A piece of a text: plain, a link to somewhere else, or somebody's name. Together they are the text. */
export type Piece =
  | { type: "text"; text: string }
  | { type: "link"; text: string; href: string; host: string }
  | { type: "mention"; text: string; username: string };

/** What ends an address: blanks, quotes and brackets of markup, and the punctuation of scripts that put no blank after it. */
const STOP = String.raw`\s<>"“”„«»、。，．！？；：「」『』（）【】《》`;
/** An address with its scheme, and a username as the contract has it, neither in the middle of a word. */
const FOUND = new RegExp(
  String.raw`(?<![\p{L}\p{N}_])[Hh][Tt]{2}[Pp][Ss]?:\/\/[^${STOP}]+|(?<![\p{L}\p{N}_@.\/\-])@[A-Za-z0-9_]{3,30}(?![\p{L}\p{N}_@]|[.\-][\p{L}\p{N}])`,
  // Without `i`, by which the Kelvin sign would be a k, and somebody else's name.
  "gu",
);
/** What reorders or hides what is read: an address with one of these may look like another. */
const DECEPTIVE = /[\p{Cc}\p{Cf}\u2028\u2029\ufffc]/u;
const PUNCTUATION = new Set(".,:;!?'’…*_~");
const BRACKETS: Partial<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
const OPENING = new Set(Object.values(BRACKETS));

/** A text in pieces, with the addresses and names that can be followed. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  const plain = (until: number) => {
    if (until > end) pieces.push({ type: "text", text: text.slice(end, until) });
    end = until;
  };
  for (const { 0: found, index } of text.matchAll(FOUND)) {
    const piece = found.startsWith("@") ? mentionOf(found) : linkOf(found);
    if (!piece) continue;
    plain(index);
    pieces.push(piece);
    end = index + piece.text.length;
  }
  plain(text.length);
  return pieces;
}

const mentionOf = (text: string): Piece => ({
  type: "mention",
  text,
  username: typedUsername(text),
});

function linkOf(found: string): Piece | null {
  if (DECEPTIVE.test(found)) return null;
  const text = withoutEnd(found);
  const url = URL.canParse(text) ? new URL(text) : null;
  // A name before the host reads like one: https://bank.example@evil.example leads to the second.
  if (!url || url.username || url.password || !/[^.]\.[^.]/.test(url.hostname)) return null;
  return { type: "link", text, href: url.href, host: url.host };
}

/** An address without the punctuation of the sentence it stands in; a bracket that was opened in it is closed in it. */
function withoutEnd(text: string): string {
  const open = new Map<string, number>();
  for (const character of text) {
    const closes = BRACKETS[character];
    if (closes) open.set(closes, (open.get(closes) ?? 0) - 1);
    else if (OPENING.has(character)) open.set(character, (open.get(character) ?? 0) + 1);
  }
  let end = text.length;
  for (; end > 0; end -= 1) {
    const last = text[end - 1] ?? "";
    const closes = BRACKETS[last];
    if (closes) {
      const balance = open.get(closes) ?? 0;
      if (balance >= 0) break;
      open.set(closes, balance + 1);
    } else if (!PUNCTUATION.has(last)) break;
  }
  return text.slice(0, end);
}
