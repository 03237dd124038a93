//! The three signatures of Cloudinary, as its documentation defines them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// How much of a delivery signature is written: Cloudinary's long form, of SHA-256.
const DELIVERY_CHARACTERS: usize = 32;

/// The characters of a path that a delivery token's signature escapes.
const ESCAPED: &str = " \"#%&'/:;<=>?@[\\]^`{|}~";

/// Signs the parameters of a request to the upload API: sorted, joined as `a=1&b=2`, the secret after them, SHA-256,
/// in hexadecimal. The file, the key and the cloud's name are never among them.
pub fn of_request(parameters: &[(&str, String)], secret: &SecretString) -> String {
    let mut pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.sort();
    let digest = Sha256::new()
        .chain_update(pairs.join("&"))
        .chain_update(secret.expose_secret())
        .finalize();
    hex::encode(digest)
}

/// Signs a delivery URL: `to_sign` is its transformation, if it has one, and the public id, joined by a slash. The
/// answer is the URL's component `s--…--`.
pub fn of_delivery(to_sign: &str, secret: &SecretString) -> String {
    let digest = Sha256::new()
        .chain_update(to_sign)
        .chain_update(secret.expose_secret())
        .finalize();
    let text = URL_SAFE_NO_PAD.encode(digest);
    format!("s--{}--", &text[..DELIVERY_CHARACTERS])
}

/// The token that lets whoever has it fetch the URL with this path until `expires`; for accounts that have
/// Cloudinary's token-based authentication.
pub fn token(path: &str, expires: DateTime<Utc>, key: &[u8]) -> String {
    let expiry = format!("exp={}", expires.timestamp());
    match <Hmac<Sha256> as KeyInit>::new_from_slice(key) {
        Ok(mac) => {
            let mac = mac.chain_update(format!("{expiry}~url={}", escaped(path)));
            format!("{expiry}~hmac={}", hex::encode(mac.finalize().into_bytes()))
        }
        Err(_) => unreachable!("HMAC takes keys of any length"),
    }
}

fn escaped(path: &str) -> String {
    use std::fmt::Write as _;
    path.chars().fold(String::new(), |mut text, character| {
        if ESCAPED.contains(character) {
            // Writing into a string can't fail.
            let _ = write!(text, "%{:02x}", u32::from(character));
        } else {
            text.push(character);
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    /// The documentation's example. There the digest is SHA-1's; this is what `sha256sum` says of the same text,
    /// `eager=w_400,h_300,c_pad|w_260,h_200,c_crop&public_id=sample_image&timestamp=1315060510abcd`.
    #[test]
    fn a_request_is_signed_over_its_sorted_parameters_and_the_secret() {
        let parameters = [
            ("timestamp", "1315060510".to_owned()),
            ("public_id", "sample_image".to_owned()),
            ("eager", "w_400,h_300,c_pad|w_260,h_200,c_crop".to_owned()),
        ];
        assert_eq!(
            of_request(&parameters, &secret("abcd")),
            "cc927e1290f9e3ae4c1a741eda21a4630b4ce80f9ce0bc0296337d25cf40f91e"
        );
    }

    /// From the tests of Cloudinary's own libraries, whose secret is `b`.
    #[test]
    fn a_delivery_url_is_signed_as_cloudinarys_libraries_sign_it() {
        assert_eq!(
            of_delivery("sample.jpg", &secret("b")),
            "s--2hbrSMPOjj5BJ4xV7SgFbRDevFaQNUFf--"
        );
    }

    /// From there too; the start time that they have, and we don't, is put where it belongs.
    #[rstest]
    #[case(
        "/image/authenticated/v1486020273/sample.jpg",
        "00112233FF99",
        "st=11111111~exp=11111411",
        "8db0d753ee7bbb9e2eaf8698ca3797436ba4c20e31f44527e43b6a6e995cfdb3"
    )]
    #[case(
        "/image/authenticated/c_scale,w_300/sample.jpg",
        "CCBB2233FF00",
        "st=222222222~exp=222222322",
        "55cfe516530461213fe3b3606014533b1eca8ff60aeab79d1bb84c9322eebc1f"
    )]
    fn a_token_escapes_its_path_as_cloudinarys_libraries_do(
        #[case] path: &str,
        #[case] key: &str,
        #[case] times: &str,
        #[case] expected: &str,
    ) {
        let key = hex::decode(key).unwrap();
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).unwrap();
        let mac = mac.chain_update(format!("{times}~url={}", escaped(path)));
        assert_eq!(hex::encode(mac.finalize().into_bytes()), expected);
    }

    #[test]
    fn a_token_tells_when_it_expires() {
        let expires = DateTime::from_timestamp(1_772_755_200, 0).unwrap();
        let text = token("/a/b", expires, b"key");
        assert!(text.starts_with("exp=1772755200~hmac="), "{text}");
        assert_ne!(text, token("/a/c", expires, b"key"));
        assert_ne!(text, token("/a/b", expires, b"other"));
    }
}
