//! Access tokens: short-lived JWTs signed with Ed25519 (`alg: EdDSA`, `typ: at+jwt`).
//!
//! Nothing of the header is believed but the key's id, and that only to choose among keys that are known: the
//! algorithm is fixed, so neither `none` nor an HMAC made with the public key can pass.

mod bearer;
mod provider;

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::digest::{SHA256, digest};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub use bearer::Bearer;

use crate::config::{Key, KeyError};
use crate::{Clock, id};

/// The media type that tells an access token from other JWTs (RFC 9068).
const TYPE: &str = "at+jwt";
/// How far the clocks of two machines may differ, in seconds.
const LEEWAY: i64 = 5;
/// No token of ours is longer; a longer one isn't worth parsing.
const MAX_LENGTH: usize = 2_048;
/// How many verified tokens are remembered, at about 150 bytes each.
const CACHE_LIMIT: usize = 20_000;

/// Who is calling, and until when that is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The account.
    pub sub: Uuid,
    /// The session.
    pub sid: Uuid,
    /// Not to be accepted from this moment on, in seconds since 1970.
    pub exp: i64,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// The token's own id.
    pub jti: Uuid,
    /// When the session began, in milliseconds since 1970. However often its tokens are replaced, whether a
    /// session is over is told by this moment.
    pub session_started_ms: i64,
}

impl Claims {
    /// When the session began.
    pub fn session_started_at(&self) -> DateTime<Utc> {
        // Years beyond what chrono counts come from no clock; the oldest moment is the one least believed.
        DateTime::from_timestamp_millis(self.session_started_ms).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

/// The session that a token is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// Which.
    pub id: Uuid,
    /// When it began.
    pub started_at: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    iss: String,
    aud: String,
    #[serde(flatten)]
    claims: Claims,
}

/// For whom tokens are made and by whom; both sides must be told the same.
#[derive(Debug, Clone)]
pub struct Audience {
    /// `iss`.
    pub issuer: String,
    /// `aud`.
    pub audience: String,
}

/// A public Ed25519 key, written as 32 bytes in base64url.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The key's name: its thumbprint by RFC 7638.
    pub fn id(&self) -> String {
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{self}"}}"#);
        URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        text.parse::<Key>().map(|key| Self(*key.expose()))
    }
}

/// Makes tokens.
pub struct Signer {
    key: EncodingKey,
    public: PublicKey,
    header: Header,
    audience: Audience,
    clock: Clock,
}

impl Signer {
    /// Signs with the key made from `seed`.
    ///
    /// # Errors
    ///
    /// If the seed is no Ed25519 seed, which 32 bytes always are.
    pub fn new(seed: &Key, audience: Audience, clock: Clock) -> Result<Self, Error> {
        provider::install();
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose()).map_err(|_| Error::Key)?;
        let public = PublicKey(pair.public_key().as_ref().try_into().map_err(|_| Error::Key)?);
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(public.id());
        Ok(Self {
            key: EncodingKey::from_ed_der(seed.expose()),
            public,
            header,
            audience,
            clock,
        })
    }

    /// The key that verifies what this one signs.
    pub fn public_key(&self) -> PublicKey {
        self.public
    }

    /// A token for `account` in a session that begins now, good for `lifetime`.
    pub fn sign(&self, account: Uuid, session: Uuid, lifetime: Duration) -> Result<String, Error> {
        let started_at = self.clock.now();
        let session = Session {
            id: session,
            started_at,
        };
        self.sign_in(account, session, lifetime)
    }

    /// A token for `account` in `session`, good for `lifetime` from now.
    pub fn sign_in(&self, account: Uuid, session: Session, lifetime: Duration) -> Result<String, Error> {
        let now = self.clock.now().timestamp();
        let claims = Claims {
            sub: account,
            sid: session.id,
            iat: now,
            exp: now + lifetime.num_seconds(),
            jti: id::random(),
            session_started_ms: session.started_at.timestamp_millis(),
        };
        let payload = Payload {
            iss: self.audience.issuer.clone(),
            aud: self.audience.audience.clone(),
            claims,
        };
        jsonwebtoken::encode(&self.header, &payload, &self.key).map_err(|_| Error::Key)
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// Why a token is not accepted. The caller is told only whether it has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not a token, or of another algorithm or type.
    #[error("not an access token")]
    Malformed,
    /// Signed with a key that isn't known (any more).
    #[error("signed with an unknown key")]
    UnknownKey,
    /// Changed on the way, or never ours.
    #[error("the signature is wrong")]
    Signature,
    /// Made for another audience, by another issuer, or with claims missing.
    #[error("the claims are wrong")]
    Claims,
    /// Its time is over.
    #[error("expired")]
    Expired,
    /// Made in the future.
    #[error("not valid yet")]
    NotYet,
    /// Our own key can't be used.
    #[error("the signing key cannot be used")]
    Key,
}

impl Error {
    /// One word for it, for the security log.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownKey => "unknown-key",
            Self::Signature => "signature",
            Self::Claims => "claims",
            Self::Expired => "expired",
            Self::NotYet => "not-yet",
            Self::Key => "key",
        }
    }
}

/// Checks tokens; clones share the keys and the memory of tokens already checked.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    keys: HashMap<String, (PublicKey, DecodingKey)>,
    validation: Validation,
    clock: Clock,
    /// The digests of tokens whose signature was good, and their claims; times are checked again every time.
    verified: Mutex<HashMap<[u8; 32], Claims>>,
}

impl Verifier {
    /// Accepts tokens signed with any of `keys`: two during a rotation.
    pub fn new(keys: impl IntoIterator<Item = PublicKey>, audience: &Audience, clock: Clock) -> Self {
        provider::install();
        let keys = keys
            .into_iter()
            .map(|key| (key.id(), (key, DecodingKey::from_ed_der(&key.0))))
            .collect();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[&audience.issuer]);
        validation.set_audience(&[&audience.audience]);
        // Times are checked here, by our clock.
        validation.validate_exp = false;
        Self(Arc::new(Inner {
            keys,
            validation,
            clock,
            verified: Mutex::default(),
        }))
    }

    /// The claims of `token`, if it is to be believed now.
    pub fn verify(&self, token: &str) -> Result<Claims, Error> {
        if token.len() > MAX_LENGTH {
            return Err(Error::Malformed);
        }
        let digest: [u8; 32] = digest(&SHA256, token.as_bytes())
            .as_ref()
            .try_into()
            .map_err(|_| Error::Malformed)?;
        let known = self.verified().get(&digest).copied();
        let claims = match known {
            Some(claims) => claims,
            None => self.check_signature(token)?,
        };
        let now = self.0.clock.now().timestamp();
        if now >= claims.exp.saturating_add(LEEWAY) {
            return Err(Error::Expired);
        }
        if claims.iat > now.saturating_add(LEEWAY) {
            return Err(Error::NotYet);
        }
        if known.is_none() {
            self.remember(digest, claims, now);
        }
        Ok(claims)
    }

    /// The public keys, as `/.well-known/jwks.json` tells them.
    pub fn jwks(&self) -> Jwks {
        let mut keys: Vec<Jwk> = self.0.keys.values().map(|(key, _)| Jwk::from(*key)).collect();
        keys.sort_by(|a, b| a.kid.cmp(&b.kid));
        Jwks { keys }
    }

    fn check_signature(&self, token: &str) -> Result<Claims, Error> {
        use jsonwebtoken::errors::ErrorKind;
        let header = jsonwebtoken::decode_header(token).map_err(|_| Error::Malformed)?;
        let typed = header
            .typ
            .as_deref()
            .is_some_and(|kind| kind.eq_ignore_ascii_case(TYPE));
        if header.alg != Algorithm::EdDSA || !typed || header.crit.is_some() {
            return Err(Error::Malformed);
        }
        let kid = header.kid.ok_or(Error::UnknownKey)?;
        let (_, key) = self.0.keys.get(&kid).ok_or(Error::UnknownKey)?;
        jsonwebtoken::decode::<Payload>(token, key, &self.0.validation)
            .map(|token| token.claims.claims)
            .map_err(|error| match error.kind() {
                ErrorKind::InvalidSignature => Error::Signature,
                ErrorKind::InvalidIssuer
                | ErrorKind::InvalidAudience
                | ErrorKind::InvalidSubject
                | ErrorKind::MissingRequiredClaim(_)
                | ErrorKind::Json(_) => Error::Claims,
                _ => Error::Malformed,
            })
    }

    fn verified(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Claims>> {
        self.0.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, digest: [u8; 32], claims: Claims, now: i64) {
        let mut verified = self.verified();
        if verified.len() >= CACHE_LIMIT {
            verified.retain(|_, claims| claims.exp > now);
            if verified.len() >= CACHE_LIMIT {
                // All are live; forgetting them costs one signature check each.
                verified.clear();
            }
        }
        verified.insert(digest, claims);
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("keys", &self.0.keys.keys())
            .finish_non_exhaustive()
    }
}

/// A set of public keys (RFC 7517).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Jwks {
    /// The keys that tokens are accepted of.
    pub keys: Vec<Jwk>,
}

/// A public Ed25519 key (RFC 8037).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: &'static str,
    /// Always `Ed25519`.
    pub crv: &'static str,
    /// Always `EdDSA`.
    pub alg: &'static str,
    /// Always `sig`.
    #[serde(rename = "use")]
    pub usage: &'static str,
    /// The key's thumbprint.
    pub kid: String,
    /// The key, in base64url.
    pub x: String,
}

impl From<PublicKey> for Jwk {
    fn from(key: PublicKey) -> Self {
        Self {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            usage: "sig",
            kid: key.id(),
            x: key.to_string(),
        }
    }
}

#[cfg(test)]
mod tests;
