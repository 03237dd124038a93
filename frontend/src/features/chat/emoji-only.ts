/** As many are shown large; more are a text. */
const MOST = 5;
/** Shown as a picture by itself, made one by what follows it, a flag, or a key. */
const EMOJI =
  /^(?:\p{Emoji_Presentation}|\p{Emoji}\uFE0F|\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3)/u;

/** True for a few emoji and nothing else, which say more large. */
export function isEmojiOnly(text: string): boolean {
  // Nothing that is this long is a few emoji, and most messages aren't: they need no segmenter.
  if (text === "" || text.length > 80 || !EMOJI.test(text)) return false;
  const graphemes = [...new Intl.Segmenter().segment(text.replace(/\s+/gu, ""))];
  return graphemes.length <= MOST && graphemes.every(({ segment }) => EMOJI.test(segment));
}
