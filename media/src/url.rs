//! Delivery URLs: made only for who may see the picture, and good for a day or two.
//!
//! `/v1/media/{id}/{variant}?e=<Unix seconds>&s=<signature>`, the signature an HMAC-SHA256 over all three, cut to
//! 16 bytes. Whoever has the URL may fetch the picture until it expires, so that browsers and caches need no token.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use events::MediaId;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use platform::config::Key;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::Variant;
use crate::store::Store;

const DAY: i64 = 24 * 60 * 60;
/// Half of SHA-256, the least that RFC 2104 advises, and the URL stays short.
const SIGNATURE_BYTES: usize = 16;

/// A URL that wasn't made here, was changed, or has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the URL's signature is not good")]
pub struct InvalidUrl;

/// Signs delivery URLs and checks them.
#[derive(Clone)]
pub struct UrlSigner {
    key: Arc<Zeroizing<[u8; 32]>>,
    base: Arc<str>,
}

impl UrlSigner {
    /// Derives the signing key from `root`. `base` stands before each URL's path: empty where pictures come from the
    /// API's own origin.
    pub fn new(root: &Key, base: &str) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        match Hkdf::<Sha256>::new(None, root.expose()).expand(b"echo media url", &mut *key) {
            Ok(()) => Self {
                key: Arc::new(key),
                base: base.trim_end_matches('/').into(),
            },
            Err(_) => unreachable!("HKDF-SHA256 gives up to 8,160 bytes"),
        }
    }

    /// The URL of a picture as it is handed out at `now`.
    pub fn sign(&self, media: MediaId, variant: Variant, now: DateTime<Utc>) -> String {
        let expires = expiry(now).timestamp();
        let mac = self.mac(media, variant, expires).finalize().into_bytes();
        let signature = URL_SAFE_NO_PAD.encode(&mac[..SIGNATURE_BYTES]);
        format!(
            "{}/v1/media/{media}/{variant}?e={expires}&s={signature}",
            self.base
        )
    }

    /// Whether `e` and `s` are what [`UrlSigner::sign`] once wrote for this picture, and still count at `now`.
    pub fn verify(
        &self,
        media: MediaId,
        variant: Variant,
        e: &str,
        s: &str,
        now: DateTime<Utc>,
    ) -> Result<(), InvalidUrl> {
        let expires: i64 = e.parse().map_err(|_| InvalidUrl)?;
        // One spelling only: `+1` or `01` would be further keys for the same thing in a cache.
        if expires.to_string() != e {
            return Err(InvalidUrl);
        }
        let signature = URL_SAFE_NO_PAD.decode(s).map_err(|_| InvalidUrl)?;
        if signature.len() != SIGNATURE_BYTES {
            return Err(InvalidUrl);
        }
        self.mac(media, variant, expires)
            // Compares in constant time.
            .verify_truncated_left(&signature)
            .map_err(|_| InvalidUrl)?;
        if now.timestamp() < expires {
            Ok(())
        } else {
            Err(InvalidUrl)
        }
    }

    fn mac(&self, media: MediaId, variant: Variant, expires: i64) -> Hmac<Sha256> {
        match <Hmac<Sha256> as KeyInit>::new_from_slice(&**self.key) {
            Ok(mac) => mac
                .chain_update(media.uuid().as_bytes())
                .chain_update(expires.to_be_bytes())
                .chain_update(variant.as_str()),
            Err(_) => unreachable!("HMAC takes keys of any length"),
        }
    }
}

impl fmt::Debug for UrlSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UrlSigner")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

/// When a URL that is handed out at `now` expires: at the second midnight (UTC) to come. All URLs of one picture on
/// one day are thus the same and can be cached, and each is good for a day at least.
pub fn expiry(now: DateTime<Utc>) -> DateTime<Utc> {
    let midnight = (now.timestamp().div_euclid(DAY) + 2) * DAY;
    DateTime::from_timestamp(midnight, 0).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// What stands for one picture's content forever, since it never changes: the value of an `ETag` header.
pub fn etag(media: MediaId, variant: Variant) -> String {
    format!("\"{media}-{variant}\"")
}

/// Where a picture is to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// As it was uploaded.
    pub url: String,
    /// Made for a phone's screen.
    pub medium_url: String,
    /// The small still.
    pub thumbnail_url: String,
}

/// Makes the URLs of pictures, wherever they are delivered from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Links {
    signer: UrlSigner,
    store: Arc<dyn Store>,
}

impl Links {
    /// URLs of what is in `store`: its own where it delivers itself, else ours, signed by `signer`.
    pub fn new(signer: UrlSigner, store: Arc<dyn Store>) -> Self {
        Self { signer, store }
    }

    /// The URLs of a picture, for somebody who may see it.
    pub fn of(&self, media: MediaId, now: DateTime<Utc>) -> Urls {
        let link = |variant| {
            self.store
                .cdn_url(media, variant, expiry(now))
                .unwrap_or_else(|| self.signer.sign(media, variant, now))
        };
        Urls {
            url: link(Variant::Original),
            medium_url: link(Variant::Medium),
            thumbnail_url: link(Variant::Thumbnail),
        }
    }

    /// Checks the URLs that are ours.
    pub fn signer(&self) -> &UrlSigner {
        &self.signer
    }

    /// Where the pictures are.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn signer(key: u8) -> UrlSigner {
        UrlSigner::new(&Key::new([key; 32]), "")
    }

    fn picture(n: u128) -> MediaId {
        MediaId::from(Uuid::from_u128(n))
    }

    /// Reads `e` and `s` back out of a URL.
    fn query(url: &str) -> (String, String) {
        let (_, query) = url.split_once("?e=").unwrap();
        let (e, s) = query.split_once("&s=").unwrap();
        (e.to_owned(), s.to_owned())
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_url_is_good_for_its_picture_and_size_alone() {
        let now = at("2026-03-04T05:06:07.089Z");
        let (e, s) = query(&signer(1).sign(picture(7), Variant::Original, now));
        let verify = |key, n, variant| signer(key).verify(picture(n), variant, &e, &s, now);
        assert_eq!(verify(1, 7, Variant::Original), Ok(()));
        assert_eq!(verify(1, 7, Variant::Thumbnail), Err(InvalidUrl));
        assert_eq!(verify(1, 8, Variant::Original), Err(InvalidUrl));
        assert_eq!(verify(2, 7, Variant::Original), Err(InvalidUrl));
    }

    #[test]
    fn a_url_lasts_from_one_to_two_days_and_is_the_same_all_day() {
        let morning = signer(1).sign(picture(7), Variant::Thumbnail, at("2026-03-04T00:00:00Z"));
        let evening = signer(1).sign(picture(7), Variant::Thumbnail, at("2026-03-04T23:59:59.999Z"));
        let next_day = signer(1).sign(picture(7), Variant::Thumbnail, at("2026-03-05T00:00:00Z"));
        assert_eq!(morning, evening);
        assert_ne!(morning, next_day);
        let (e, s) = query(&evening);
        assert_eq!(e.parse(), Ok(at("2026-03-06T00:00:00Z").timestamp()));
        let verify = |now| signer(1).verify(picture(7), Variant::Thumbnail, &e, &s, at(now));
        assert_eq!(verify("2026-03-05T23:59:59.999Z"), Ok(()));
        assert_eq!(verify("2026-03-06T00:00:00Z"), Err(InvalidUrl));
    }

    #[test]
    fn a_base_stands_before_the_path() {
        let signer = UrlSigner::new(&Key::new([1; 32]), "https://pictures.example/");
        let url = signer.sign(picture(7), Variant::Original, at("2026-03-04T05:06:07Z"));
        assert!(
            url.starts_with(
                "https://pictures.example/v1/media/00000000-0000-0000-0000-000000000007/original?e="
            ),
            "{url}"
        );
    }

    #[test]
    fn a_signature_that_is_cut_short_or_spelt_otherwise_is_refused() {
        let now = at("2026-03-04T05:06:07Z");
        let (e, s) = query(&signer(1).sign(picture(7), Variant::Original, now));
        let verify = |e: &str, s: &str| signer(1).verify(picture(7), Variant::Original, e, s, now);
        assert_eq!(verify(&e, &s), Ok(()));
        for s in ["", "AA", &s[..s.len() - 2], &format!("{s}AA"), &format!("{s}==")] {
            assert_eq!(verify(&e, s), Err(InvalidUrl), "{s}");
        }
        for e in [
            "",
            "x",
            &format!("+{e}"),
            &format!("0{e}"),
            &format!("{e}0"),
            "-1",
        ] {
            assert_eq!(verify(e, &s), Err(InvalidUrl), "{e}");
        }
    }

    #[test]
    fn the_key_is_never_shown() {
        let shown = format!("{:?}", UrlSigner::new(&Key::new([0xab; 32]), "https://a"));
        assert_eq!(shown, "UrlSigner { base: \"https://a\", .. }");
    }

    proptest! {
        #[test]
        fn no_other_text_is_a_signature(
            e in prop_oneof!["[0-9]{1,20}", ".{0,30}", Just("1772755200".to_owned())],
            s in prop_oneof!["[A-Za-z0-9_-]{22}", ".{0,60}"],
        ) {
            let now = at("2026-03-04T05:06:07Z");
            prop_assert_eq!(signer(1).verify(picture(7), Variant::Original, &e, &s, now), Err(InvalidUrl));
        }

        #[test]
        fn any_changed_character_breaks_a_url(at_byte in 0_usize..33, to in "[A-Za-z0-9_-]") {
            let now = at("2026-03-04T05:06:07Z");
            let (e, s) = query(&signer(1).sign(picture(7), Variant::Original, now));
            let mut text = format!("{e}{s}");
            prop_assume!(at_byte < text.len() && text[at_byte..=at_byte] != to);
            text.replace_range(at_byte..=at_byte, &to);
            let (e, s) = text.split_at(e.len());
            prop_assert_eq!(signer(1).verify(picture(7), Variant::Original, e, s, now), Err(InvalidUrl));
        }
    }
}
