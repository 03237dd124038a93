//! What a projection is: a pure function from an event, and the documents it asked for, to writes.
//!
//! Everything else (ownership, loading, transactions, checkpoints, failures) is the engine's.

use bson::{RawBsonRef, RawDocument, RawDocumentBuf};
use events::{AccountId, Recorded, partition};
use read_model::Document;

use crate::{Announcement, Loaded, Sweep};

/// One read model.
pub trait Projection: Send + Sync + 'static {
    /// Its name, version, stream and collections.
    fn model(&self) -> &'static read_model::Projection;

    /// The aggregates whose events it looks at; all others are passed over without being decoded.
    fn aggregates(&self) -> &'static [&'static str];

    /// The documents that [`Projection::apply`] will ask for. They are loaded before, many events' at once,
    /// so they must be known from the event alone.
    fn needs(&self, event: &Recorded, shard: Shard) -> Vec<Key>;

    /// Those of the documents needed that the event makes: what others of its kind hardly ever find there already.
    /// They are taken for absent without a look; where that turns out wrong the events are applied again, with one.
    fn makes(&self, _event: &Recorded, _shard: Shard) -> Vec<Key> {
        vec![]
    }

    /// What the event changes in the documents that `shard` owns. Depends on its arguments alone: a rebuild
    /// must come to the same documents.
    fn apply(&self, event: &Recorded, loaded: &Loaded, shard: Shard) -> Result<Vec<Write>, ApplyError>;

    /// What has to be gone through before the event is applied; see [`Sweep`].
    fn sweeps(&self, _event: &Recorded, _shard: Shard) -> Vec<Sweep> {
        vec![]
    }

    /// What is told once the event is stored, by the version that readers use and only of news. `loaded` is what
    /// was needed, as it reads after the event.
    fn announce(
        &self,
        _event: &Recorded,
        _loaded: &Loaded,
        _shard: Shard,
    ) -> Result<Vec<Announcement>, ApplyError> {
        Ok(vec![])
    }
}

/// Why an event can't be applied. Lasting: the same event and documents fail again.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The projection asks for what it didn't declare: a mistake in its code.
    #[error("a document of {0} was not declared as needed")]
    Undeclared(&'static str),
    /// A stored document doesn't have its shape.
    #[error("a stored document of {collection} doesn't have its shape")]
    Shape {
        /// Which collection it is in.
        collection: &'static str,
        /// What is wrong.
        #[source]
        error: Box<bson::error::Error>,
    },
}

/// One of the parts that a projection is split into; each document belongs to exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shard {
    /// Which, from 0.
    pub index: u32,
    /// Of how many.
    pub count: u32,
}

impl Shard {
    /// The one shard of a projection that isn't split.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// Whether documents that belong to `account` are this shard's.
    pub fn owns(self, account: AccountId) -> bool {
        self.count == 1 || self.owns_partition(partition(&account.to_string()))
    }

    /// Whether documents that belong to a partition of routing keys are this shard's.
    pub const fn owns_partition(self, partition: u32) -> bool {
        partition % self.count == self.index
    }
}

/// A document's address: its collection and its `_id`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    collection: &'static str,
    /// The bytes of `{ _id: … }`, which is also the filter that finds it.
    filter: Vec<u8>,
}

impl Key {
    /// The address of the document of type `D` with this id.
    pub fn of<D: Document>(id: D::Id) -> Self {
        Self {
            collection: D::COLLECTION,
            filter: read_model::key::<D>(id),
        }
    }

    /// The address of a document as it came from `collection`; `None` if it has no id.
    pub(crate) fn of_raw(collection: &'static str, document: &RawDocument) -> Option<Self> {
        let id = document.get("_id").ok()??;
        let mut filter = RawDocumentBuf::new();
        filter.append(bson::raw::cstr!("_id"), id);
        Some(Self {
            collection,
            filter: filter.into_bytes(),
        })
    }

    /// The collection, without a version.
    pub fn collection(&self) -> &'static str {
        self.collection
    }

    /// `{ _id: … }`.
    pub(crate) fn filter(&self) -> &RawDocument {
        RawDocument::from_bytes(&self.filter).expect("made as a document and never changed")
    }

    /// What the document is called where it is announced.
    pub(crate) fn name(&self) -> &[u8] {
        &self.filter
    }

    /// The id alone.
    pub(crate) fn id(&self) -> RawBsonRef<'_> {
        let id = self.filter().get("_id").ok().flatten();
        id.expect("made with an id and never changed")
    }
}

/// A change to one document.
#[derive(Clone, Debug)]
pub enum Write {
    /// The same as to put it, of a document that hardly ever is there yet: cheaper then, and dearer else.
    Make(Key, RawDocumentBuf),
    /// The document reads so now, whether it was there or not.
    Put(Key, RawDocumentBuf),
    /// The document isn't there any more, if it was.
    Delete(Key),
}

impl Write {
    /// Writes the whole document, which this event makes.
    pub fn make<D: Document>(document: &D) -> Self {
        Self::Make(Key::of::<D>(document.id()), raw(document))
    }

    /// Writes the whole document.
    pub fn put<D: Document>(document: &D) -> Self {
        Self::Put(Key::of::<D>(document.id()), raw(document))
    }

    /// Removes the document with this id.
    pub fn delete<D: Document>(id: D::Id) -> Self {
        Self::Delete(Key::of::<D>(id))
    }
}

fn raw<D: Document>(document: &D) -> RawDocumentBuf {
    let raw = bson::serialize_to_raw_document_buf(document);
    raw.expect("the read model's documents are plain fields, which always serialize")
}

#[cfg(test)]
mod tests {
    use read_model::{feed, uuid};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn every_account_belongs_to_exactly_one_shard() {
        for n in 0..200 {
            let account = AccountId::from(Uuid::from_u128(n));
            let owners = (0..3).filter(|index| {
                Shard {
                    index: *index,
                    count: 3,
                }
                .owns(account)
            });
            assert_eq!(owners.count(), 1);
        }
    }

    #[test]
    fn a_document_from_the_database_has_the_key_under_which_it_is_asked_for() {
        let (owner, post) = (uuid(Uuid::from_u128(1)), uuid(Uuid::from_u128(2)));
        let entry = feed::Entry {
            id: feed::EntryId { owner, post },
            owner,
            post,
            author: owner,
            position: 3,
        };
        let Write::Put(key, raw) = Write::put(&entry) else {
            unreachable!("a put")
        };
        assert_eq!(Key::of_raw("feed", &raw), Some(key));
    }
}
