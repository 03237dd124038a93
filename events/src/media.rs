//! What happens to an uploaded image.

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, MediaId, Personal,
    personal::{aggregate_events, open, sealed},
};

aggregate_events! {
    /// Everything that can happen to an image.
    pub enum Event {
        /// It was uploaded, checked and stored.
        "uploaded" 1 => Uploaded(Uploaded),
        /// It is gone from the store.
        "deleted" 1 => Deleted(Deleted),
    }
}

/// See [`Event::Uploaded`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uploaded {
    /// Which image.
    pub media: MediaId,
    /// Whose.
    pub owner: AccountId,
    /// How it is stored.
    pub format: Format,
    /// Its size in the store, in bytes.
    pub bytes: u64,
    /// In pixels, orientation applied.
    pub width: u32,
    /// In pixels, orientation applied.
    pub height: u32,
    /// What it shows.
    #[serde(skip)]
    pub personal: Personal<Description>,
}

/// The formats that are taken, by content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `image/webp`
    Webp,
    /// `image/gif`
    Gif,
}

/// What is told of an image instead of itself.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// A few colours to show until it is there.
    pub blurhash: String,
    /// What it shows, for who can't see it; at most 1,000 characters.
    pub alt: String,
}

/// See [`Event::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// Which image.
    pub media: MediaId,
    /// Whose.
    pub owner: AccountId,
    /// Why.
    pub reason: DeletionReason,
}

/// Why an image was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletionReason {
    /// Nothing referred to it within a day.
    Unused,
    /// Its owner is being erased.
    Erased,
}

sealed!(Uploaded => owner);
open!(Deleted);
