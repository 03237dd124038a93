//! What the fields of a body must look like. Every field at fault is told, not just the first.
//!
//! Lengths count Unicode scalar values.

use platform::Problem;
use platform::problem::FieldError;
use uuid::Uuid;

use crate::email::{self, Email};
use crate::passwords;
use crate::text::names::{self, Fault};
use crate::text::{is_blank, with_newlines};

/// The limits of the contract.
pub(crate) mod limits {
    /// Characters of a username.
    pub(crate) const USERNAME: std::ops::RangeInclusive<usize> = 3..=30;
    /// Characters of a password.
    pub(crate) const PASSWORD: std::ops::RangeInclusive<usize> = 8..=128;
    /// Characters of a display name.
    pub(crate) const DISPLAY_NAME: usize = 50;
    /// Characters of what a person tells of themselves.
    pub(crate) const BIO: usize = 300;
    /// Characters of where a person lives.
    pub(crate) const LOCATION: usize = 100;
    /// Characters of a person's link.
    pub(crate) const WEBSITE: usize = 200;
    /// Blocks of a post.
    pub(crate) const BLOCKS: usize = 20;
    /// Characters of a text block.
    pub(crate) const BLOCK_TEXT: usize = 5_000;
    /// Characters of all text blocks of a post together.
    pub(crate) const POST_TEXT: usize = 20_000;
    /// Characters of a description of an image.
    pub(crate) const ALT: usize = 1_000;
    /// Characters of a message.
    pub(crate) const MESSAGE: usize = 4_000;
    /// Images of a message.
    pub(crate) const MESSAGE_MEDIA: usize = 10;
    /// Characters of a comment.
    pub(crate) const COMMENT: usize = 2_000;
    /// Characters of what a person adds to a report.
    pub(crate) const NOTE: usize = 1_000;
}

/// Collects what is wrong with a body.
#[derive(Debug, Default)]
pub(crate) struct Checks(Vec<FieldError>);

/// How many lines a text may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    /// A name or the like: no line breaks, no tabs, and nothing that isn't what it seems.
    One,
    /// Newline and tab are text; whatever can be printed is kept as it is.
    Many,
}

impl Checks {
    /// Nothing wrong so far.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Notes that `field` is wrong.
    pub(crate) fn fail(&mut self, field: impl Into<String>, code: &'static str, message: impl Into<String>) {
        self.0.push(FieldError::new(field, code, message));
    }

    /// The problem, if anything was wrong.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Problem::validation(self.0))
        }
    }

    /// A text with something in it, of at most `most` characters; returns it as it is to be kept.
    pub(crate) fn text(&mut self, field: &str, text: String, most: usize, lines: Lines) -> String {
        if text.trim().is_empty() {
            self.fail(field, "required", "This may not be empty.");
        }
        self.optional_text(field, text, most, lines)
    }

    /// A text that may be empty, of at most `most` characters; returns it as it is to be kept, its line ends as newlines.
    /// Every text that is kept comes through here.
    pub(crate) fn optional_text(&mut self, field: &str, text: String, most: usize, lines: Lines) -> String {
        let text = with_newlines(text);
        self.length(field, &text, most);
        self.characters(field, &text, lines);
        if !text.trim().is_empty() && is_blank(&text) {
            self.fail(field, "blank", "This has only characters that can't be seen.");
        } else if lines == Lines::One {
            self.name(field, &text);
        }
        text
    }

    fn name(&mut self, field: &str, text: &str) {
        match names::fault(text) {
            Some(Fault::Invisible) => self.fail(
                field,
                "invisible-character",
                "This has a character that can't be seen or changes the direction of text.",
            ),
            Some(Fault::Marks) => self.fail(
                field,
                "too-many-marks",
                "This has too many accents on one letter.",
            ),
            None => {}
        }
    }

    /// A text of which only its being there is checked.
    pub(crate) fn present(&mut self, field: &str, text: &str) {
        if text.is_empty() {
            self.fail(field, "required", "This may not be empty.");
        }
    }

    /// A link to a page of the web, or nothing.
    pub(crate) fn website(&mut self, field: &str, text: String) -> String {
        let text = self.optional_text(field, text, limits::WEBSITE, Lines::One);
        let is_web = |url: url::Url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
        };
        // The parser forgives much; the text is shown and followed as it is, so it must be plain.
        let plain = !text.contains(|c: char| c.is_whitespace() || matches!(c, '\\' | '<' | '>' | '"'))
            && text.to_ascii_lowercase().starts_with("http")
            && text.contains("://");
        let good = text.is_empty() || (plain && url::Url::parse(&text).is_ok_and(is_web));
        if !good {
            self.fail(
                field,
                "invalid",
                "This is not an address that begins with http:// or https://.",
            );
        }
        text
    }

    fn length(&mut self, field: &str, text: &str, most: usize) {
        // A character has at most four bytes, so short texts needn't be counted.
        if text.len() > most && text.chars().count() > most {
            self.fail(
                field,
                "too-long",
                format!("This may have at most {most} characters."),
            );
        }
    }

    fn characters(&mut self, field: &str, text: &str, lines: Lines) {
        let allowed = |c: char| !c.is_control() || (lines == Lines::Many && matches!(c, '\n' | '\t'));
        if !text.chars().all(allowed) {
            self.fail(field, "control-character", "This contains a control character.");
        }
    }

    /// A username, in any case; returns it in lower case. No letters but those of ASCII have one.
    pub(crate) fn username(&mut self, field: &str, text: &str) -> String {
        let username = text.to_ascii_lowercase();
        let length = username.chars().count();
        if text.is_empty() {
            self.fail(field, "required", "This may not be empty.");
        } else if length < *limits::USERNAME.start() {
            self.fail(field, "too-short", "A username has at least 3 characters.");
        } else if length > *limits::USERNAME.end() {
            self.fail(field, "too-long", "A username has at most 30 characters.");
        }
        if !username
            .bytes()
            .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
        {
            self.fail(
                field,
                "invalid",
                "A username has only the letters a to z, digits and underscores.",
            );
        }
        username
    }

    /// A new password of somebody whose `own` words are known: username, address, display name. It is looked at in
    /// the form in which it will be compared.
    pub(crate) fn password(&mut self, field: &str, text: &str, own: &[&str]) {
        let password = passwords::opaque(text);
        let length = password.chars().count();
        if text.is_empty() {
            self.fail(field, "required", "This may not be empty.");
        } else if length < *limits::PASSWORD.start() {
            self.fail(field, "too-short", "A password has at least 8 characters.");
        } else if length > *limits::PASSWORD.end() {
            self.fail(field, "too-long", "A password has at most 128 characters.");
        } else if let Some(weakness) = passwords::weakness(&password, own) {
            self.fail(field, weakness.code(), weakness.message());
        }
        self.characters(field, &password, Lines::Many);
    }

    /// An address that mail could be sent to.
    pub(crate) fn email(&mut self, field: &str, text: &str) -> Email {
        if text.trim().is_empty() {
            self.fail(field, "required", "This may not be empty.");
            return Email::default();
        }
        Email::parse(text).unwrap_or_else(|fault| {
            match fault {
                email::Fault::Long => self.fail(
                    field,
                    "too-long",
                    "An email address has at most 254 characters, and at most 64 before the @.",
                ),
                email::Fault::Malformed => self.fail(field, "invalid", "This is not an email address."),
            }
            Email::default()
        })
    }

    /// An id; the nil id where it isn't one.
    pub(crate) fn id(&mut self, field: &str, text: &str) -> Uuid {
        if text.is_empty() {
            self.fail(field, "required", "This may not be empty.");
            return Uuid::nil();
        }
        // Other spellings of a UUID (braces, `urn:`, no hyphens) would be another text for the same id.
        let id = (text.len() == uuid::fmt::Hyphenated::LENGTH)
            .then(|| Uuid::try_parse(text).ok())
            .flatten();
        id.unwrap_or_else(|| {
            self.fail(field, "invalid", "This is not a UUID.");
            Uuid::nil()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn faults(check: impl FnOnce(&mut Checks)) -> Vec<(String, String)> {
        let mut checks = Checks::new();
        check(&mut checks);
        checks
            .0
            .into_iter()
            .map(|error| (error.field, error.code.into_owned()))
            .collect()
    }

    fn codes(check: impl FnOnce(&mut Checks)) -> Vec<String> {
        faults(check).into_iter().map(|(_, code)| code).collect()
    }

    fn of_text(text: &str, most: usize, lines: Lines) -> Vec<String> {
        codes(|checks| {
            checks.text("text", text.to_owned(), most, lines);
        })
    }

    fn of_optional(text: &str) -> Vec<String> {
        codes(|checks| {
            checks.optional_text("text", text.to_owned(), 10, Lines::Many);
        })
    }

    #[rstest]
    #[case("ann", &[])]
    #[case("ANN_2", &[])]
    #[case("an", &["too-short"])]
    #[case("", &["required"])]
    #[case(&"a".repeat(31), &["too-long"])]
    #[case("an n", &["invalid"])]
    #[case("änn", &["invalid"])]
    // The Kelvin sign, dotless and dotted i, long s: letters that become plain ones in another case.
    #[case("\u{212a}im", &["invalid"])]
    #[case("k\u{131}m", &["invalid"])]
    #[case("K\u{130}M", &["invalid"])]
    #[case("\u{17f}am", &["invalid"])]
    #[case("ｋｉｍ", &["invalid"])]
    #[case("ann\n", &["invalid"])]
    fn usernames_are_3_to_30_plain_characters(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(
            codes(|checks| {
                checks.username("username", text);
            }),
            expected
        );
    }

    #[test]
    fn usernames_and_addresses_are_lower_cased() {
        assert_eq!(Checks::new().username("username", "Ann"), "ann");
        let email = Checks::new().email("email", "Ann@Example.ORG");
        assert_eq!(email.to_string(), "ann@example.org");
    }

    #[rstest]
    #[case("ann@example.org", true)]
    #[case("a.b+c@sub.example.co", true)]
    #[case("ä@exämple.de", true)]
    #[case("", false)]
    #[case("ann", false)]
    #[case("@example.org", false)]
    #[case("ann@", false)]
    #[case("ann@localhost", false)]
    #[case("ann@exa mple.org", false)]
    #[case("an n@example.org", false)]
    #[case("ann@@example.org", false)]
    #[case("ann@-example.org", false)]
    #[case("ann@example..org", false)]
    #[case("a..b@example.org", false)]
    #[case("<ann@example.org>", false)]
    #[case("ann\u{0}@example.org", false)]
    fn addresses_look_like_addresses(#[case] text: &str, #[case] good: bool) {
        assert_eq!(
            codes(|checks| {
                checks.email("email", text);
            })
            .is_empty(),
            good
        );
    }

    #[rstest]
    #[case("", true)]
    #[case("https://example.org", true)]
    #[case("http://exämple.org/ann?x=1#y", true)]
    #[case("HTTPS://example.org", true)]
    #[case("example.org", false)]
    #[case("https://", false)]
    #[case("http:example.org", false)]
    #[case("ftp://example.org", false)]
    #[case("javascript:alert(1)", false)]
    #[case("https://ann:secret@example.org", false)]
    #[case("https://exam ple.org", false)]
    #[case("https:\\\\example.org", false)]
    fn websites_are_http_addresses(#[case] text: &str, #[case] good: bool) {
        assert_eq!(
            codes(|checks| {
                checks.website("website", text.to_owned());
            })
            .is_empty(),
            good
        );
    }

    #[test]
    fn lengths_count_characters_and_not_bytes() {
        assert!(of_text(&"😀".repeat(4_000), 4_000, Lines::Many).is_empty());
        assert_eq!(of_text(&"😀".repeat(4_001), 4_000, Lines::Many), ["too-long"]);
        // Line ends of Windows are one character.
        assert!(of_text(&"a\r\n".repeat(2_000), 4_000, Lines::Many).is_empty());
        assert_eq!(of_text(&"a\r\n".repeat(2_001), 4_000, Lines::Many), ["too-long"]);
        assert!(codes(|checks| checks.password("password", &"üo".repeat(64), &[])).is_empty());
        assert_eq!(
            codes(|checks| checks.password("password", &"ü".repeat(129), &[])),
            ["too-long"]
        );
        assert_eq!(
            codes(|checks| checks.password("password", "1234567", &[])),
            ["too-short"]
        );
        // In the form in which passwords are compared: `u` and its dots are one character.
        let decomposed = "u\u{308}o".repeat(64);
        assert!(codes(|checks| checks.password("password", &decomposed, &[])).is_empty());
        assert_eq!(
            codes(|checks| checks.password("password", "u\u{308}u\u{308}u\u{308}otto", &[])),
            ["too-short"]
        );
    }

    #[test]
    fn newline_and_tab_are_text_and_other_control_characters_are_not() {
        assert!(of_text("a\n\tb", 10, Lines::Many).is_empty());
        for c in ['\n', '\r', '\t', '\0'] {
            assert_eq!(of_text(&format!("a{c}b"), 10, Lines::One), ["control-character"]);
        }
        for c in ['\0', '\u{1b}', '\u{7f}', '\u{85}'] {
            assert_eq!(of_text(&format!("a{c}b"), 10, Lines::Many), ["control-character"]);
        }
    }

    #[test]
    fn line_ends_are_newlines_and_all_else_that_prints_is_kept() {
        let kept = |text: &str| Checks::new().optional_text("text", text.to_owned(), 100, Lines::Many);
        assert_eq!(kept("a\r\nb\rc\nd"), "a\nb\nc\nd");
        for text in [
            " a ",
            "e\u{301} é",
            "\u{202e}a",
            "a\u{2028}b\u{2029}c",
            "ﬁ \u{212b}",
            "a\u{ad}b",
            "\u{feff}a",
            "\u{e000}",
        ] {
            assert_eq!(kept(text), text);
            assert!(of_text(text, 10, Lines::Many).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn a_name_is_what_it_seems() {
        for (text, code) in [
            ("Mara\u{200b}", "invisible-character"),
            ("\u{202e}araM", "invisible-character"),
            ("Mara\u{2028}x", "invisible-character"),
            (&format!("M{}", "\u{301}".repeat(49)), "too-many-marks"),
            ("\u{3164}", "blank"),
        ] {
            assert_eq!(of_text(text, 60, Lines::One), [code], "{text:?}");
        }
    }

    #[test]
    fn blanks_are_nothing_and_what_cannot_be_seen_is_refused() {
        for text in ["", "  ", "\r\n\t ", "\u{2003}"] {
            assert_eq!(of_text(text, 10, Lines::Many), ["required"], "{text:?}");
            assert!(of_optional(text).is_empty(), "{text:?}");
        }
        for text in ["\u{200b}", " \u{2800}\n", "\u{feff}\u{202e}", "\u{e0041}"] {
            assert_eq!(of_text(text, 10, Lines::Many), ["blank"], "{text:?}");
            assert_eq!(of_optional(text), ["blank"], "{text:?}");
        }
    }

    #[test]
    fn an_id_has_one_spelling() {
        let id = Uuid::from_u128(7);
        assert_eq!(Checks::new().id("id", &id.to_string()), id);
        for text in [
            "x",
            &id.simple().to_string(),
            &id.urn().to_string(),
            &id.braced().to_string(),
        ] {
            assert_eq!(
                codes(|checks| {
                    checks.id("id", text);
                }),
                ["invalid"],
                "{text}"
            );
        }
        assert_eq!(
            codes(|checks| {
                checks.id("id", "");
            }),
            ["required"]
        );
    }

    #[test]
    fn every_field_at_fault_is_told() {
        let problem = {
            let mut checks = Checks::new();
            checks.username("username", "");
            checks.password("password", "short", &[]);
            checks.finish().unwrap_err()
        };
        let fields: Vec<&str> = problem
            .details()
            .errors
            .iter()
            .map(|error| error.field.as_str())
            .collect();
        assert_eq!(fields, ["username", "password"]);
    }
}
