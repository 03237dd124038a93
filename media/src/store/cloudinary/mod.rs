//! Pictures on Cloudinary, which also delivers them and makes the smaller sizes.
//!
//! A picture is uploaded once, as type `authenticated`: no URL without our signature shows it. Its owner is a tag, so
//! that what belongs to a person can be listed.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use events::{AccountId, MediaId};
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt, StreamExt, TryStreamExt};
use platform::clock;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, StatusCode, Url};
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::{Content, Held, OpenError, Picture, Store, StoreError};
use crate::Variant;
use crate::format::content_type;
use crate::variant::{MEDIUM_SIDE, THUMBNAIL_SIDE};

mod api;
mod config;
pub mod signature;

pub use api::Refusal;
pub use config::Config;

/// What an owner's tag begins with.
const OWNER_TAG: &str = "owner-";
/// The most that Cloudinary lists at once.
const PAGE: &str = "500";

/// Pictures on Cloudinary.
#[derive(Clone, Debug)]
pub struct Cloudinary {
    config: Config,
    client: Client,
}

#[derive(Debug, Deserialize)]
struct Uploaded {
    bytes: u64,
    /// Something was there, and was left as it is.
    #[serde(default)]
    existing: bool,
}

#[derive(Debug, Deserialize)]
struct Destroyed {
    result: String,
}

#[derive(Debug, Deserialize)]
struct Page {
    resources: Vec<Resource>,
    next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Resource {
    public_id: String,
    created_at: DateTime<Utc>,
    #[serde(default)]
    tags: Vec<String>,
}

impl Cloudinary {
    /// Keeps pictures on the cloud that `config` names.
    pub fn new(config: Config) -> Result<Self, OpenError> {
        super::tls::ensure_provider();
        Ok(Self {
            client: api::client(config.timeout)?,
            config,
        })
    }

    fn public_id(&self, media: MediaId) -> String {
        format!("{}/{media}", self.config.prefix)
    }

    fn address(&self, path: &str) -> String {
        format!("{}/v1_1/{}/{path}", self.config.api, self.config.cloud)
    }

    /// A form with these parameters, and what proves that they are ours.
    fn signed(&self, mut parameters: Vec<(&'static str, String)>) -> Form {
        parameters.push(("timestamp", clock::now().timestamp().to_string()));
        let signature = signature::of_request(&parameters, &self.config.secret);
        parameters
            .into_iter()
            .fold(Form::new(), |form, (name, value)| form.text(name, value))
            .text("api_key", self.config.key.clone())
            .text("signature", signature)
    }

    async fn upload(&self, picture: Picture) -> Result<(), StoreError> {
        let address = self.address("image/upload");
        let length = picture.original.len() as u64;
        let request = || {
            let file = Part::stream_with_length(picture.original.clone(), length)
                .file_name(picture.media.to_string())
                .mime_str(content_type(picture.format));
            let form = self.signed(vec![
                ("public_id", self.public_id(picture.media)),
                ("type", "authenticated".to_owned()),
                ("tags", format!("{OWNER_TAG}{}", picture.owner)),
                // What is there stays, so that an id stands for one picture for ever.
                ("overwrite", "false".to_owned()),
            ]);
            let form = match file {
                Ok(file) => form.part("file", file),
                Err(_) => unreachable!("the media types of our formats are media types"),
            };
            self.client.post(&address).multipart(form)
        };
        let uploaded: Uploaded = api::json(request).await?;
        if !uploaded.existing {
            return if uploaded.bytes == length {
                Ok(())
            } else {
                let reason = format!("{} bytes arrived instead of {length}", uploaded.bytes);
                Err(StoreError::Refused(reason.into()))
            };
        }
        let there = match self.fetch(picture.media, Variant::Original).await? {
            Some(there) => there.read().await?,
            None => return Err(StoreError::Occupied),
        };
        if there == picture.original {
            Ok(())
        } else {
            Err(StoreError::Occupied)
        }
    }

    async fn fetch(&self, media: MediaId, variant: Variant) -> Result<Option<Content>, StoreError> {
        let address = self.delivery_url(media, variant, clock::now() + TimeDelta::minutes(5));
        let response = self.client.get(address).send().await.map_err(api::unavailable)?;
        match response.status() {
            StatusCode::NOT_FOUND => return Ok(None),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(StoreError::Unauthorized("a delivery URL was refused".into()));
            }
            status if !status.is_success() => {
                return Err(StoreError::Unavailable(
                    format!("delivery answers {status}").into(),
                ));
            }
            _ => {}
        }
        let length = response.content_length();
        let mut body = response.bytes_stream().map_err(api::unavailable).boxed();
        let length = if let Some(length) = length {
            length
        } else {
            let whole: Vec<Bytes> = body.try_collect().await?;
            let length = whole.iter().map(Bytes::len).sum::<usize>();
            body = stream::iter(whole.into_iter().map(Ok)).boxed();
            length as u64
        };
        Content::sniffed(length, body).await.map(Some)
    }

    async fn destroy(&self, media: MediaId) -> Result<(), StoreError> {
        let address = self.address("image/destroy");
        let request = || {
            let form = self.signed(vec![
                ("public_id", self.public_id(media)),
                ("type", "authenticated".to_owned()),
                // The copies that are on their way to people go too.
                ("invalidate", "true".to_owned()),
            ]);
            self.client.post(&address).multipart(form)
        };
        let destroyed: Destroyed = api::json(request).await?;
        match destroyed.result.as_str() {
            "ok" | "not found" => Ok(()),
            other => Err(StoreError::Refused(format!("destroy answers {other:?}").into())),
        }
    }

    async fn page(&self, owner: Option<AccountId>, cursor: Option<String>) -> Result<Page, StoreError> {
        let mut query = vec![("max_results", PAGE.to_owned()), ("tags", "true".to_owned())];
        let path = if let Some(owner) = owner {
            format!("resources/image/tags/{OWNER_TAG}{owner}")
        } else {
            query.push(("prefix", format!("{}/", self.config.prefix)));
            "resources/image/authenticated".to_owned()
        };
        query.extend(cursor.map(|cursor| ("next_cursor", cursor)));
        let address = self.address(&path);
        let secret = self.config.secret.expose_secret();
        let request = || {
            self.client
                .get(&address)
                .basic_auth(&self.config.key, Some(secret))
                .query(&query)
        };
        api::json(request).await
    }

    /// What a listed resource is to us; none if it is somebody else's on the same cloud.
    fn held(&self, resource: &Resource) -> Option<Held> {
        let id = resource
            .public_id
            .strip_prefix(&self.config.prefix)?
            .strip_prefix('/')?;
        let owner = |tag: &String| tag.strip_prefix(OWNER_TAG)?.parse().ok();
        Some(Held {
            owner: resource.tags.iter().find_map(owner)?,
            media: id.parse().ok()?,
            stored_at: resource.created_at,
        })
    }

    fn delivery_url(&self, media: MediaId, variant: Variant, expires: DateTime<Utc>) -> String {
        let transformation = match variant {
            Variant::Original => String::new(),
            // Never enlarged; an animation goes on moving.
            Variant::Medium => format!("c_limit,h_{MEDIUM_SIDE},w_{MEDIUM_SIDE}/"),
            // Of an animation the first frame.
            Variant::Thumbnail => format!("c_limit,h_{THUMBNAIL_SIDE},pg_1,w_{THUMBNAIL_SIDE}/"),
        };
        let (public_id, delivery) = (self.public_id(media), &self.config.delivery);
        // A public id with a slash has a version before it; which one is not part of what is signed.
        let tail = format!("{transformation}v1/{public_id}");
        let Some(key) = &self.config.token_key else {
            let signature =
                signature::of_delivery(&format!("{transformation}{public_id}"), &self.config.secret);
            return format!("{delivery}/image/authenticated/{signature}/{tail}");
        };
        let address = format!("{delivery}/image/authenticated/{tail}");
        let path = Url::parse(&address).map_or_else(|_| String::new(), |url| url.path().to_owned());
        let token = signature::token(&path, expires, &key.0);
        format!("{address}?__cld_token__={token}")
    }
}

impl Store for Cloudinary {
    /// Uploads the original; the other sizes are made from it there.
    fn put(&self, picture: Picture) -> BoxFuture<'_, Result<(), StoreError>> {
        self.upload(picture).boxed()
    }

    fn get(&self, media: MediaId, variant: Variant) -> BoxFuture<'_, Result<Option<Content>, StoreError>> {
        self.fetch(media, variant).boxed()
    }

    fn delete(&self, _: AccountId, media: MediaId) -> BoxFuture<'_, Result<(), StoreError>> {
        self.destroy(media).boxed()
    }

    /// Cloudinary allows a number of lists an hour, and lists a new picture only after a while.
    fn list(&self, owner: Option<AccountId>) -> BoxStream<'_, Result<Held, StoreError>> {
        enum Next {
            Page(Option<String>),
            End,
        }
        stream::try_unfold(Next::Page(None), move |next| async move {
            let Next::Page(cursor) = next else {
                return Ok::<_, StoreError>(None);
            };
            let page = self.page(owner, cursor).await?;
            let held: Vec<Held> = page
                .resources
                .iter()
                .filter_map(|found| self.held(found))
                .collect();
            let next = page
                .next_cursor
                .map_or(Next::End, |cursor| Next::Page(Some(cursor)));
            Ok(Some((stream::iter(held.into_iter().map(Ok)), next)))
        })
        .try_flatten()
        .boxed()
    }

    fn cdn_url(&self, media: MediaId, variant: Variant, expires: DateTime<Utc>) -> Option<String> {
        Some(self.delivery_url(media, variant, expires))
    }
}
