//! Passwords as they are compared: by the profile `OpaqueString` of RFC 8265, so that the same password typed on two
//! keyboards is the same one.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The password with every space an ASCII one, in normalisation form C. Case and width stay as they are.
///
/// What else the profile says, which characters there may be at all, is for the rules of new passwords.
pub(crate) fn opaque(password: &str) -> Cow<'_, str> {
    if password.is_ascii() || (is_nfc(password) && !password.chars().any(is_other_space)) {
        return Cow::Borrowed(password);
    }
    let spaced = password.chars().map(|c| if is_other_space(c) { ' ' } else { c });
    Cow::Owned(spaced.nfc().collect())
}

/// A character of Unicode's category Zs other than the ASCII space.
fn is_other_space(c: char) -> bool {
    matches!(
        c,
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::plain("correct horse", "correct horse")]
    #[case::decomposed("Zu\u{308}rich am See", "Z\u{fc}rich am See")]
    #[case::hangul("\u{1112}\u{1161}\u{11ab}\u{ad6d}\u{c5b4}", "\u{d55c}\u{ad6d}\u{c5b4}")]
    #[case::no_break_space("correct\u{a0}horse", "correct horse")]
    #[case::ideographic_space("正しい\u{3000}馬", "正しい 馬")]
    #[case::case_and_width_stay("Ａbc", "Ａbc")]
    #[case::ligatures_stay("ﬁn", "ﬁn")]
    #[case::angstrom("\u{212b}", "\u{c5}")]
    fn one_password_has_one_form(#[case] typed: &str, #[case] compared: &str) {
        assert_eq!(opaque(typed), compared);
    }

    proptest! {
        #[test]
        fn form_of_a_form_is_itself(text in any::<String>()) {
            let once = opaque(&text).into_owned();
            prop_assert_eq!(opaque(&once), once.as_str());
        }
    }
}
