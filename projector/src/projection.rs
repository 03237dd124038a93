//! What a projection is: a pure function from an event, and the documents it asked for, to writes.
//!
//! Everything else (ownership, loading, transactions, checkpoints, failures) is the engine's.

use std::collections::HashMap;

use bson::{RawBsonRef, RawDocument, RawDocumentBuf};
use events::{AccountId, Recorded, partition};
use read_model::Document;

use crate::{Announcement, Sweep};

/// One read model.
pub trait Projection: Send + Sync + 'static {
    /// Its name, version, stream and collections.
    fn model(&self) -> &'static read_model::Projection;

    /// The aggregates whose events it looks at; all others are passed over without being decoded.
    fn aggregates(&self) -> &'static [&'static str];

    /// The documents that [`Projection::apply`] will ask for. They are loaded before, many events' at once,
    /// so they must be known from the event alone.
    fn needs(&self, event: &Recorded, shard: Shard) -> Vec<Key>;

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
    /// The document reads so now, whether it was there or not.
    Put(Key, RawDocumentBuf),
    /// The document isn't there any more, if it was.
    Delete(Key),
}

impl Write {
    /// Writes the whole document.
    pub fn put<D: Document>(document: &D) -> Self {
        let raw = bson::serialize_to_raw_document_buf(document);
        Self::Put(
            Key::of::<D>(document.id()),
            raw.expect("the read model's documents are plain fields, which always serialize"),
        )
    }

    /// Removes the document with this id.
    pub fn delete<D: Document>(id: D::Id) -> Self {
        Self::Delete(Key::of::<D>(id))
    }
}

/// The documents that were declared as needed, as they read after all earlier events.
#[derive(Debug, Default)]
pub struct Loaded {
    documents: HashMap<Key, Slot>,
    written_documents: usize,
    written_bytes: usize,
}

#[derive(Debug)]
struct Slot {
    document: Option<RawDocumentBuf>,
    /// How it read before it was deleted, as far as that is known.
    deleted: Option<RawDocumentBuf>,
    /// Whether an event of the batch wrote it.
    written: bool,
    stored: Stored,
}

/// What is known of a document in the database, as it was before the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stored {
    /// Nobody asked.
    Unknown,
    Absent,
    Present,
}

/// What is to be done to a document in the database.
#[derive(Debug)]
pub(crate) enum Change<'a> {
    /// It isn't there yet: cheaper than to put it.
    Insert(&'a RawDocumentBuf),
    /// It may be there.
    Put(&'a RawDocumentBuf),
    /// It goes.
    Delete,
}

impl Loaded {
    /// The document with this id, if there is one.
    pub fn get<D: Document>(&self, id: D::Id) -> Result<Option<D>, ApplyError> {
        let slot = self.documents.get(&Key::of::<D>(id));
        let slot = slot.ok_or(ApplyError::Undeclared(D::COLLECTION))?;
        let Some(document) = &slot.document else {
            return Ok(None);
        };
        let read = bson::deserialize_from_slice(document.as_bytes());
        read.map(Some).map_err(|error| ApplyError::Shape {
            collection: D::COLLECTION,
            error: Box::new(error),
        })
    }

    /// Marks what was asked for as not there, until [`Loaded::found`] says otherwise.
    pub(crate) fn asked(keys: impl IntoIterator<Item = Key>) -> Self {
        let absent = |key| {
            let slot = Slot {
                document: None,
                deleted: None,
                written: false,
                stored: Stored::Absent,
            };
            (key, slot)
        };
        Self {
            documents: keys.into_iter().map(absent).collect(),
            ..Self::default()
        }
    }

    /// All that was asked for.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.documents.keys()
    }

    /// A document, as it reads now.
    pub(crate) fn document(&self, key: &Key) -> Option<&RawDocumentBuf> {
        self.documents.get(key)?.document.as_ref()
    }

    /// A document as it reads now or, of one that was deleted, as it read before. Nothing of one that was deleted
    /// unseen.
    pub(crate) fn last_seen(&self, key: &Key) -> Option<&RawDocumentBuf> {
        let slot = self.documents.get(key)?;
        slot.document.as_ref().or(slot.deleted.as_ref())
    }

    /// Takes in a document from the database unless it is known already.
    pub(crate) fn seen(&mut self, key: Key, document: &RawDocumentBuf) {
        if !self.documents.contains_key(&key) {
            self.found(key, document.clone());
        }
    }

    /// Takes in a document from the database.
    pub(crate) fn found(&mut self, key: Key, document: RawDocumentBuf) {
        let slot = Slot {
            document: Some(document),
            deleted: None,
            written: false,
            stored: Stored::Present,
        };
        self.documents.insert(key, slot);
    }

    /// Lets later events see writes.
    pub(crate) fn write_all(&mut self, writes: Vec<Write>) {
        for write in writes {
            self.write(write);
        }
    }

    fn write(&mut self, write: Write) {
        let (key, document) = match write {
            Write::Put(key, document) => (key, Some(document)),
            Write::Delete(key) => (key, None),
        };
        self.written_bytes += document.as_ref().map_or(0, |document| document.as_bytes().len());
        let slot = self.documents.entry(key).or_insert(Slot {
            document: None,
            deleted: None,
            written: false,
            stored: Stored::Unknown,
        });
        if !slot.written {
            self.written_documents += 1;
        }
        let before = std::mem::replace(&mut slot.document, document);
        if slot.document.is_none() {
            slot.deleted = before.or(slot.deleted.take());
        }
        slot.written = true;
    }

    /// How many documents have been written.
    pub(crate) fn written_documents(&self) -> usize {
        self.written_documents
    }

    /// How many bytes of documents have been written; those written again count again.
    pub(crate) fn written_bytes(&self) -> usize {
        self.written_bytes
    }

    /// What has been written, each document once, as it reads after the last write.
    pub(crate) fn written(&self) -> impl Iterator<Item = (&Key, Change<'_>)> {
        self.documents
            .iter()
            .filter(|(_, slot)| slot.written)
            .filter_map(|(key, slot)| {
                let change = match (&slot.document, slot.stored) {
                    (Some(document), Stored::Absent) => Change::Insert(document),
                    (Some(document), Stored::Unknown | Stored::Present) => Change::Put(document),
                    (None, Stored::Unknown | Stored::Present) => Change::Delete,
                    (None, Stored::Absent) => return None,
                };
                Some((key, change))
            })
    }
}

#[cfg(test)]
mod tests {
    use read_model::{feed, posts, uuid};
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

    #[test]
    fn how_a_document_read_before_it_was_deleted_is_known_if_it_was_seen() {
        let [seen, unseen] = [1, 2].map(|n| posts::Author {
            account: uuid(Uuid::from_u128(n)),
            post_count: 3,
        });
        let Write::Put(key, raw) = Write::put(&seen) else {
            unreachable!("a put")
        };
        let mut loaded = Loaded::default();
        loaded.seen(key.clone(), &raw);
        for account in [seen.account, unseen.account] {
            let delete = || Write::delete::<posts::Author>(account);
            loaded.write_all(vec![delete(), delete()]);
        }
        assert_eq!(loaded.last_seen(&key), Some(&raw));
        assert_eq!(loaded.last_seen(&Key::of::<posts::Author>(unseen.account)), None);
    }

    #[test]
    fn what_was_not_declared_is_refused_rather_than_taken_for_absent() {
        let id = uuid(Uuid::from_u128(1));
        let loaded = Loaded::asked([Key::of::<posts::Post>(id)]);
        assert!(loaded.get::<posts::Post>(id).is_ok_and(|post| post.is_none()));
        assert!(matches!(
            loaded.get::<posts::Author>(id),
            Err(ApplyError::Undeclared("authors"))
        ));
    }
}
