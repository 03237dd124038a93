// Lengths and pieces of what people write. The contract counts Unicode scalar values after newlines are made alike;
// people see graphemes; JavaScript has neither.

/** Line ends of any system as the server keeps them. */
export function withNewlines(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}

/** Characters as the server counts them. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of withNewlines(text)) count += 1;
  return count;
}

/** The first that a reader takes for a character, a family of four for one; nothing of an empty text. */
export function firstGrapheme(text: string): string {
  for (const { segment } of graphemes(text)) return segment;
  return "";
}

/** The beginning of a text, of at most so many characters as the server counts them, cut between graphemes. */
export function beginning(text: string, most: number): string {
  if (text.length <= most) return text;
  let kept = "";
  let room = most;
  for (const { segment } of graphemes(text)) {
    room -= characters(segment);
    if (room < 0) break;
    kept += segment;
  }
  return kept;
}

const segmenter = Intl.Segmenter && new Intl.Segmenter(undefined, { granularity: "grapheme" });

function graphemes(text: string): Iterable<{ segment: string }> {
  return segmenter?.segment(text) ?? roughGraphemes(text);
}

/** For browsers without a segmenter: marks, joiners, skin tones and pairs of regional indicators stay together. */
export function* roughGraphemes(text: string): Generator<{ segment: string }> {
  const extend = String.raw`[\p{M}\p{Emoji_Modifier}\u200c\u{e0020}-\u{e007f}]`;
  const one = String.raw`(?:\p{Regional_Indicator}{2}|[^])${extend}*`;
  const pattern = new RegExp(String.raw`\r\n|${one}(?:\u200d${one})*\u200d?`, "gu");
  for (const [segment] of text.matchAll(pattern)) yield { segment };
}
