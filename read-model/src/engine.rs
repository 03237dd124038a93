//! What the projection engine keeps about itself: who owns which shard, how far it has come, and which
//! version readers use. These collections bear no version.

use bson::{DateTime, Uuid};
use serde::{Deserialize, Serialize};

use crate::{Collection, Index};

/// The engine's collections.
pub const COLLECTIONS: &[Collection] = &[
    Collection {
        name: Shard::COLLECTION,
        indexes: &[Index {
            name: "projection_version_shard",
            keys: &[("projection", 1), ("version", 1), ("shard", 1)],
            only: None,
        }],
    },
    Collection {
        name: Versions::COLLECTION,
        indexes: &[],
    },
];

/// One shard of one version of a projection: its lease and its checkpoint, in one document so that a
/// transaction can tell both at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// `<projection>-<version>-<shard>`: see [`Shard::id_of`].
    #[serde(rename = "_id")]
    pub id: String,
    /// The projection's name.
    pub projection: String,
    /// Its version.
    pub version: u32,
    /// Which of the shards, from 0.
    pub shard: u32,
    /// How many there are of this version.
    pub shards: u32,
    /// The process that owns the shard, or owned it last; null if it was let go in order.
    pub owner: Option<String>,
    /// The owner's session with the database. Whoever takes the shard from an owner that stopped in the
    /// midst of a transaction ends the transaction by this.
    pub session: Option<Uuid>,
    /// Raised each time the shard gets an owner; what an earlier one still tries to write is refused.
    pub epoch: i64,
    /// Until when, by the database's clock, the owner may count on nobody else taking the shard.
    pub lease_until: DateTime,
    /// The checkpoint: every event of the stream up to this one has been considered. The shard's watermark.
    pub position: i64,
    /// How many steps of the event after `position` are done, where one event is too much for one
    /// transaction; 0 between events.
    pub step: i64,
}

impl Shard {
    /// The name of the collection.
    pub const COLLECTION: &'static str = "projection_shards";

    /// The id of a shard's document.
    pub fn id_of(projection: &str, version: u32, shard: u32) -> String {
        format!("{projection}-{version}-{shard}")
    }
}

/// The versions of one projection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// The projection's name.
    #[serde(rename = "_id")]
    pub projection: String,
    /// The one that readers use.
    pub live: u32,
    /// All that are kept up to date, the live one among them.
    pub versions: Vec<Version>,
}

impl Versions {
    /// The name of the collection.
    pub const COLLECTION: &'static str = "projection_versions";
}

/// One version of a projection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its number.
    pub version: u32,
    /// How many shards it is split into, for good: each document is one shard's.
    pub shards: u32,
}

/// What a shard's owner publishes after each commit, as JSON on `progress.<projection>.<version>.<shard>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The shard's watermark: `e42`.
    pub position: events::Position,
    /// The owner's epoch; of two owners the later is right.
    pub epoch: i64,
}
