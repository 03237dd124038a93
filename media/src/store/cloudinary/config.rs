//! How to reach Cloudinary.

use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use crate::store::InvalidLocation;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Which cloud, and how to reach it: `cloudinary://key:secret@cloud`, as Cloudinary's console shows it, and then
/// - `prefix=echo`: what stands before the ids of our pictures, so that several systems can share a cloud;
/// - `token_key=<hex>`: signs URLs that expire, for accounts with token-based authentication. Without it a delivery
///   URL is signed and can't be guessed, but Cloudinary has no way to make it expire before the picture is deleted;
/// - `api=https://api.cloudinary.com` and `delivery=https://res.cloudinary.com/<cloud>`: where to find it;
/// - `timeout_ms=20000`: how long one request may take.
#[derive(Clone, Debug)]
pub struct Config {
    pub(super) cloud: String,
    pub(super) key: String,
    pub(super) secret: SecretString,
    pub(super) prefix: String,
    pub(super) token_key: Option<TokenKey>,
    pub(super) api: String,
    pub(super) delivery: String,
    pub(super) timeout: Duration,
}

/// The key of delivery tokens.
#[derive(Clone)]
pub(super) struct TokenKey(pub(super) zeroize::Zeroizing<Vec<u8>>);

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey([redacted])")
    }
}

impl FromStr for Config {
    type Err = InvalidLocation;

    fn from_str(text: &str) -> Result<Self, InvalidLocation> {
        const CREDENTIALS: InvalidLocation = InvalidLocation::Missing("`key:secret@`");
        let rest = text
            .strip_prefix("cloudinary://")
            .ok_or(InvalidLocation::Scheme)?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (credentials, cloud) = place.rsplit_once('@').ok_or(CREDENTIALS)?;
        let (key, secret) = credentials.split_once(':').ok_or(CREDENTIALS)?;
        let cloud = cloud.trim_end_matches('/');
        if key.is_empty() || secret.is_empty() {
            return Err(CREDENTIALS);
        }
        if cloud.is_empty() {
            return Err(InvalidLocation::Missing("the cloud's name"));
        }
        if !plain(cloud) {
            return Err(InvalidLocation::Value("the cloud's name"));
        }
        let config = Self {
            cloud: cloud.to_owned(),
            key: key.to_owned(),
            secret: SecretString::from(secret),
            prefix: "echo".to_owned(),
            token_key: None,
            api: "https://api.cloudinary.com".to_owned(),
            delivery: format!("https://res.cloudinary.com/{cloud}"),
            timeout: TIMEOUT,
        };
        config.with_parameters(query)
    }
}

impl Config {
    fn with_parameters(mut self, query: &str) -> Result<Self, InvalidLocation> {
        // Only an address can be taken apart by the library; any will do.
        let address = Url::parse(&format!("cloudinary:/?{query}"))
            .map_err(|_| InvalidLocation::Value("the part after the question mark"))?;
        for (name, value) in address.query_pairs() {
            match &*name {
                "prefix" if plain(&value) => self.prefix = value.into_owned(),
                "prefix" => return Err(InvalidLocation::Value("prefix")),
                "token_key" => {
                    let key = hex::decode(&*value).ok().filter(|key| !key.is_empty());
                    let key = key.ok_or(InvalidLocation::Value("token_key"))?;
                    self.token_key = Some(TokenKey(key.into()));
                }
                "api" => self.api = address_of(&value).ok_or(InvalidLocation::Value("api"))?,
                "delivery" => self.delivery = address_of(&value).ok_or(InvalidLocation::Value("delivery"))?,
                "timeout_ms" => {
                    let millis: u32 = value.parse().map_err(|_| InvalidLocation::Value("timeout_ms"))?;
                    self.timeout = Duration::from_millis(millis.into());
                }
                _ => return Err(InvalidLocation::Unknown(name.into_owned())),
            }
        }
        Ok(self)
    }
}

/// Whether a text can stand in a URL as it is.
fn plain(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !text.is_empty() && text.chars().all(legal)
}

fn address_of(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| text.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn what_the_console_shows_is_enough() {
        let config: Config = "cloudinary://1234:abcd@demo".parse().unwrap();
        assert_eq!(
            (
                config.cloud.as_str(),
                config.key.as_str(),
                config.delivery.as_str()
            ),
            ("demo", "1234", "https://res.cloudinary.com/demo")
        );
        assert!(config.token_key.is_none());
    }

    #[test]
    fn every_parameter_is_read() {
        let text = "cloudinary://1234:abcd@demo?prefix=test-1&token_key=00ff&api=http://127.0.0.1:1/&delivery=http://127.0.0.1:2/demo&timeout_ms=250";
        let config: Config = text.parse().unwrap();
        assert_eq!(config.prefix, "test-1");
        assert_eq!(*config.token_key.unwrap().0, [0, 255]);
        assert_eq!(config.api, "http://127.0.0.1:1");
        assert_eq!(config.delivery, "http://127.0.0.1:2/demo");
        assert_eq!(config.timeout, Duration::from_millis(250));
    }

    #[rstest]
    #[case("cloudinary://demo", "`key:secret@` is missing")]
    #[case("cloudinary://key@demo", "`key:secret@` is missing")]
    #[case("cloudinary://key:@demo", "`key:secret@` is missing")]
    #[case("cloudinary://key:secret@", "the cloud's name is missing")]
    #[case(
        "cloudinary://key:secret@de/mo",
        "the value of `the cloud's name` can't be used"
    )]
    #[case("cloudinary://key:secret@demo?prefix=", "the value of `prefix` can't be used")]
    #[case(
        "cloudinary://key:secret@demo?prefix=a/b",
        "the value of `prefix` can't be used"
    )]
    #[case(
        "cloudinary://key:secret@demo?token_key=xyz",
        "the value of `token_key` can't be used"
    )]
    #[case(
        "cloudinary://key:secret@demo?api=ftp://x",
        "the value of `api` can't be used"
    )]
    #[case("cloudinary://key:secret@demo?secure=true", "there is no parameter `secure`")]
    fn what_is_wrong_names_itself(#[case] text: &str, #[case] expected: &str) {
        let error = text.parse::<Config>().unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}
