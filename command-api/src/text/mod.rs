//! What there is to see in a text, by the properties that Unicode gives to characters.

use icu_properties::props::{
    DefaultIgnorableCodePoint, GeneralCategory, NoncharacterCodePoint, PrependedConcatenationMark,
};
use icu_properties::{CodePointMapData, CodePointSetData};

pub(crate) mod names;

/// A text with the line ends of Windows and old Macs as newlines.
pub(crate) fn with_newlines(text: String) -> String {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text
    }
}

/// Whether a reader sees nothing of a text: there is nothing in it but blanks and what is invisible.
pub(crate) fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_whitespace() || c.is_control() || is_hidden(c))
}

/// Neither a mark on the screen nor a blank, in itself: joiners, fillers, directions, tags, selectors of variants. What is
/// unassigned or of private use isn't among them: it shows at least a box, and may be a letter of next year.
pub(crate) fn is_hidden(c: char) -> bool {
    // Characters of symbols and marks by their category that are empty by their name: the Braille pattern without
    // dots, the filler of Khitan, the null notehead.
    const EMPTY: [char; 3] = ['\u{2800}', '\u{16fe4}', '\u{1d159}'];
    if c.is_ascii() {
        return false;
    }
    let is_format = || {
        CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::Format
            // Signs of numbers, years and verses.
            && !CodePointSetData::new::<PrependedConcatenationMark>().contains(c)
    };
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || CodePointSetData::new::<NoncharacterCodePoint>().contains(c)
        || EMPTY.contains(&c)
        || is_format()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn line_ends_of_any_system_are_newlines() {
        for (text, expected) in [
            ("a\r\nb\rc\nd", "a\nb\nc\nd"),
            ("\r\n\r\n", "\n\n"),
            ("\n\r", "\n\n"),
            ("\r\r\n", "\n\n"),
            ("a\u{2028}b\u{2029}c\u{85}d", "a\u{2028}b\u{2029}c\u{85}d"),
        ] {
            assert_eq!(with_newlines(text.to_owned()), expected, "{text:?}");
        }
    }

    #[test]
    fn what_shows_nothing_is_blank() {
        for c in "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{17b5}\u{180b}\u{180e}\u{180f}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\
                  \u{202a}\u{202e}\u{2060}\u{2064}\u{2065}\u{2066}\u{2069}\u{206f}\u{2800}\u{3164}\u{fe00}\u{fe0f}\u{feff}\u{ffa0}\
                  \u{fff0}\u{fff9}\u{fffb}\u{fffe}\u{fdd0}\u{13430}\u{16fe4}\u{1bca0}\u{1d159}\u{1d173}\u{e0001}\u{e0020}\u{e007f}\
                  \u{e0100}\u{e01ef}\u{e0fff} \u{a0}\u{2003}\u{3000}\u{2028}\u{85}\0"
            .chars()
        {
            assert!(is_blank(&format!("{c} {c}")), "{c:?}");
            assert!(!is_blank(&format!("{c}a")), "{c:?}");
        }
        assert!(is_blank(""));
    }

    #[test]
    fn what_shows_something_is_not() {
        for text in [
            "a",
            ".",
            "😀",
            "👩‍🚀",
            "\u{301}",
            "ー",
            "ㅤ가",
            "\u{600}",
            "\u{e000}",
            "\u{378}",
            "⠁",
            "क्\u{200d}",
            "\u{fffd}",
            "\u{fffc}",
        ] {
            assert!(!is_blank(text), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn newlines_are_made_alike_once_and_nothing_else_is_touched(text in "[a\r\n\u{2028}\u{85}😀]{0,20}") {
            let once = with_newlines(text.clone());
            prop_assert!(!once.contains('\r'));
            prop_assert_eq!(with_newlines(once.clone()), once.clone());
            let others = |text: &str| text.replace(['\r', '\n'], "");
            prop_assert_eq!(others(&once), others(&text));
            prop_assert_eq!(once.lines().count(), text.replace("\r\n", "\n").replace('\r', "\n").lines().count());
        }

        #[test]
        fn a_visible_character_makes_any_text_visible(text in any::<String>(), seen in "[a-zà-ÿа-яא-ת一-龠]") {
            let visible = text + &seen;
            prop_assert!(!is_blank(&visible));
        }
    }
}
