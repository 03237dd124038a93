//! What the projection engine keeps about itself: who owns which shard, how far it has come, and which
//! version readers use. These collections bear no version.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
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
    Collection {
        name: DeadLetter::COLLECTION,
        indexes: &[Index {
            name: "shard_key_position",
            keys: &[
                ("projection", 1),
                ("version", 1),
                ("shard", 1),
                ("key", 1),
                ("position", 1),
            ],
            only: None,
        }],
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
    /// The owner may not go beyond this position: two versions that are to be compared are made to meet there.
    #[serde(default)]
    pub hold: Option<i64>,
    /// Until when, by the database's clock, `hold` counts: whoever asked for it may never come back.
    #[serde(default)]
    pub hold_until: Option<DateTime>,
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
    /// The one that they used before, and can be sent back to.
    #[serde(default)]
    pub previous: Option<u32>,
    /// When readers were last sent to another one.
    #[serde(default)]
    pub switched_at: Option<DateTime>,
    /// The highest number that any version ever had; no number is given twice.
    #[serde(default)]
    pub latest: u32,
    /// All that are kept up to date, the live one among them.
    pub versions: Vec<Version>,
}

impl Versions {
    /// The name of the collection.
    pub const COLLECTION: &'static str = "projection_versions";

    /// The version of this number, if it is kept.
    pub fn get(&self, number: u32) -> Option<Version> {
        self.versions
            .iter()
            .find(|version| version.version == number)
            .copied()
    }

    /// The one that readers use.
    pub fn live(&self) -> Option<Version> {
        self.get(self.live)
    }
}

/// One version of a projection: one time that its documents were built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its number, which its collections bear.
    pub version: u32,
    /// How many shards it is split into, for good: each document is one shard's.
    pub shards: u32,
    /// The [`crate::Projection::version`] that its documents have the shape of; none where it is the number.
    #[serde(default)]
    pub shape: Option<u32>,
}

impl Version {
    /// The [`crate::Projection::version`] that its documents have the shape of. Only code of the same keeps it.
    pub fn shape(self) -> u32 {
        self.shape.unwrap_or(self.version)
    }
}

/// An event that a shard could not apply, or that had to wait behind one. The event itself stays in its stream;
/// this only says where, so that nothing personal is kept twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// `<shard's id>-<position>`: see [`DeadLetter::id_of`].
    #[serde(rename = "_id")]
    pub id: String,
    /// The projection's name.
    pub projection: String,
    /// Its version.
    pub version: u32,
    /// Which of its shards.
    pub shard: u32,
    /// Where the event stands in the projection's stream.
    pub position: i64,
    /// The event's subject, without a namespace.
    pub subject: String,
    /// What routes it: later events of the same key are parked too, so that they are applied in order.
    pub key: String,
    /// Why it could not be applied; none if it only waits behind one that could not.
    pub error: Option<String>,
    /// How often it has been tried.
    pub tries: u32,
    /// Since when it is parked.
    pub parked_at: DateTime,
    /// What an operator wants done with it; the shard's owner does it.
    pub wish: Option<Wish>,
}

impl DeadLetter {
    /// The name of the collection.
    pub const COLLECTION: &'static str = "dead_letters";

    /// The id of the letter for the event at `position`.
    pub fn id_of(projection: &str, version: u32, shard: u32, position: i64) -> String {
        format!("{}-{position}", Shard::id_of(projection, version, shard))
    }
}

/// What is to be done with a [`DeadLetter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Apply it, and all that wait behind it.
    Retry,
    /// Pass over it, and apply what waits behind it.
    Discard,
}

/// What a shard's owner publishes after each commit, as JSON on `progress.<projection>.<version>.<shard>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The shard's watermark: `e42`.
    pub position: events::Position,
    /// The owner's epoch; of two owners the later is right.
    pub epoch: i64,
    /// What changed since the owner's last word. Where it is left out anything may have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
}

/// What a shard's owner changed since its last word, for those who keep copies of documents
/// ([`crate::Projection::copied`]) and lists ([`crate::Projection::lists`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// The watermark of the last word. Who has not heard that one has missed changes.
    pub since: u64,
    /// By collection, without its version: what the documents are called ([`crate::key`]).
    pub documents: BTreeMap<String, Vec<DocumentKey>>,
    /// By the lists' name: whose of them isn't any more what it was ([`crate::list_key`]). Where it is left out, by a
    /// projector that knows of none, any may be another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lists: Option<BTreeMap<String, Vec<DocumentKey>>>,
}

/// The bytes of `{ _id: … }` or, of lists, `{ of: … }`; as JSON in base64.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentKey(pub Vec<u8>);

impl From<DocumentKey> for String {
    fn from(key: DocumentKey) -> Self {
        STANDARD_NO_PAD.encode(key.0)
    }
}

impl TryFrom<String> for DocumentKey {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        STANDARD_NO_PAD.decode(text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{key, posts::Post, uuid};

    #[test]
    fn progress_with_and_without_changes_is_read_as_it_was_written() {
        let position = "e42".parse().unwrap();
        let word = |changes| Progress {
            position,
            epoch: 3,
            changes,
        };
        let post = DocumentKey(key::<Post>(uuid(uuid::Uuid::from_u128(7))));
        let changes = Changes {
            since: 40,
            documents: BTreeMap::from([("posts".to_owned(), vec![post.clone()])]),
            lists: None,
        };
        let with_lists = Changes {
            lists: Some(BTreeMap::from([("posts_by".to_owned(), vec![post])])),
            ..changes.clone()
        };
        for word in [word(None), word(Some(changes)), word(Some(with_lists))] {
            let text = serde_json::to_string(&word).unwrap();
            assert_eq!(serde_json::from_str::<Progress>(&text).unwrap(), word, "{text}");
        }
        let short: Progress = serde_json::from_str(r#"{"position":"e42","epoch":3}"#).unwrap();
        assert_eq!(short, word(None));
        let broken = r#"{"position":"e42","epoch":3,"changes":{"since":1,"documents":{"posts":["?"]}}}"#;
        assert!(serde_json::from_str::<Progress>(broken).is_err());
    }
}
