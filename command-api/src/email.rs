//! Addresses of mail, in one spelling each: whichever way a domain is typed, by letters of any script or by its code
//! (`xn--…`), in capitals, with a dot at its end, it is the same by UTS 46.

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;

use crate::text;

/// Bytes of an address, its domain by its code, and of what stands before the `@`, by RFC 5321 and 6531.
const MOST_BYTES: usize = 254;
const MOST_LOCAL_BYTES: usize = 64;

/// An address that mail could be sent to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Email {
    local: String,
    /// By letters.
    domain: String,
    /// By codes.
    ascii_domain: String,
    /// As it was typed, in lower case: the one spelling of an address until domains were compared.
    typed: String,
}

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is too long to be one.
    Long,
    /// It is none.
    Malformed,
}

impl Email {
    /// Reads an address; blanks around it don't count. Enough to catch slips: mail tells whether it arrives.
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let typed = text.trim().to_lowercase();
        // Before anything else is done with it, since that may take long.
        if typed.chars().count() > MOST_BYTES {
            return Err(Fault::Long);
        }
        let (local, domain) = typed.rsplit_once('@').ok_or(Fault::Malformed)?;
        let local: String = local.nfc().collect();
        let ascii_domain = ascii(domain).ok_or(Fault::Malformed)?;
        if !is_local(&local) || !ascii_domain.contains('.') {
            return Err(Fault::Malformed);
        }
        if local.len() > MOST_LOCAL_BYTES || local.len() + 1 + ascii_domain.len() > MOST_BYTES {
            return Err(Fault::Long);
        }
        let (domain, _) = Uts46::new().to_unicode(ascii_domain.as_bytes(), DENIED, HYPHENS);
        Ok(Self {
            local,
            domain: domain.into_owned(),
            ascii_domain,
            typed,
        })
    }

    /// The spelling under which an address is kept and claimed: of any spelling of one, and of what is none as it was
    /// kept before.
    pub(crate) fn canonical(text: &str) -> String {
        Self::parse(text).map_or_else(|_| text.trim().to_lowercase(), |email| email.to_string())
    }

    /// The spelling under which it is claimed, and after it those under which it may have been claimed when domains
    /// weren't compared.
    pub(crate) fn spellings(&self) -> Vec<String> {
        let canonical = self.to_string();
        let decomposed: String = self.local.nfd().collect();
        let others = [
            self.typed.clone(),
            format!("{}@{}", self.local, self.ascii_domain),
            format!("{decomposed}@{}", self.domain),
            format!("{decomposed}@{}", self.ascii_domain),
        ];
        let mut spellings = vec![canonical];
        for other in others {
            if !spellings.contains(&other) {
                spellings.push(other);
            }
        }
        spellings
    }

    /// The address as every mail server takes it: with its domain by its code.
    pub(crate) fn for_mail(text: &str) -> String {
        Self::parse(text).map_or_else(
            |_| text.to_owned(),
            |email| format!("{}@{}", email.local, email.ascii_domain),
        )
    }
}

impl std::fmt::Display for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}

const DENIED: AsciiDenyList = AsciiDenyList::STD3;
const HYPHENS: Hyphens = Hyphens::CheckFirstLast;

/// The code of a domain.
fn ascii(domain: &str) -> Option<String> {
    let ascii = Uts46::new().to_ascii(domain.as_bytes(), DENIED, HYPHENS, DnsLength::VerifyAllowRootDot);
    let ascii = ascii.ok()?;
    Some(ascii.strip_suffix('.').unwrap_or(&ascii).to_owned())
}

fn is_local(text: &str) -> bool {
    const SPECIAL: &str = "@\",;:<>()[]\\";
    let plain =
        |c: char| !c.is_control() && !c.is_whitespace() && !SPECIAL.contains(c) && !text::is_hidden(c);
    !text.is_empty()
        && text.chars().all(plain)
        && !text.starts_with('.')
        && !text.ends_with('.')
        && !text.contains("..")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::capitals("Ann@Example.ORG", "ann@example.org")]
    #[case::blanks(" ann@example.org\n", "ann@example.org")]
    #[case::root("ann@example.org.", "ann@example.org")]
    #[case::umlaut("ann@EXÄMPLE.de", "ann@exämple.de")]
    #[case::decomposed("ann@exa\u{308}mple.de", "ann@exämple.de")]
    #[case::code("ann@xn--exmple-cua.de", "ann@exämple.de")]
    #[case::code_in_capitals("ann@XN--EXMPLE-CUA.DE", "ann@exämple.de")]
    #[case::sharp_s("ann@straße.de", "ann@straße.de")]
    #[case::full_width("ann@ｅｘａｍｐｌｅ.org", "ann@example.org")]
    #[case::full_stop_of_japanese("ann@例え。テスト", "ann@例え.テスト")]
    #[case::hindi("ann@डेटामेल.भारत", "ann@डेटामेल.भारत")]
    #[case::thai("ann@คน.ไทย", "ann@คน.ไทย")]
    #[case::arabic("ann@موقع.وزارة-الاتصالات.مصر", "ann@موقع.وزارة-الاتصالات.مصر")]
    #[case::marks_before_the_sign("क्षि@उदाहरण.भारत", "क्षि@उदाहरण.भारत")]
    #[case::decomposed_local("a\u{308}nn@example.org", "änn@example.org")]
    fn an_address_has_one_spelling(#[case] text: &str, #[case] canonical: &str) {
        assert_eq!(Email::parse(text).unwrap().to_string(), canonical);
        assert_eq!(Email::canonical(text), canonical);
    }

    #[rstest]
    #[case::override_of_direction("ann\u{202e}@example.org")]
    #[case::space_of_no_width("an\u{200b}n@example.org")]
    #[case::joiner("ann\u{200d}@example.org")]
    #[case::override_in_the_domain("ann@exam\u{202e}ple.org")]
    #[case::joiner_in_the_domain("ann@exa\u{200d}mple.org")]
    #[case::mark_first("ann@\u{301}a.org")]
    #[case::underscore("ann@exa_mple.org")]
    #[case::wrong_code("ann@xn--a.org")]
    #[case::mixed_directions("ann@aא.org")]
    #[case::nothing("@")]
    #[case::dots("ann@..")]
    #[case::two_root_dots("ann@example.org..")]
    fn what_is_no_address_by_the_rules_is_refused(#[case] text: &str) {
        assert_eq!(Email::parse(text), Err(Fault::Malformed));
    }

    #[test]
    fn addresses_are_as_long_as_mail_takes_them() {
        let local = |n: usize| format!("{}@example.org", "a".repeat(n));
        assert!(Email::parse(&local(64)).is_ok());
        assert_eq!(Email::parse(&local(65)), Err(Fault::Long));
        assert_eq!(Email::parse(&"ä".repeat(500)), Err(Fault::Long));
        // What counts is the code of the domain.
        let domain = |n: usize| format!("a@{}.org", vec!["ä".repeat(30); n].join("."));
        assert!(Email::parse(&domain(5)).is_ok());
        assert_eq!(Email::parse(&domain(7)), Err(Fault::Malformed));
    }

    #[test]
    fn the_spellings_of_before_are_known() {
        let email = Email::parse("Änn@XN--EXMPLE-CUA.de").unwrap();
        assert_eq!(
            email.spellings(),
            [
                "änn@exämple.de",
                "änn@xn--exmple-cua.de",
                "a\u{308}nn@exämple.de",
                "a\u{308}nn@xn--exmple-cua.de"
            ]
        );
        assert_eq!(
            Email::parse("ann@Example.org").unwrap().spellings(),
            ["ann@example.org"]
        );
    }

    #[test]
    fn mail_goes_to_the_code_of_a_domain() {
        assert_eq!(Email::for_mail("ann@exämple.de"), "ann@xn--exmple-cua.de");
        assert_eq!(Email::for_mail("ann@example.org"), "ann@example.org");
    }

    proptest! {
        #[test]
        fn a_spelling_is_a_spelling_of_itself(
            local in "[a-zA-ZäÄßİıſΣς\u{308}\u{301}क\u{93f}.+]{1,10}",
            label in "[a-zA-Z0-9äÄßİıſΣςK\u{308}क\u{93f}-]{1,10}",
            top in "(org|ORG|भारत|रত|de\\.)",
        ) {
            let text = format!("{local}@{label}.{top}");
            if let Ok(email) = Email::parse(&text) {
                for spelling in email.spellings() {
                    let again = Email::parse(&spelling).map(|email| email.to_string());
                    prop_assert_eq!(again, Ok(email.to_string()), "{}", spelling);
                }
            }
        }

        #[test]
        fn any_text_is_read(text in any::<String>()) {
            let canonical = Email::canonical(&text);
            prop_assert_eq!(Email::canonical(&canonical), canonical);
        }
    }
}
