//! Names that are what they seem: without characters that can't be seen or that turn the direction of what stands
//! around them, and without towers of marks.
//!
//! Some invisible characters are part of how a script or an emoji is written. They stay where they are needed: joiners
//! between letters that join, at a sign that ligates consonants and within an emoji; selectors after what has variants.

use icu_properties::props::{
    CanonicalCombiningClass, Emoji, EmojiModifier, ExtendedPictographic, GeneralCategory,
    GeneralCategoryGroup, Ideographic, JoiningType, Script,
};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;

/// The most accents on one letter: Vietnamese has two, transliterations have three.
const MOST_ACCENTS: usize = 4;
/// The most marks of any kind in a row. Syllables of Burmese and Tibetan come to six or seven.
const MOST_MARKS: usize = 8;

const ZERO_WIDTH_SPACE: char = '\u{200b}';
const NON_JOINER: char = '\u{200c}';
const JOINER: char = '\u{200d}';
const EMOJI_STYLE: char = '\u{fe0f}';
const EMPTY_BRAILLE: char = '\u{2800}';
const TAGS: std::ops::RangeInclusive<char> = '\u{e0020}'..='\u{e007f}';
const END_OF_TAGS: char = '\u{e007f}';

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It has a character that can't be seen, or changes the direction of text, or means nothing but by agreement.
    Invisible,
    /// It has more marks on one letter than any script needs.
    Marks,
}

/// What is wrong with a name, if anything is. Control characters are another's business.
pub(crate) fn fault(name: &str) -> Option<Fault> {
    if name.is_ascii() {
        return None;
    }
    let chars: Vec<char> = name.chars().collect();
    if (0..chars.len()).any(|at| is_unwanted(chars[at]) && !is_needed(&chars, at)) {
        Some(Fault::Invisible)
    } else if is_tower(name) {
        Some(Fault::Marks)
    } else {
        None
    }
}

fn is_unwanted(c: char) -> bool {
    super::is_hidden(c)
        || matches!(
            category(c),
            GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
                | GeneralCategory::PrivateUse
        )
}

/// Whether an invisible character stands where the script or the emoji is written with it.
fn is_needed(chars: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| chars[before]);
    let after = chars.get(at + 1).copied();
    let both = |is: fn(char) -> bool| before.is_some_and(is) && after.is_some_and(is);
    match chars[at] {
        NON_JOINER => is_between_joining_letters(chars, at) || is_at_virama(before, after),
        JOINER => {
            is_between_joining_letters(chars, at) || is_at_virama(before, after) || is_within_emoji(chars, at)
        }
        ZERO_WIDTH_SPACE => both(is_unspaced),
        EMPTY_BRAILLE => both(|c| script(c) == Script::Braille),
        '\u{fe0e}' | EMOJI_STYLE => before.is_some_and(|c| CodePointSetData::new::<Emoji>().contains(c)),
        '\u{fe00}'..='\u{fe02}' | '\u{e0100}'..='\u{e01ef}' => {
            before.is_some_and(|c| CodePointSetData::new::<Ideographic>().contains(c))
        }
        '\u{180b}'..='\u{180f}' => before.is_some_and(|c| script(c) == Script::Mongolian),
        tag if TAGS.contains(&tag) => is_within_flag(chars, at),
        _ => false,
    }
}

/// Between letters of a script whose letters join, marks aside.
fn is_between_joining_letters(chars: &[char], at: usize) -> bool {
    let joining = |c: &char| CodePointMapData::<JoiningType>::new().get(*c);
    let is_letter = |kind: JoiningType| {
        matches!(
            kind,
            JoiningType::DualJoining | JoiningType::LeftJoining | JoiningType::RightJoining
        )
    };
    let next_letter = |mut around: Box<dyn Iterator<Item = &char> + '_>| {
        around
            .find(|c| joining(c) != JoiningType::Transparent)
            .is_some_and(|c| is_letter(joining(c)))
    };
    next_letter(Box::new(chars[..at].iter().rev())) && next_letter(Box::new(chars[at + 1..].iter()))
}

/// Beside the sign that takes a consonant's vowel away, where a joiner tells which form the cluster has.
fn is_at_virama(before: Option<char>, after: Option<char>) -> bool {
    let is_virama = |c: char| {
        CodePointMapData::<CanonicalCombiningClass>::new().get(c) == CanonicalCombiningClass::Virama
    };
    before.is_some_and(is_virama) || after.is_some_and(is_virama)
}

/// Between two pictures that are one together.
fn is_within_emoji(chars: &[char], at: usize) -> bool {
    let is_picture = |c: &char| CodePointSetData::new::<ExtendedPictographic>().contains(*c);
    let changes = |c: &&char| **c == EMOJI_STYLE || CodePointSetData::new::<EmojiModifier>().contains(**c);
    let before = chars[..at].iter().rev().find(|c| !changes(c));
    before.is_some_and(is_picture) && chars.get(at + 1).is_some_and(is_picture)
}

/// Within the flag of a part of a country: a black flag, its tags, and the end of them.
fn is_within_flag(chars: &[char], at: usize) -> bool {
    const MOST_TAGS: usize = 7;
    let is_tag = |c: &&char| TAGS.contains(*c);
    let before = chars[..at].iter().rev().take_while(is_tag).count();
    let from_here = chars[at..].iter().take_while(is_tag).count();
    let base = (at - before).checked_sub(1).map(|base| chars[base]);
    base == Some('🏴') && before + from_here <= MOST_TAGS && chars[at + from_here - 1] == END_OF_TAGS
}

/// Of a script that is written without spaces, in which an invisible one says where a line may break.
fn is_unspaced(c: char) -> bool {
    matches!(
        script(c),
        Script::Khmer | Script::Lao | Script::Myanmar | Script::Thai
    )
}

fn is_tower(name: &str) -> bool {
    let (mut accents, mut marks) = (0, 0);
    name.nfd().any(|c| {
        if GeneralCategoryGroup::Mark.contains(category(c)) {
            marks += 1;
            accents += usize::from(script(c) == Script::Inherited);
        } else {
            (accents, marks) = (0, 0);
        }
        accents > MOST_ACCENTS || marks > MOST_MARKS
    })
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

fn script(c: char) -> Script {
    CodePointMapData::<Script>::new().get(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::vietnamese("Nguyễn Thị Minh Khai")]
    #[case::decomposed("Nguye\u{302}\u{303}n")]
    #[case::apostrophe("Shane O’Brien")]
    #[case::japanese("山田　太郎")]
    #[case::variant_of_an_ideograph("葛\u{e0100}城")]
    #[case::persian("علی‌رضا")]
    #[case::after_a_letter_that_joins_to_the_right("کار\u{200c}ها")]
    #[case::between_marks("بِ\u{200c}بِ")]
    #[case::sinhala("ශ්\u{200d}රී")]
    #[case::bengali("র\u{200d}্য")]
    #[case::malayalam("അവന്\u{200d}")]
    #[case::khmer("សុខ\u{200b}ភាព")]
    #[case::mongolian("ᠠ\u{180b}")]
    #[case::burmese("မြွှောင့်")]
    #[case::tibetan("བསྒྲུབས")]
    #[case::hebrew("מֹשֶׁה")]
    #[case::arabic("مُحَمَّد")]
    #[case::families("👩‍👩‍👧‍👦 ❤️‍🔥 👩🏽‍🚀 🏳️‍⚧️ 1️⃣")]
    #[case::wales("🏴\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}")]
    #[case::braille("⠠⠁\u{2800}⠠⠃")]
    #[case::a_letter_of_next_year("\u{1fffd}a")]
    fn names_of_all_the_world_are_names(#[case] name: &str) {
        assert_eq!(fault(name), None, "{name:?}");
    }

    #[rstest]
    #[case::space_of_no_width("Mara\u{200b}")]
    #[case::space_of_no_width_within("Ma\u{200b}ra")]
    #[case::joiner("Ma\u{200d}ra")]
    #[case::non_joiner("Mara\u{200c}")]
    #[case::joiner_after_an_emoji("😀\u{200d}")]
    #[case::two_joiners("علی\u{200c}\u{200c}رضا")]
    #[case::override_of_direction("\u{202e}araM")]
    #[case::isolate("Mara \u{2066}x\u{2069}")]
    #[case::mark_of_direction("Mara\u{200e}")]
    #[case::soft_hyphen("Ma\u{ad}ra")]
    #[case::byte_order_mark("\u{feff}Mara")]
    #[case::filler("Mara\u{3164}")]
    #[case::narrow_filler("Mara\u{ffa0}")]
    #[case::empty_braille("Mara\u{2800}")]
    #[case::selector("Mara\u{fe0f}")]
    #[case::selector_of_ideographs("Mara\u{e0100}")]
    #[case::tags("Mara\u{e0061}\u{e007f}")]
    #[case::tags_without_end("🏴\u{e0067}\u{e0062}")]
    #[case::hidden_novel("🏴\u{e0061}\u{e0061}\u{e0061}\u{e0061}\u{e0061}\u{e0061}\u{e0061}\u{e007f}")]
    #[case::private("Mara \u{f8ff}")]
    #[case::line("Mara\u{2028}x")]
    fn what_cannot_be_seen_is_in_no_name(#[case] name: &str) {
        assert_eq!(fault(name), Some(Fault::Invisible), "{name:?}");
    }

    #[test]
    fn a_letter_bears_so_many_marks_and_no_more() {
        let with = |n: usize, mark: &str| format!("a{}b", mark.repeat(n));
        assert_eq!(fault(&with(MOST_ACCENTS, "\u{301}")), None);
        assert_eq!(fault(&with(MOST_ACCENTS + 1, "\u{301}")), Some(Fault::Marks));
        assert_eq!(fault(&with(49, "\u{20dd}")), Some(Fault::Marks));
        // An accent that is part of the letter counts, too.
        assert_eq!(fault(&format!("ế{}", "\u{301}".repeat(3))), Some(Fault::Marks));
        assert_eq!(fault(&with(MOST_MARKS, "\u{e31}")), None);
        assert_eq!(fault(&with(MOST_MARKS + 1, "\u{e31}")), Some(Fault::Marks));
    }

    proptest! {
        #[test]
        fn any_text_is_judged_and_a_good_name_shows_something(name in any::<String>()) {
            if fault(&name).is_none() && !name.trim().is_empty() && !name.chars().any(char::is_control) {
                prop_assert!(!super::super::is_blank(&name) || name.chars().all(char::is_whitespace));
            }
        }

        #[test]
        fn letters_alone_are_always_a_name(name in "\\p{L}{1,50}") {
            // Fillers are letters, too, by their category.
            prop_assume!(!name.chars().any(super::super::is_hidden));
            prop_assert_eq!(fault(&name), None);
        }

        #[test]
        fn what_turns_the_direction_is_never_in_a_name(
            before in any::<String>(),
            turn in "[\u{202a}-\u{202e}\u{2066}-\u{2069}\u{200e}\u{200f}\u{61c}]",
            after in any::<String>(),
        ) {
            prop_assert_eq!(fault(&format!("{before}{turn}{after}")), Some(Fault::Invisible));
        }
    }
}
