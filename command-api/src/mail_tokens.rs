//! The tokens in mails: bound to an account, a purpose, a time and what they rest on, and never stored.
//!
//! What a token rests on goes into its code but isn't in it: once the password or the address is another one, or
//! every session was ended, the code is wrong. So each token works once.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use events::AccountId;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use platform::config::Key;
use secrecy::zeroize::Zeroizing;
use sha2::Sha256;
use uuid::Uuid;

/// The account, the time and the code, before the address.
const FIXED: usize = 16 + 8 + 32;

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Setting another password.
    PasswordReset,
    /// Taking another address.
    EmailChange,
}

impl Purpose {
    fn name(self) -> &'static [u8] {
        match self {
            Self::PasswordReset => b"password reset",
            Self::EmailChange => b"email change",
        }
    }
}

/// What a token says; believed only after [`MailTokens::is_ours`].
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// Whose.
    pub(crate) account: AccountId,
    /// Worth nothing from then on, in milliseconds since 1970.
    pub(crate) expires_ms: i64,
    /// The new address, where it is about one.
    pub(crate) email: String,
}

impl Ticket {
    /// Whether its time is over.
    pub(crate) fn has_expired(&self, now: DateTime<Utc>) -> bool {
        now.timestamp_millis() >= self.expires_ms
    }
}

/// The code at the end of a token.
pub(crate) struct Code([u8; 32]);

/// Makes and checks tokens.
#[derive(Clone)]
pub(crate) struct MailTokens {
    key: Zeroizing<[u8; 32]>,
}

impl MailTokens {
    /// Derives the tokens' key from Echo's permanent key.
    pub(crate) fn new(permanent: &Key) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        match Hkdf::<Sha256>::new(None, permanent.expose()).expand(b"echo mail token", &mut *key) {
            Ok(()) => Self { key },
            Err(_) => unreachable!("HKDF-SHA256 gives up to 8,160 bytes"),
        }
    }

    /// A token that works as long as `rests_on` is what it is now.
    pub(crate) fn issue(&self, purpose: Purpose, ticket: &Ticket, rests_on: &str) -> String {
        let code = self.mac(purpose, ticket, rests_on).finalize().into_bytes();
        let mut bytes = ticket.account.uuid().as_bytes().to_vec();
        bytes.extend(ticket.expires_ms.to_be_bytes());
        bytes.extend(code);
        bytes.extend(ticket.email.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What `token` says, if it has the form of one.
    pub(crate) fn read(token: &str) -> Option<(Ticket, Code)> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (fixed, email) = bytes.split_at_checked(FIXED)?;
        let ticket = Ticket {
            account: AccountId::from(Uuid::from_slice(&fixed[..16]).ok()?),
            expires_ms: i64::from_be_bytes(fixed[16..24].try_into().ok()?),
            email: String::from_utf8(email.to_vec()).ok()?,
        };
        Some((ticket, Code(fixed[24..].try_into().ok()?)))
    }

    /// Whether the code was made by us, for this purpose, while `rests_on` was what it is now. Compares in constant
    /// time.
    pub(crate) fn is_ours(&self, purpose: Purpose, ticket: &Ticket, code: &Code, rests_on: &str) -> bool {
        self.mac(purpose, ticket, rests_on).verify_slice(&code.0).is_ok()
    }

    fn mac(&self, purpose: Purpose, ticket: &Ticket, rests_on: &str) -> Hmac<Sha256> {
        let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(&*self.key) else {
            unreachable!("HMAC takes keys of any length")
        };
        let (account, expires) = (ticket.account.uuid(), ticket.expires_ms.to_be_bytes());
        let parts: [&[u8]; 5] = [
            purpose.name(),
            account.as_bytes(),
            &expires,
            ticket.email.as_bytes(),
            rests_on.as_bytes(),
        ];
        for part in parts {
            // With its length, so that no two lists of parts read alike.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens(key: u8) -> MailTokens {
        MailTokens::new(&Key::new([key; 32]))
    }

    fn ticket(email: &str) -> Ticket {
        Ticket {
            account: AccountId::from(Uuid::from_u128(7)),
            expires_ms: 1_800_000_000_000,
            email: email.to_owned(),
        }
    }

    #[test]
    fn token_is_good_for_its_purpose_while_what_it_rests_on_stands() {
        let token = tokens(1).issue(Purpose::EmailChange, &ticket("ann@example.org"), "old");
        let (read, code) = MailTokens::read(&token).unwrap();
        assert!(read == ticket("ann@example.org"));
        let good =
            |key, purpose, ticket: &Ticket, rests_on| tokens(key).is_ours(purpose, ticket, &code, rests_on);
        assert!(good(1, Purpose::EmailChange, &read, "old"));
        assert!(!good(2, Purpose::EmailChange, &read, "old"));
        assert!(!good(1, Purpose::PasswordReset, &read, "old"));
        assert!(!good(1, Purpose::EmailChange, &read, "new"));
        assert!(!good(1, Purpose::EmailChange, &ticket("ben@example.org"), "old"));
        let longer = Ticket {
            expires_ms: 1_900_000_000_000,
            ..read.clone()
        };
        assert!(!good(1, Purpose::EmailChange, &longer, "old"));
        let other = Ticket {
            account: AccountId::from(Uuid::from_u128(8)),
            ..read
        };
        assert!(!good(1, Purpose::EmailChange, &other, "old"));
    }

    #[test]
    fn a_token_ends_at_its_moment() {
        let at = |ms| DateTime::from_timestamp_millis(ms).unwrap();
        assert!(!ticket("").has_expired(at(1_799_999_999_999)));
        assert!(ticket("").has_expired(at(1_800_000_000_000)));
    }

    proptest! {
        #[test]
        fn no_other_text_is_a_token(text in "[A-Za-z0-9_-]{0,160}") {
            let ours = MailTokens::read(&text)
                .is_some_and(|(ticket, code)| tokens(1).is_ours(Purpose::PasswordReset, &ticket, &code, ""));
            prop_assert!(!ours);
        }
    }
}
