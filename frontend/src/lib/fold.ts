// The people search's own spelling of names, so that a list filtered here and one that the server searched hold the same
// people, whatever the browser's language. The server's is `read-model/src/words/`; both are tested with the vectors
// beside it.

/** Starts of one name that are words of their own, at most. */
const MOST_STARTS = 50;

/** Typed for an apostrophe. Some would otherwise part a word, or be a letter of it. */
const APOSTROPHE = /[’‘‛ʼʻ`′׳]/gu;
/**
 * Not seen; the Arabic letter that only makes a word longer; and the Greek one below others, which in capitals is a letter
 * of its own.
 */
const UNSEEN = /\p{Default_Ignorable_Code_Point}|\u0640|\u0345/gu;
const MARK = /\p{M}/u;
/** Scripts whose marks are accents, points or vowels that people leave out. */
const ACCENTED = /[\p{sc=Latn}\p{sc=Grek}\p{sc=Hebr}\p{sc=Arab}\p{sc=Syrc}\p{sc=Zyyy}]/u;
const CYRILLIC = /\p{sc=Cyrl}/u;
const DEVANAGARI = /\p{sc=Deva}/u;
const CHEROKEE = /\p{sc=Cher}/u;
const NUKTA = "\u093c";
const GRAVE = "\u0300";
/** Written without spaces between words. */
const UNSPACED =
  /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Bopo}\p{sc=Hang}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]/u;
const LETTER = /[\p{Alphabetic}\p{N}\p{M}_]/u;
/** What continues a syllable and begins none: marks, and the long vowel of Japanese. */
const CONTINUES = /[\p{M}ー]/u;
/** Joins two words that are also one. */
const HYPHEN = /[-‐־·・]/u;
const HANGUL = /[\uac00-\ud7a3]/gu;

/** Letters that people take for others with a stroke or a tail, though Unicode doesn't. */
const PLAIN: Record<string, string> = {
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  ħ: "h",
  ł: "l",
  ŧ: "t",
  þ: "th",
  ı: "i",
  ى: "ي",
  ی: "ي",
  ک: "ك",
  ة: "ه",
  ٱ: "ا",
};

/** The words under which somebody of this name is found: whatever begins one of them finds the name. */
export function wordsOf(name: string): string[] {
  const letters = [...fold(name)];
  const words: string[] = [];
  let run = "";
  let starts: number[] = [];
  let joined = false;
  const end = () => {
    for (const start of starts) words.push(jamo(run.slice(start)));
    run = "";
    starts = [];
  };
  letters.forEach((letter, at) => {
    const before = letters[at - 1];
    if (LETTER.test(letter)) {
      const isSyllable = UNSPACED.test(letter) || (before !== undefined && UNSPACED.test(before));
      const begins = joined || (isSyllable && !CONTINUES.test(letter));
      if (run === "" || (begins && starts.length < MOST_STARTS)) starts.push(run.length);
      run += letter;
      joined = false;
    } else if (letter === "'" || HYPHEN.test(letter) || isSpaceWithin(letters, at)) {
      joined = run !== "";
    } else {
      end();
    }
  });
  end();
  return words;
}

/** What is sought: a person is found who has a word beginning with each. */
export function beginningsOf(sought: string): string[] {
  return [...fold(sought).replaceAll("'", "")]
    .map((letter) => (LETTER.test(letter) ? letter : " "))
    .join("")
    .split(" ")
    .filter((word) => word !== "")
    .map(jamo);
}

/** Whether the people search finds somebody of these names. Who seeks nothing finds everybody. */
export function isFound(names: (string | null | undefined)[], sought: string): boolean {
  const words = names.flatMap((name) => wordsOf(name ?? ""));
  return beginningsOf(sought).every((beginning) =>
    words.some((word) => word.startsWith(beginning)),
  );
}

/** Without case, width, accents and what isn't seen. */
function fold(text: string): string {
  const decomposed = text
    // Before it comes apart into a blank and an accent.
    .replaceAll("´", "'")
    .normalize("NFKD")
    .replace(APOSTROPHE, "'")
    .replace(UNSEEN, "");
  return [...withoutAccents(decomposed)].map(folded).join("").normalize("NFC");
}

function withoutAccents(decomposed: string): string {
  let base = "";
  let kept = "";
  for (const char of decomposed) {
    if (!MARK.test(char)) base = char;
    else if (isAccent(char, base)) continue;
    kept += char;
  }
  return kept;
}

function isAccent(mark: string, base: string): boolean {
  if (CYRILLIC.test(base)) {
    // What is a letter of its own is composed in Unicode; what isn't is stress. But ё is written е as often.
    const composed = (base + mark).normalize("NFC");
    return mark === GRAVE || /[ёЁ]/u.test(composed) || [...composed].length > 1;
  }
  return DEVANAGARI.test(base) ? mark === NUKTA : ACCENTED.test(base);
}

/** Unicode's full case folding, of which JavaScript has only the parts. */
function folded(char: string): string {
  if (CHEROKEE.test(char)) return char.toUpperCase();
  const lower = char.toLowerCase().toUpperCase().toLowerCase();
  return [...lower].map((letter) => PLAIN[letter] ?? letter).join("");
}

/** Between two words that are written without spaces elsewhere: `山田 太郎` is `山田太郎`, too. */
function isSpaceWithin(letters: string[], at: number): boolean {
  const [before, after] = [letters[at - 1], letters[at + 1]];
  return (
    letters[at] === " " &&
    before !== undefined &&
    after !== undefined &&
    (UNSPACED.test(before) || CONTINUES.test(before)) &&
    UNSPACED.test(after)
  );
}

/** By letters where syllables are blocks of them, since a name is found from the first letter on. */
function jamo(word: string): string {
  return word.replace(HANGUL, (syllable) => syllable.normalize("NFD"));
}
