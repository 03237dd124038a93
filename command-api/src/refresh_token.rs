//! Refresh tokens: derived from the session and the number of its token, never stored.
//!
//! `<session>.<generation>.<base64url HMAC-SHA256>`: only we can make one, and whether it is the current one is for
//! the session's events to say.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use events::SessionId;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use platform::config::Key;
use secrecy::zeroize::Zeroizing;
use sha2::Sha256;

/// Makes and reads refresh tokens.
#[derive(Clone)]
pub struct RefreshTokens {
    key: Zeroizing<[u8; 32]>,
}

impl RefreshTokens {
    /// Derives the tokens' key from Echo's permanent key.
    pub fn new(permanent: &Key) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        match Hkdf::<Sha256>::new(None, permanent.expose()).expand(b"echo refresh token", &mut *key) {
            Ok(()) => Self { key },
            Err(_) => unreachable!("HKDF-SHA256 gives up to 8,160 bytes"),
        }
    }

    /// The token of a session's `generation`.
    pub fn issue(&self, session: SessionId, generation: u32) -> String {
        let mac = self.mac(session, generation).finalize().into_bytes();
        format!("{session}.{generation}.{}", URL_SAFE_NO_PAD.encode(mac))
    }

    /// The session and generation of a token that is really ours.
    pub fn read(&self, token: &str) -> Option<(SessionId, u32)> {
        let mut parts = token.splitn(3, '.');
        let (session, generation, mac) = (parts.next()?, parts.next()?, parts.next()?);
        let (session, generation) = (session.parse().ok()?, generation.parse().ok()?);
        let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
        // Compares in constant time.
        self.mac(session, generation).verify_slice(&mac).ok()?;
        Some((session, generation))
    }

    fn mac(&self, session: SessionId, generation: u32) -> Hmac<Sha256> {
        match <Hmac<Sha256> as KeyInit>::new_from_slice(&*self.key) {
            Ok(mac) => mac
                .chain_update(session.uuid().as_bytes())
                .chain_update(generation.to_be_bytes()),
            Err(_) => unreachable!("HMAC takes keys of any length"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn tokens(key: u8) -> RefreshTokens {
        RefreshTokens::new(&Key::new([key; 32]))
    }

    #[test]
    fn a_token_tells_its_session_and_generation_to_its_maker_only() {
        let session = SessionId::from(Uuid::from_u128(7));
        let token = tokens(1).issue(session, 3);
        assert_eq!(tokens(1).read(&token), Some((session, 3)));
        assert_eq!(tokens(2).read(&token), None);
        assert_eq!(tokens(1).read(&token.replace(".3.", ".4.")), None);
        assert_eq!(tokens(1).read(&token[..token.len() - 1]), None);
    }

    proptest! {
        #[test]
        fn no_other_text_is_a_token(text in ".{0,120}") {
            prop_assert_eq!(tokens(1).read(&text), None);
        }
    }
}
