//! Sealing: personal data is readable only while its owner's key exists.
//!
//! A person's data key (32 random bytes) seals the personal part of that person's events with
//! XChaCha20-Poly1305. The event's subject is the associated data, so that a sealed part can't be moved
//! into another event. Data keys are themselves sealed ("wrapped") by a master key that Echo's stores
//! never hold.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD as BASE64};
use chacha20poly1305::{
    Key, XChaCha20Poly1305, XNonce,
    aead::{Aead, Generate, KeyInit, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{AccountId, NameHash};

const NONCE_BYTES: usize = 24;
const KEY_BYTES: usize = 32;

/// A sealed text can't be opened: another key, another place, or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the seal is broken, or made with another key or for another place")]
pub struct BrokenSeal;

/// One person's key.
#[derive(Clone)]
pub struct DataKey {
    secret: Zeroizing<[u8; KEY_BYTES]>,
    cipher: XChaCha20Poly1305,
}

impl DataKey {
    /// A new key from the system's randomness.
    pub fn generate() -> Self {
        Self::new(Zeroizing::new(Key::generate().into()))
    }

    #[cfg(test)]
    pub(crate) fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self::new(Zeroizing::new(bytes))
    }

    fn new(secret: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        let cipher = XChaCha20Poly1305::new(&Key::from(*secret));
        Self { secret, cipher }
    }

    /// Seals `content` for the place named by `place`; unpadded base64 of nonce and ciphertext.
    pub fn seal(&self, place: &str, content: &[u8]) -> String {
        BASE64.encode(seal(&self.cipher, place, content))
    }

    /// Opens what [`DataKey::seal`] made for the same place.
    pub fn open(&self, place: &str, sealed: &str) -> Result<Zeroizing<Vec<u8>>, BrokenSeal> {
        open(
            &self.cipher,
            place,
            &BASE64.decode(sealed).map_err(|_| BrokenSeal)?,
        )
    }

    /// A hash of a command's body that tells nothing to who doesn't hold this key, in hexadecimal.
    pub fn command_hash(&self, body: &[u8]) -> String {
        hex::encode(keyed_hash(&derive(&*self.secret, "echo command hash"), body))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

/// The keys that wrap data keys: the first wraps, all unwrap, so that one can be replaced at leisure.
#[derive(Clone)]
pub struct MasterKeys {
    keys: Vec<(String, XChaCha20Poly1305)>,
}

/// Why a setting doesn't hold keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeys {
    /// Not `id:base64`, comma-separated.
    #[error("expected `id:base64`, comma-separated, each key of 32 bytes and each id once")]
    Malformed,
    /// Not 32 bytes.
    #[error("expected 32 bytes in base64")]
    Length,
}

impl MasterKeys {
    /// Reads `id:base64(32 bytes)`, comma-separated, the current one first.
    pub fn parse(text: &SecretString) -> Result<Self, InvalidKeys> {
        let mut keys: Vec<(String, XChaCha20Poly1305)> = Vec::new();
        for part in text.expose_secret().split(',') {
            let (id, key) = part.trim().split_once(':').ok_or(InvalidKeys::Malformed)?;
            if id.is_empty() || keys.iter().any(|(known, _)| known == id) {
                return Err(InvalidKeys::Malformed);
            }
            keys.push((
                id.to_owned(),
                XChaCha20Poly1305::new(&Key::from(*key_bytes(key)?)),
            ));
        }
        Ok(Self { keys })
    }

    /// Wraps a person's key with the current master key; returns that key's id and the wrapped key.
    pub fn wrap(&self, owner: AccountId, key: &DataKey) -> (String, String) {
        // `parse` refuses an empty list: splitting any text yields at least one part.
        let (id, cipher) = &self.keys[0];
        (
            id.clone(),
            BASE64.encode(seal(cipher, &place_of_key(owner), &*key.secret)),
        )
    }

    /// Whether this is the id of the key that wraps.
    pub fn is_current(&self, master: &str) -> bool {
        self.keys[0].0 == master
    }

    /// Unwraps what [`MasterKeys::wrap`] made for the same person under any of the keys.
    pub fn unwrap(&self, owner: AccountId, master: &str, wrapped: &str) -> Result<DataKey, BrokenSeal> {
        let (_, cipher) = self.keys.iter().find(|(id, _)| id == master).ok_or(BrokenSeal)?;
        let secret = open(
            cipher,
            &place_of_key(owner),
            &BASE64.decode(wrapped).map_err(|_| BrokenSeal)?,
        )?;
        let secret: [u8; KEY_BYTES] = secret.as_slice().try_into().map_err(|_| BrokenSeal)?;
        Ok(DataKey::new(Zeroizing::new(secret)))
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.keys.iter().map(|(id, _)| id))
            .finish()
    }
}

/// Makes the pseudonyms under which usernames and addresses stand in subjects. Its key is permanent: with
/// another one, no name would be found again.
#[derive(Clone)]
pub struct NameHasher {
    key: Zeroizing<[u8; KEY_BYTES]>,
}

impl NameHasher {
    /// Derives the hashing key from Echo's permanent key (32 bytes in base64).
    pub fn new(permanent_key: &SecretString) -> Result<Self, InvalidKeys> {
        Ok(Self {
            key: derive(&*key_bytes(permanent_key.expose_secret())?, "echo name hash"),
        })
    }

    /// The pseudonym of a username; capitals of ASCII are the same as small letters.
    pub fn username(&self, username: &str) -> NameHash {
        self.hash("username", &username.to_ascii_lowercase())
    }

    /// The pseudonym of an address; upper and lower case are the same.
    pub fn email(&self, email: &str) -> NameHash {
        self.hash("email", &email.to_lowercase())
    }

    fn hash(&self, kind: &str, name: &str) -> NameHash {
        let text = format!("{kind}\0{name}");
        // 128 bits keep subjects short and collisions out of reach.
        NameHash(hex::encode(&keyed_hash(&self.key, text.as_bytes())[..16]))
    }
}

impl fmt::Debug for NameHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NameHasher(…)")
    }
}

fn place_of_key(owner: AccountId) -> String {
    format!("echo data key of {owner}")
}

fn seal(cipher: &XChaCha20Poly1305, place: &str, content: &[u8]) -> Vec<u8> {
    let nonce = XNonce::generate();
    let mut sealed = nonce.to_vec();
    match cipher.encrypt(
        &nonce,
        Payload {
            msg: content,
            aad: place.as_bytes(),
        },
    ) {
        Ok(ciphertext) => sealed.extend_from_slice(&ciphertext),
        // The cipher refuses only contents beyond 256 GiB, and a body has at most 256 KiB.
        Err(_) => unreachable!("XChaCha20-Poly1305 seals anything under 256 GiB"),
    }
    sealed
}

fn open(cipher: &XChaCha20Poly1305, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, BrokenSeal> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(BrokenSeal)?;
    cipher
        .decrypt(
            &XNonce::from(*nonce),
            Payload {
                msg: ciphertext,
                aad: place.as_bytes(),
            },
        )
        .map(Zeroizing::new)
        .map_err(|_| BrokenSeal)
}

fn key_bytes(text: &str) -> Result<Zeroizing<[u8; KEY_BYTES]>, InvalidKeys> {
    let padded = base64::engine::general_purpose::STANDARD;
    let bytes = Zeroizing::new(padded.decode(text.trim()).map_err(|_| InvalidKeys::Malformed)?);
    bytes
        .as_slice()
        .try_into()
        .map(Zeroizing::new)
        .map_err(|_| InvalidKeys::Length)
}

fn derive(secret: &[u8], label: &str) -> Zeroizing<[u8; KEY_BYTES]> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    match Hkdf::<Sha256>::new(None, secret).expand(label.as_bytes(), &mut *key) {
        Ok(()) => key,
        Err(_) => unreachable!("HKDF-SHA256 gives up to 8,160 bytes"),
    }
}

fn keyed_hash(key: &[u8; KEY_BYTES], text: &[u8]) -> [u8; 32] {
    match <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key) {
        Ok(mac) => mac.chain_update(text).finalize().into_bytes().into(),
        Err(_) => unreachable!("HMAC takes keys of any length"),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const ONE: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    const TWO: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

    fn owner(n: u128) -> AccountId {
        AccountId::from(Uuid::from_u128(n))
    }

    fn masters(text: &str) -> MasterKeys {
        MasterKeys::parse(&SecretString::from(text)).unwrap()
    }

    #[test]
    fn a_sealed_text_opens_only_with_its_key_at_its_place() {
        let key = DataKey::generate();
        let sealed = key.seal("evt.1.post.x.published", "grüße".as_bytes());
        assert_eq!(
            key.open("evt.1.post.x.published", &sealed).unwrap().as_slice(),
            "grüße".as_bytes()
        );
        assert!(key.open("evt.1.post.y.published", &sealed).is_err());
        assert!(
            DataKey::generate()
                .open("evt.1.post.x.published", &sealed)
                .is_err()
        );
        assert!(key.open("evt.1.post.x.published", &sealed[..20]).is_err());
        assert!(key.open("evt.1.post.x.published", "%").is_err());
    }

    #[test]
    fn the_same_text_is_never_sealed_alike() {
        let key = DataKey::generate();
        assert_ne!(key.seal("here", b"text"), key.seal("here", b"text"));
    }

    #[test]
    fn a_wrapped_key_survives_a_new_master_key_and_serves_its_owner_only() {
        let key = DataKey::generate();
        let (id, wrapped) = masters(&format!("old:{ONE}")).wrap(owner(1), &key);
        let both = masters(&format!("new:{TWO},old:{ONE}"));
        let unwrapped = both.unwrap(owner(1), &id, &wrapped).unwrap();
        assert_eq!(unwrapped.command_hash(b"x"), key.command_hash(b"x"));
        assert!(both.unwrap(owner(2), &id, &wrapped).is_err());
        assert!(
            masters(&format!("new:{TWO}"))
                .unwrap(owner(1), &id, &wrapped)
                .is_err()
        );
    }

    #[test]
    fn malformed_keys_are_refused() {
        for text in [
            "",
            "a",
            "a:",
            "a:AAAA",
            &format!("a:{ONE},a:{TWO}"),
            &format!(":{ONE}"),
        ] {
            assert!(MasterKeys::parse(&SecretString::from(text)).is_err(), "{text:?}");
        }
    }

    #[test]
    fn names_hash_alike_in_any_case_and_apart_by_kind_and_key() {
        let hasher = NameHasher::new(&SecretString::from(ONE)).unwrap();
        assert_eq!(hasher.username("Ada"), hasher.username("ada"));
        assert_ne!(hasher.username("\u{212a}im"), hasher.username("kim"));
        assert_eq!(hasher.email("ÄDA@example.org"), hasher.email("äda@example.org"));
        assert_ne!(hasher.username("ada"), hasher.email("ada"));
        assert_ne!(
            hasher.username("ada"),
            NameHasher::new(&SecretString::from(TWO)).unwrap().username("ada")
        );
        assert_eq!(hasher.username("ada").to_string().len(), 32);
    }
}
