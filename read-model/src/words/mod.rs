//! How names are spelled in the index by which people are searched.
//!
//! The web client filters its own lists by the same spelling (`frontend/src/lib/fold.ts`); `tests/words.json` holds both
//! to it.

mod folding;

use icu_properties::props::Script;

use self::folding::{fold, is_mark, jamo, script};

/// How many words begin within one run of letters at most: as many as a name has characters.
const MOST_STARTS: usize = 50;

/// The words under which somebody of this name is found: a search for the beginning of any of them finds the name.
///
/// They are folded: `Łódź` and `LODZ` are the same. A word goes from where a reader could begin to the end of what is
/// written together, so that `O'Brien` is `obrien` and `brien`, and `山田太郎` is found by `太郎`.
pub fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = fold(name).chars().collect();
    let mut words = Vec::new();
    let mut run = Run::default();
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        if is_letter(letter) {
            run.push(letter, before);
        } else if letter == APOSTROPHE || is_hyphen(letter) || is_space_within(&letters, at) {
            run.joint = true;
        } else {
            run.end(&mut words);
        }
    }
    run.end(&mut words);
    words
}

/// What is sought by a text: somebody is found who has, for each of these, a word that begins so.
pub fn beginnings(text: &str) -> Vec<String> {
    fold(text)
        .replace(APOSTROPHE, "")
        .split(|c| !is_letter(c))
        .filter(|word| !word.is_empty())
        .map(jamo)
        .collect()
}

/// What [`fold`] leaves of everything that is typed for an apostrophe.
const APOSTROPHE: char = '\'';

/// Letters that are written together, and where words begin within them.
#[derive(Default)]
struct Run {
    letters: String,
    starts: Vec<usize>,
    /// Whether a hyphen, an apostrophe or the like came last.
    joint: bool,
}

impl Run {
    fn push(&mut self, letter: char, before: Option<char>) {
        let is_syllable = is_unspaced(letter) || before.is_some_and(is_unspaced);
        let begins = self.joint || (is_syllable && !continues(letter));
        if self.letters.is_empty() || (begins && self.starts.len() < MOST_STARTS) {
            self.starts.push(self.letters.len());
        }
        self.letters.push(letter);
        self.joint = false;
    }

    fn end(&mut self, words: &mut Vec<String>) {
        let Self { letters, starts, .. } = std::mem::take(self);
        words.extend(starts.into_iter().map(|start| jamo(&letters[start..])));
    }
}

/// Letters, digits, what belongs to them, and the underscore of usernames.
fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || is_mark(c) || c == '_'
}

/// Joins two words that are also one.
const fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '‐' | '־' | '·' | '・')
}

/// Continues a syllable and begins none: a mark, or the long vowel of Japanese.
fn continues(c: char) -> bool {
    is_mark(c) || c == 'ー'
}

/// Of a script that is written without spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(
        script(c),
        Script::Han
            | Script::Hiragana
            | Script::Katakana
            | Script::Bopomofo
            | Script::Hangul
            | Script::Thai
            | Script::Lao
            | Script::Khmer
            | Script::Myanmar
    )
}

/// A space between two words that others write without: `山田 太郎` is `山田太郎`, too.
fn is_space_within(letters: &[char], at: usize) -> bool {
    let around = || Some((letters[at.checked_sub(1)?], *letters.get(at + 1)?));
    letters[at] == ' '
        && around()
            .is_some_and(|(before, after)| (is_unspaced(before) || continues(before)) && is_unspaced(after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[derive(Deserialize)]
    struct Vectors {
        version: u32,
        words: Vec<(String, Vec<String>)>,
        beginnings: Vec<(String, Vec<String>)>,
        found: Vec<(Vec<Option<String>>, String, bool)>,
    }

    fn vectors() -> Vectors {
        serde_json::from_str(include_str!("../../tests/words.json")).unwrap()
    }

    /// The vectors are written to be read: syllables as one has them on the keyboard.
    fn spelled(words: &[String]) -> Vec<String> {
        words.iter().map(|word| jamo(word)).collect()
    }

    fn is_found(names: &[Option<String>], text: &str) -> bool {
        let words: Vec<String> = names.iter().flatten().flat_map(|name| words(name)).collect();
        beginnings(text)
            .iter()
            .all(|beginning| words.iter().any(|word| word.starts_with(beginning)))
    }

    #[test]
    fn names_are_spelled_as_the_web_client_spells_them() {
        for (name, expected) in vectors().words {
            assert_eq!(words(&name), spelled(&expected), "{name}");
        }
        for (text, expected) in vectors().beginnings {
            assert_eq!(beginnings(&text), spelled(&expected), "{text}");
        }
    }

    #[test]
    fn a_person_is_found_by_the_beginning_of_any_word_in_any_spelling() {
        for (names, text, found) in vectors().found {
            assert_eq!(is_found(&names, &text), found, "{names:?} by {text:?}");
        }
    }

    /// Names in another spelling are found only where their words are stored in it.
    #[test]
    fn another_spelling_is_another_version_of_the_read_model() {
        assert_eq!(vectors().version, crate::profiles::PROJECTION.version);
    }

    #[test]
    fn a_name_has_no_more_words_than_characters() {
        assert_eq!(words(&"㍿".repeat(50)).len(), 50);
        assert_eq!(words(&"a-".repeat(500)).len(), 50);
    }

    /// Characters of the scripts that are treated in some way of their own, and any others.
    fn names() -> impl Strategy<Value = String> {
        let chars = prop_oneof![
            proptest::char::any(),
            proptest::char::range(' ', '\u{52f}'),
            proptest::char::range('\u{590}', '\u{9ff}'),
            proptest::char::range('\u{1100}', '\u{11ff}'),
            proptest::char::range('\u{2000}', '\u{206f}'),
            proptest::char::range('\u{3000}', '\u{30ff}'),
            proptest::char::range('\u{ac00}', '\u{d7ff}'),
            proptest::char::range('\u{fb00}', '\u{ffef}'),
            prop::sample::select(
                "' -’\u{301}\u{308}\u{306}\u{93c}\u{200d}\u{3099}"
                    .chars()
                    .collect::<Vec<_>>()
            ),
        ];
        prop::collection::vec(chars, 0..30).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn a_word_stays_as_it_is(name in names()) {
            for word in words(&name) {
                prop_assert_eq!(&words(&word)[0], &word);
                prop_assert_eq!(beginnings(&word), vec![word]);
            }
        }

        #[test]
        fn everybody_is_found_by_their_own_name(name in names()) {
            prop_assert!(is_found(&[Some(name.clone())], &name));
        }

        /// But for the iota below Greek letters, which is one beside them in capitals, and nothing to who searches.
        #[test]
        fn case_makes_no_difference(name in names()) {
            prop_assume!(!name.nfd().any(|c| c == '\u{345}'));
            prop_assert!(is_found(&[Some(name.to_uppercase())], &name));
            prop_assert!(is_found(&[Some(name.clone())], &name.to_lowercase()));
        }
    }
}
