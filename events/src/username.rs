//! Usernames as people type them. A username is lower case, digits and underscores; nothing but a capital of ASCII is
//! another spelling of one.

/// The username that `text` stands for: without blanks around it and the `@` that pages show before it, in lower case.
/// What is no username stays none: no other letter folds to one of its.
pub fn typed(text: &str) -> String {
    let name = text.trim();
    name.strip_prefix('@').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_username_is_taken_as_pages_show_it_and_in_capitals() {
        for text in ["ann_1", "Ann_1", "@ann_1", " @ANN_1\u{a0}\n"] {
            assert_eq!(typed(text), "ann_1", "{text:?}");
        }
    }

    #[test]
    fn no_other_letter_is_a_spelling_of_a_plain_one() {
        for text in [
            "\u{212a}im",
            "k\u{131}m",
            "K\u{130}M",
            "ｋｉｍ",
            "kim\u{200b}",
            "@@kim",
            "k\u{17f}m",
        ] {
            assert!(!typed(text).bytes().all(|b| b.is_ascii_lowercase()), "{text:?}");
        }
    }
}
