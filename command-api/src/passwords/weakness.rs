//! Passwords that are guessed first: those that everybody uses, those that name their owner, and those that say nothing.

use std::sync::LazyLock;

use super::opaque::opaque;

/// What is appended or prepended to a word doesn't make it a password: up to so many digits and signs.
const DECORATION: usize = 4;
/// A person's word with fewer letters is no word to look for.
const LEAST_LETTERS: usize = 3;
/// Where what stands between and around a person's words is as long as this, it is a password by itself.
const LEAST_PASSWORD: usize = 8;
/// The product's own name, which is the first idea of many.
const PRODUCT: &str = "echo";

/// Common passwords in lower case, sorted; `assets/common-passwords/README.md` tells where they are from.
static COMMON: LazyLock<Vec<&str>> = LazyLock::new(|| {
    include_str!("../../assets/common-passwords/list.txt")
        .lines()
        .collect()
});

/// Why a password is too easy to guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// It has one character, however often, or none that can be seen.
    Uniform,
    /// Many people use it.
    Common,
    /// It is the owner's name or address, or Echo's.
    Personal,
}

impl Weakness {
    /// The code of the field's error.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Uniform => "too-simple",
            Self::Common => "too-common",
            Self::Personal => "too-personal",
        }
    }

    /// The same for a human.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Uniform => "A password has more than one character repeated.",
            Self::Common => {
                "Many people use this password, so it is tried first; choose one that nobody would guess."
            }
            Self::Personal => {
                "This is too close to your name, your address or the name of Echo; choose one that nobody would guess."
            }
        }
    }
}

/// What makes `password` easy to guess for anybody who knows the `own` words of its owner: username, address, names.
pub(crate) fn weakness(password: &str, own: &[&str]) -> Option<Weakness> {
    let password = opaque(password).to_lowercase();
    if is_uniform(&password) {
        Some(Weakness::Uniform)
    } else if is_personal(&password, own) {
        Some(Weakness::Personal)
    } else if is_common(&password) {
        Some(Weakness::Common)
    } else {
        None
    }
}

fn is_uniform(password: &str) -> bool {
    let mut visible = password.chars().filter(|c| !is_blank(*c));
    let first = visible.next();
    visible.all(|c| Some(c) == first)
}

/// A character that shows nothing.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
                | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
        )
}

fn is_common(password: &str) -> bool {
    let listed = |word: &str| COMMON.binary_search(&word).is_ok();
    let heart = password.trim_matches(|c: char| !c.is_alphabetic());
    let decoration = password.chars().count() - heart.chars().count();
    listed(password) || (decoration <= DECORATION && listed(heart))
}

/// Whether the password is made of the person's words alone, whatever digits and signs stand between and around them.
fn is_personal(password: &str, own: &[&str]) -> bool {
    let own: Vec<String> = own.iter().map(|word| opaque(word).to_lowercase()).collect();
    let words = words_of(&own);
    // Also without what the person's words have besides letters: the digits of a username.
    let rest = own
        .iter()
        .filter(|word| word.chars().count() >= LEAST_LETTERS)
        .fold(password.to_owned(), |rest, word| rest.replace(word, ""));
    (rest != password && is_decoration(&rest, &words))
        || (password.contains(char::is_alphabetic) && is_decoration(password, &words))
}

/// Whether nothing in `text` but `words` and a little around them would have to be guessed.
fn is_decoration(text: &str, words: &[String]) -> bool {
    let letters = letters_of(text);
    let others = text.chars().count() - letters.chars().count();
    others < LEAST_PASSWORD && is_made_of(&letters, words)
}

/// The letters of each word, of its parts, and of what stands before the `@` of an address.
fn words_of(own: &[String]) -> Vec<String> {
    let names = own.iter().map(String::as_str).chain([PRODUCT]);
    names
        .flat_map(|name| {
            let local = name.split_once('@').map(|(local, _)| local);
            let parts = local.unwrap_or(name).split(|c: char| !c.is_alphabetic());
            [Some(name), local].into_iter().flatten().chain(parts)
        })
        .map(letters_of)
        .filter(|word| word.chars().count() >= LEAST_LETTERS)
        .collect()
}

fn letters_of(text: &str) -> String {
    text.chars().filter(|c| c.is_alphabetic()).collect()
}

/// Whether `text` is some of `words` one after another. Looks at each place once, however the words overlap.
fn is_made_of(text: &str, words: &[String]) -> bool {
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for from in 0..text.len() {
        if reached[from] {
            let rest = &text.as_bytes()[from..];
            for word in words.iter().filter(|word| rest.starts_with(word.as_bytes())) {
                reached[from + word.len()] = true;
            }
        }
    }
    reached[text.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    const OWN: [&str; 4] = [
        "ann_b77",
        "Ann.Berger+echo@example.org",
        "Ann Berger",
        "月野うさぎ",
    ];

    #[rstest]
    #[case::common("password", Weakness::Common)]
    #[case::digits("12345678", Weakness::Common)]
    #[case::row_of_keys("qwertyuiop", Weakness::Common)]
    #[case::in_any_case("PassWord", Weakness::Common)]
    #[case::with_a_year("dragon1987", Weakness::Common)]
    #[case::with_signs("!!monkey!!", Weakness::Common)]
    #[case::one_letter("aaaaaaaa", Weakness::Uniform)]
    #[case::one_letter_in_two_cases("aAaAaAaA", Weakness::Uniform)]
    #[case::spaces("        ", Weakness::Uniform)]
    #[case::zero_width(
        "\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}",
        Weakness::Uniform
    )]
    #[case::one_letter_among_blanks("a\u{3000}a\u{2800}a\u{200b}a a", Weakness::Uniform)]
    #[case::username("ann_b77", Weakness::Personal)]
    #[case::username_with_digits("Ann_b7712345", Weakness::Personal)]
    #[case::address("ann.berger+echo@example.org", Weakness::Personal)]
    #[case::local_part("ann.berger", Weakness::Personal)]
    #[case::display_name("Ann Berger!", Weakness::Personal)]
    #[case::names_turned_round("BergerAnn2026", Weakness::Personal)]
    #[case::one_name_twice("bergerberger", Weakness::Personal)]
    #[case::display_name_of_another_script("月野うさぎ123", Weakness::Personal)]
    #[case::product("Echo1234", Weakness::Personal)]
    #[case::product_twice("echo-echo", Weakness::Personal)]
    #[case::name_and_product("ann@echo!", Weakness::Personal)]
    fn guessable_password_is_refused(#[case] password: &str, #[case] why: Weakness) {
        assert_eq!(weakness(password, &OWN), Some(why), "{password}");
    }

    #[rstest]
    #[case("correct horse")]
    #[case("battery staple")]
    #[case("annual leave")]
    #[case("hamburger hill")]
    #[case("Ann 83746152")]
    #[case("dragon83746")]
    #[case("ein Schiff wird kommen")]
    #[case("正しい馬の電池")]
    #[case("👩‍👩‍👧‍👦🐎🔋🖇️")]
    fn password_that_nobody_guesses_is_taken(#[case] password: &str) {
        assert_eq!(weakness(password, &OWN), None, "{password}");
    }

    #[test]
    fn list_is_long_and_as_the_search_needs_it() {
        assert!(COMMON.iter().filter(|word| word.chars().count() >= 8).count() >= 10_000);
        assert!(COMMON.is_sorted());
        for word in COMMON.iter() {
            assert_eq!(opaque(word).to_lowercase(), **word);
            assert!(is_common(word));
        }
    }

    #[test]
    fn words_that_overlap_take_no_longer() {
        let words = ["aaa", "aaaa", "aaaaa"].map(str::to_owned);
        assert!(!is_made_of(&format!("{}b", "a".repeat(127)), &words));
        assert!(is_made_of(&"a".repeat(127), &words));
    }

    proptest! {
        #[test]
        fn every_password_is_judged(password in any::<String>(), own in prop::collection::vec(any::<String>(), 0..4)) {
            let own: Vec<&str> = own.iter().map(String::as_str).collect();
            let judged = weakness(&password, &own);
            prop_assert_eq!(weakness(&password, &own), judged);
        }
    }
}
