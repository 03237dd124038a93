//! What a projection, a collection and an index are.

use std::time::Duration;

use bson::{Bson, doc};
use events::Stream;
use mongodb::{IndexModel, options::IndexOptions};
use serde::{Serialize, de::DeserializeOwned};

/// One read model: its name, what it is built from, and where it is kept.
#[derive(Clone, Copy, Debug)]
pub struct Projection {
    /// As operators name it, and as it stands in subjects and leases.
    pub name: &'static str,
    /// The version of its documents' shape and meaning, raised with each change: what is stored of another is
    /// built anew, beside the old. Each time that documents are built, with a new shape or to mend the old, they
    /// get a number of their own ([`crate::engine::Version`]), which in a new database begins with this one.
    pub version: u32,
    /// The one stream that it reads.
    pub stream: Stream,
    /// What it writes. No other projection writes there.
    pub collections: &'static [Collection],
    /// Those of the collections of which readers keep copies of documents, by id. Which of their documents changed is
    /// announced ([`crate::engine::Changes`]).
    pub copied: &'static [&'static str],
    /// What readers keep lists of. Of which of them a document changed is announced too.
    pub lists: &'static [List],
}

/// A list for each of many: of the documents that have the same value in a field, which none of them ever changes.
/// Whose list it is, is that value: somebody's posts, the messages of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    /// As it stands in announcements; none of the collections'.
    pub name: &'static str,
    /// The collections of the documents, and in each the field: where it holds an array, a document is on the list of
    /// each of its members. More than one where the answer to one question depends on several.
    pub of: &'static [(&'static str, &'static str)],
}

/// A collection of one projection.
#[derive(Clone, Copy, Debug)]
pub struct Collection {
    /// Without the version; see [`versioned`].
    pub name: &'static str,
    /// Besides the one on `_id`.
    pub indexes: &'static [Index],
}

/// The field that tells when a document is over. An index on it alone has the database remove what is.
pub const EXPIRES_AT: &str = "expires_at";

/// An index, and by that a question which the collection answers fast.
#[derive(Clone, Copy, Debug)]
pub struct Index {
    /// Its name in the database.
    pub name: &'static str,
    /// Its fields in order; 1 for ascending, -1 for descending.
    pub keys: &'static [(&'static str, i32)],
    /// A field and the value that it has in the documents indexed; the others are left out. A query uses
    /// the index only if it asks for that value too.
    pub only: Option<(&'static str, bool)>,
}

impl Collection {
    /// Whether the database takes documents away by itself, once they are over.
    pub fn expires(&self) -> bool {
        self.indexes.iter().any(Index::expires)
    }
}

impl Index {
    /// Whether it is the one by which documents that are over are removed.
    fn expires(&self) -> bool {
        self.keys == [(EXPIRES_AT, 1)]
    }

    /// As the driver wants it.
    pub fn model(&self) -> IndexModel {
        let keys = self
            .keys
            .iter()
            .map(|(field, order)| ((*field).to_owned(), Bson::Int32(*order)))
            .collect::<bson::Document>();
        let mut options = IndexOptions::default();
        options.name = Some(self.name.to_owned());
        options.partial_filter_expression = self.only.map(|(field, value)| doc! { field: value });
        options.expire_after = self.expires().then_some(Duration::ZERO);
        let mut model = IndexModel::default();
        model.keys = keys;
        model.options = Some(options);
        model
    }
}

/// A document of a collection: it serializes with its id as `_id`.
pub trait Document: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// What `_id` holds.
    type Id: Serialize + Clone;
    /// The collection's name without the version.
    const COLLECTION: &'static str;

    /// The document's id.
    fn id(&self) -> Self::Id;
}

/// The bytes of `{ _id: … }`: the filter that finds a document, and what it is called where it is announced.
///
/// # Panics
///
/// If an id can't be BSON, as no UUID and no document of UUIDs and numbers is.
pub fn key<D: Document>(id: D::Id) -> Vec<u8> {
    #[derive(Serialize)]
    struct Key<T> {
        _id: T,
    }
    bson::serialize_to_vec(&Key { _id: id })
        .expect("ids are UUIDs and documents of them, which always serialize")
}

/// The bytes of `{ of: … }`: what the list of an owner is called where it is announced.
///
/// # Panics
///
/// If the owner can't be BSON, as no UUID and no document of UUIDs is.
pub fn list_key(owner: impl Serialize) -> Vec<u8> {
    #[derive(Serialize)]
    struct Key<T> {
        of: T,
    }
    bson::serialize_to_vec(&Key { of: owner })
        .expect("owners are UUIDs and documents of them, which always serialize")
}

/// A collection's name in the database: `posts_v1`.
pub fn versioned(collection: &str, version: u32) -> String {
    format!("{collection}_v{version}")
}

/// Any of the events' ids as the database holds it.
pub fn uuid(id: impl Into<uuid::Uuid>) -> bson::Uuid {
    bson::Uuid::from(id.into())
}

/// Any of the events' ids back from the database: `let author: AccountId = id(post.author)`.
pub fn id<T: From<uuid::Uuid>>(uuid: bson::Uuid) -> T {
    T::from(uuid.into())
}

/// A sequence as the database holds it. No stream ever reaches 2^63 events.
pub fn position(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

/// A sequence back from the database.
pub fn sequence(position: i64) -> u64 {
    u64::try_from(position).unwrap_or_default()
}
