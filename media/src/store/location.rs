//! The setting that says where pictures are kept.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use reqwest::Url;

use super::cloudinary::{self, Cloudinary};
use super::{Objects, OpenError, Store, tls};

/// How often a request to S3 is tried again.
const RETRIES: usize = 3;
/// How long one request to S3 may take, and how long all its tries together.
const TIMEOUT: Duration = Duration::from_secs(15);
const RETRY_TIMEOUT: Duration = Duration::from_secs(40);

/// Where pictures are kept:
///
/// - `folder:/var/lib/echo/media`: a local folder, made if it isn't there;
/// - `s3://bucket/prefix?region=eu-central-1`, with `endpoint=https://…` for other stores than Amazon's and
///   `allow_http=true` for one without TLS; credentials come as usual on AWS, from its environment variables or the
///   role of the task;
/// - `cloudinary://key:secret@cloud`, and see [`cloudinary::Config`] for what may follow.
#[derive(Clone)]
pub enum Location {
    /// A local folder.
    Folder(PathBuf),
    /// A bucket.
    S3(S3Location),
    /// Cloudinary.
    Cloudinary(cloudinary::Config),
}

/// A bucket and how to reach it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct S3Location {
    bucket: String,
    prefix: String,
    region: Option<String>,
    endpoint: Option<String>,
    allow_http: bool,
}

/// Why a text names no store. The text itself may hold a secret, and is never told.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLocation {
    /// None of the stores that there are.
    #[error("must begin with `folder:`, `s3://` or `cloudinary://`")]
    Scheme,
    /// Something is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A parameter isn't known.
    #[error("there is no parameter `{0}`")]
    Unknown(String),
    /// A parameter's value can't be used.
    #[error("the value of `{0}` can't be used")]
    Value(&'static str),
}

impl FromStr for Location {
    type Err = InvalidLocation;

    fn from_str(text: &str) -> Result<Self, InvalidLocation> {
        if let Some(path) = text.strip_prefix("folder:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() {
                Err(InvalidLocation::Missing("the folder's path"))
            } else {
                Ok(Self::Folder(path.into()))
            };
        }
        if text.starts_with("s3://") {
            return text.parse().map(Self::S3);
        }
        if text.starts_with("cloudinary://") {
            return text.parse().map(Self::Cloudinary);
        }
        Err(InvalidLocation::Scheme)
    }
}

impl FromStr for S3Location {
    type Err = InvalidLocation;

    fn from_str(text: &str) -> Result<Self, InvalidLocation> {
        const BUCKET: InvalidLocation = InvalidLocation::Missing("the bucket");
        let url = Url::parse(text).map_err(|_| BUCKET)?;
        let mut location = Self {
            bucket: url.host_str().ok_or(BUCKET)?.to_owned(),
            prefix: url.path().trim_matches('/').to_owned(),
            ..Self::default()
        };
        for (name, value) in url.query_pairs() {
            match &*name {
                "region" => location.region = Some(value.into_owned()),
                "endpoint" => location.endpoint = Some(value.into_owned()),
                "allow_http" => {
                    location.allow_http = value.parse().map_err(|_| InvalidLocation::Value("allow_http"))?;
                }
                _ => return Err(InvalidLocation::Unknown(name.into_owned())),
            }
        }
        Ok(location)
    }
}

impl Location {
    /// Opens the store. The store itself is asked nothing yet.
    pub fn open(&self) -> Result<Arc<dyn Store>, OpenError> {
        match self {
            Self::Folder(path) => {
                std::fs::create_dir_all(path)
                    .map_err(|error| OpenError::new(path.display().to_string(), error))?;
                let folder = LocalFileSystem::new_with_prefix(path)
                    .map_err(|error| OpenError::new(path.display().to_string(), error))?
                    .with_automatic_cleanup(true)
                    // An upload that was acknowledged survives a power cut, as its event does.
                    .with_fsync(true);
                Ok(Arc::new(Objects::new(Arc::new(folder), Path::default())))
            }
            Self::S3(location) => {
                tls::ensure_provider();
                location.open()
            }
            Self::Cloudinary(config) => {
                tls::ensure_provider();
                Ok(Arc::new(Cloudinary::new(config.clone())?))
            }
        }
    }
}

impl S3Location {
    fn open(&self) -> Result<Arc<dyn Store>, OpenError> {
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(&self.bucket)
            .with_allow_http(self.allow_http)
            .with_conditional_put(S3ConditionalPut::ETagMatch)
            .with_client_options(
                ClientOptions::new()
                    .with_timeout(TIMEOUT)
                    .with_allow_http(self.allow_http),
            )
            .with_retry(RetryConfig {
                backoff: BackoffConfig::default(),
                max_retries: RETRIES,
                retry_timeout: RETRY_TIMEOUT,
            });
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let store = builder
            .build()
            .map_err(|error| OpenError::new(format!("the bucket {}", self.bucket), error))?;
        Ok(Arc::new(Objects::new(
            Arc::new(store),
            Path::from(self.prefix.as_str()),
        )))
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => f.debug_tuple("Folder").field(path).finish(),
            Self::S3(location) => location.fmt(f),
            Self::Cloudinary(config) => config.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Location, InvalidLocation> {
        text.parse()
    }

    #[test]
    fn each_store_has_its_own_scheme() {
        let folder = |text: &str| match parse(text) {
            Ok(Location::Folder(path)) => path,
            other => panic!("{other:?}"),
        };
        assert_eq!(folder("folder:/srv/media"), PathBuf::from("/srv/media"));
        assert_eq!(folder("folder:///srv/media"), PathBuf::from("/srv/media"));
        assert_eq!(folder("folder:.echo/media"), PathBuf::from(".echo/media"));
        assert!(matches!(
            parse("cloudinary://key:secret@cloud"),
            Ok(Location::Cloudinary(_))
        ));
        let Ok(Location::S3(bucket)) = parse(
            "s3://pictures/echo/live?region=eu-central-1&endpoint=http://127.0.0.1:9000&allow_http=true",
        ) else {
            panic!("a bucket")
        };
        let expected = S3Location {
            bucket: "pictures".to_owned(),
            prefix: "echo/live".to_owned(),
            region: Some("eu-central-1".to_owned()),
            endpoint: Some("http://127.0.0.1:9000".to_owned()),
            allow_http: true,
        };
        assert_eq!(bucket, expected);
    }

    #[test]
    fn what_is_wrong_is_told_without_telling_secrets() {
        let wrong = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(
            wrong("/srv/media"),
            "must begin with `folder:`, `s3://` or `cloudinary://`"
        );
        assert_eq!(wrong("folder:"), "the folder's path is missing");
        assert_eq!(wrong("s3://"), "the bucket is missing");
        assert_eq!(wrong("s3://b?regoin=x"), "there is no parameter `regoin`");
        assert_eq!(
            wrong("s3://b?allow_http=yes"),
            "the value of `allow_http` can't be used"
        );
        assert!(!wrong("cloudinary://key:hunter2@").contains("hunter2"));
        let shown = format!("{:?}", parse("cloudinary://key:hunter2@cloud").unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
