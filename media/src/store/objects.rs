//! Pictures in an object store: a local folder, or anything that speaks S3.
//!
//! Up to four objects for each picture: `media/<shard>/<id>/original`, `…/medium`, `…/thumbnail`, and the empty marker
//! `owners/<owner>/<id>`, by which what belongs to a person is found without asking any database. The marker is
//! written first and deleted last, so that whatever a crash leaves behind can be found.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use events::{AccountId, MediaId};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt, TryStreamExt, future};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutPayload};

use super::{Content, Held, Picture, Store, StoreError};
use crate::Variant;

/// Pictures in an object store.
#[derive(Clone, Debug)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl Objects {
    /// Keeps pictures in `store`, under `prefix`.
    pub fn new(store: Arc<dyn ObjectStore>, prefix: Path) -> Self {
        Self { store, prefix }
    }

    fn path(&self, media: MediaId, variant: Variant) -> Path {
        let id = media.to_string();
        // The end of an id is random whatever its version, so that folders stay small.
        let shard = &id[id.len() - 2..];
        self.prefix
            .clone()
            .join("media")
            .join(shard)
            .join(id.as_str())
            .join(variant.as_str())
    }

    fn owner_path(&self, owner: AccountId) -> Path {
        self.owners().join(owner.to_string())
    }

    fn owners(&self) -> Path {
        self.prefix.clone().join("owners")
    }

    async fn store(&self, picture: Picture) -> Result<(), StoreError> {
        let marker = self.owner_path(picture.owner).join(picture.media.to_string());
        self.store
            .put(&marker, PutPayload::default())
            .await
            .map_err(from_store)?;
        for variant in Variant::ALL {
            if let Some(bytes) = picture.variant(variant) {
                self.create(&self.path(picture.media, variant), bytes).await?;
            }
        }
        Ok(())
    }

    /// Writes an object that isn't there yet, or finds that it is there and the same.
    async fn create(&self, path: &Path, bytes: &Bytes) -> Result<(), StoreError> {
        let payload = PutPayload::from_bytes(bytes.clone());
        match self.store.put_opts(path, payload, PutMode::Create.into()).await {
            Ok(_) => Ok(()),
            Err(object_store::Error::AlreadyExists { .. }) => {
                let there = self.store.get(path).await.map_err(from_store)?;
                let there = there.bytes().await.map_err(from_store)?;
                if there == *bytes {
                    Ok(())
                } else {
                    Err(StoreError::Occupied)
                }
            }
            Err(error) => Err(from_store(error)),
        }
    }

    async fn read(&self, media: MediaId, variant: Variant) -> Result<Option<Content>, StoreError> {
        let found = self.open(self.path(media, variant)).await?;
        if found.is_none() && variant == Variant::Medium {
            return self.open(self.path(media, Variant::Original)).await;
        }
        Ok(found)
    }

    async fn open(&self, path: Path) -> Result<Option<Content>, StoreError> {
        let found = match self.store.get(&path).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(from_store(error)),
        };
        let bytes = found.meta.size;
        let body = found.into_stream().map_err(from_store).boxed();
        Content::sniffed(bytes, body).await.map(Some)
    }

    async fn remove(&self, owner: AccountId, media: MediaId) -> Result<(), StoreError> {
        let marker = self.owner_path(owner).join(media.to_string());
        let sizes = Variant::ALL.map(|variant| self.path(media, variant));
        for path in sizes.into_iter().chain([marker]) {
            match self.store.delete(&path).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(from_store(error)),
            }
        }
        Ok(())
    }
}

impl Store for Objects {
    fn put(&self, picture: Picture) -> BoxFuture<'_, Result<(), StoreError>> {
        self.store(picture).boxed()
    }

    fn get(&self, media: MediaId, variant: Variant) -> BoxFuture<'_, Result<Option<Content>, StoreError>> {
        self.read(media, variant).boxed()
    }

    fn delete(&self, owner: AccountId, media: MediaId) -> BoxFuture<'_, Result<(), StoreError>> {
        self.remove(owner, media).boxed()
    }

    fn list(&self, owner: Option<AccountId>) -> BoxStream<'_, Result<Held, StoreError>> {
        let prefix = owner.map_or_else(|| self.owners(), |owner| self.owner_path(owner));
        self.store
            .list(Some(&prefix))
            .map_err(from_store)
            .try_filter_map(|object| future::ready(Ok(held(&object))))
            .boxed()
    }

    fn cdn_url(&self, _: MediaId, _: Variant, _: DateTime<Utc>) -> Option<String> {
        None
    }
}

/// What a marker says; none if the object is no marker of ours.
fn held(object: &ObjectMeta) -> Option<Held> {
    let mut parts = object.location.as_ref().rsplit('/');
    let (media, owner) = (parts.next()?, parts.next()?);
    let (Ok(media), Ok(owner)) = (media.parse(), owner.parse()) else {
        tracing::warn!(object = %object.location, "there is something else among the media's markers");
        return None;
    };
    Some(Held {
        owner,
        media,
        stored_at: object.last_modified,
    })
}

fn from_store(error: object_store::Error) -> StoreError {
    match error {
        object_store::Error::Unauthenticated { .. } | object_store::Error::PermissionDenied { .. } => {
            StoreError::Unauthorized(error.into())
        }
        error => StoreError::Unavailable(error.into()),
    }
}
