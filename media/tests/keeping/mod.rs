//! What every store has to do, written once.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use chrono::TimeDelta;
use events::media::Format;
use events::{AccountId, MediaId};
use futures::TryStreamExt;
use media::Variant;
use media::store::{Picture, Store, StoreError};
use platform::{clock, id};

use crate::pictures::{jpeg, quadrants};

/// A picture of somebody.
pub(crate) fn picture(owner: AccountId, side: u32) -> Picture {
    Picture {
        owner,
        media: MediaId::from(id::ordered()),
        format: Format::Jpeg,
        original: jpeg(&quadrants(side, side)).into(),
        medium: Some(jpeg(&quadrants(16, 16)).into()),
        thumbnail: jpeg(&quadrants(8, 8)).into(),
    }
}

pub(crate) fn somebody() -> AccountId {
    AccountId::from(id::ordered())
}

pub(crate) async fn read(store: &dyn Store, media: MediaId, variant: Variant) -> Option<Bytes> {
    let content = store.get(media, variant).await.unwrap()?;
    let (format, bytes) = (content.format, content.bytes);
    let read = content.read().await.unwrap();
    assert_eq!(format, Format::Jpeg);
    assert_eq!(bytes, read.len() as u64);
    Some(read)
}

pub(crate) async fn listed(store: &dyn Store, owner: Option<AccountId>) -> BTreeSet<(AccountId, MediaId)> {
    let held: Vec<_> = store.list(owner).try_collect().await.unwrap();
    for held in &held {
        assert!((clock::now() - held.stored_at).abs() < TimeDelta::minutes(1));
    }
    let ids: BTreeSet<_> = held.iter().map(|held| (held.owner, held.media)).collect();
    assert_eq!(ids.len(), held.len(), "nothing is listed twice");
    ids
}

/// Whether a store keeps pictures as the trait says.
pub(crate) async fn keeps_pictures(store: &Arc<dyn Store>) {
    let store = &**store;
    let (ann, ben) = (somebody(), somebody());
    let mut anns = Vec::new();
    for side in [30, 40, 50, 60, 70] {
        let picture = picture(ann, side);
        assert!(read(store, picture.media, Variant::Original).await.is_none());
        store.put(picture.clone()).await.unwrap();
        anns.push(picture);
    }
    let bens = picture(ben, 80);
    store.put(bens.clone()).await.unwrap();

    for picture in anns.iter().chain([&bens]) {
        assert_eq!(
            read(store, picture.media, Variant::Original).await,
            Some(picture.original.clone())
        );
        for variant in [Variant::Medium, Variant::Thumbnail] {
            assert!(read(store, picture.media, variant).await.is_some());
        }
    }

    // The same again is nothing new, and something else under its id isn't taken.
    store.put(bens.clone()).await.unwrap();
    let other = Picture {
        media: bens.media,
        ..picture(ben, 90)
    };
    assert!(matches!(store.put(other).await, Err(StoreError::Occupied)));
    assert_eq!(
        read(store, bens.media, Variant::Original).await,
        Some(bens.original.clone())
    );

    let ids = |pictures: &[Picture]| -> BTreeSet<_> {
        pictures
            .iter()
            .map(|picture| (picture.owner, picture.media))
            .collect()
    };
    assert_eq!(listed(store, Some(ann)).await, ids(&anns));
    assert_eq!(listed(store, Some(somebody())).await, BTreeSet::new());
    let everybodys = listed(store, None).await;
    assert!(everybodys.is_superset(&ids(&anns)) && everybodys.contains(&(ben, bens.media)));

    for picture in &anns {
        store.delete(ann, picture.media).await.unwrap();
        for variant in Variant::ALL {
            assert!(read(store, picture.media, variant).await.is_none());
        }
        store.delete(ann, picture.media).await.unwrap();
    }
    assert_eq!(listed(store, Some(ann)).await, BTreeSet::new());
    assert_eq!(
        read(store, bens.media, Variant::Original).await,
        Some(bens.original.clone())
    );
    store.delete(ben, bens.media).await.unwrap();
}
