//! A text without all that makes no difference to who searches: case, width, accents, and what isn't seen.

use icu_casemap::CaseMapper;
use icu_properties::props::{DefaultIgnorableCodePoint, Script};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::compose;
pub(super) use unicode_normalization::char::is_combining_mark as is_mark;

/// The folded text, in NFC.
pub(super) fn fold(text: &str) -> String {
    let decomposed = text
        .chars()
        // Before it comes apart into a blank and an accent.
        .map(|c| if c == '´' { '\'' } else { c })
        .nfkd()
        .map(|c| if is_apostrophe(c) { '\'' } else { c })
        .filter(|c| !is_unseen(*c));
    let bare: String = WithoutAccents {
        chars: decomposed,
        base: None,
    }
    .collect();
    let folded = CaseMapper::new().fold_string(&bare);
    let mut plain = String::with_capacity(folded.len());
    for c in folded.chars() {
        match plain_letter(c) {
            Some(letters) => plain.push_str(letters),
            None => plain.push(c),
        }
    }
    plain.nfc().collect()
}

/// A word by letters where syllables are blocks of them: `기` is how `김` begins, for who reads and for who types.
pub(super) fn jamo(word: &str) -> String {
    let mut letters = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            '가'..='힣' => letters.extend(std::iter::once(c).nfd()),
            _ => letters.push(c),
        }
    }
    letters
}

/// The script of which a character is.
pub(super) fn script(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
}

/// Typed for an apostrophe. Some would otherwise part a word, or be a letter of it.
const fn is_apostrophe(c: char) -> bool {
    matches!(c, '’' | '‘' | '‛' | 'ʼ' | 'ʻ' | '`' | '′' | '׳')
}

/// Joiners, soft hyphens, directions; the Arabic letter that only makes a word longer, and the Greek one below others,
/// which in capitals is a letter of its own.
fn is_unseen(c: char) -> bool {
    const TATWEEL: char = '\u{640}';
    const IOTA_SUBSCRIPT: char = '\u{345}';
    matches!(c, TATWEEL | IOTA_SUBSCRIPT) || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Decomposed characters but for the accents among them.
struct WithoutAccents<I> {
    chars: I,
    /// The last that was no mark.
    base: Option<char>,
}

impl<I: Iterator<Item = char>> Iterator for WithoutAccents<I> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        loop {
            let c = self.chars.next()?;
            if !is_mark(c) {
                self.base = Some(c);
            } else if self.base.is_some_and(|base| is_accent(c, base)) {
                continue;
            }
            return Some(c);
        }
    }
}

/// Whether a mark is left out by who is in a hurry: an accent, a point of Hebrew, a short vowel of Arabic. Other scripts'
/// marks are parts of their letters.
fn is_accent(mark: char, base: char) -> bool {
    const GRAVE: char = '\u{300}';
    const NUKTA: char = '\u{93c}';
    match script(base) {
        Script::Latin | Script::Greek | Script::Hebrew | Script::Arabic | Script::Syriac | Script::Common => {
            true
        }
        // What is a letter of its own is composed in Unicode; what isn't is stress. But ё is written е as often.
        Script::Cyrillic => mark == GRAVE || matches!(compose(base, mark), None | Some('ё' | 'Ё')),
        Script::Devanagari => mark == NUKTA,
        _ => false,
    }
}

/// Letters that people take for others with a stroke or a tail, or that keyboards have in several forms, though they
/// are others to Unicode.
const fn plain_letter(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ł' => "l",
        'ŧ' => "t",
        'þ' => "th",
        'ı' => "i",
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        'ة' => "ه",
        'ٱ' => "ا",
        _ => return None,
    })
}
