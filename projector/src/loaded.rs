//! The documents of a batch while it is applied: what was asked for, what is presumed, what was written.

use std::collections::HashMap;

use bson::RawDocumentBuf;
use foldhash::fast::RandomState;
use read_model::Document;

use crate::{ApplyError, Key, Write};

/// The documents that were declared as needed, as they read after all earlier events.
#[derive(Debug, Default)]
pub struct Loaded {
    documents: HashMap<Key, Slot, RandomState>,
    /// Whether what events make is presumed not to be there yet.
    presuming: bool,
    written_documents: usize,
    written_bytes: usize,
}

#[derive(Debug)]
struct Slot {
    document: Option<RawDocumentBuf>,
    /// How it read before it was deleted, as far as that is known.
    deleted: Option<RawDocumentBuf>,
    /// Whether an event needs it, so that others of its kind may.
    asked: bool,
    /// Whether an event of the batch wrote it.
    written: bool,
    stored: Stored,
}

/// What is known of a document in the database, as it was before the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stored {
    /// Nobody asked.
    Unknown,
    /// Nobody asked, for an event of the batch makes it. An insert will tell.
    PresumedAbsent,
    Absent,
    Present,
}

/// What is to be done to a document in the database.
#[derive(Debug)]
pub(crate) enum Change<'a> {
    /// It isn't there yet, or is presumed not to be: cheaper than to put it, and refused if it is.
    Insert(&'a RawDocumentBuf),
    /// It may be there.
    Put(&'a RawDocumentBuf),
    /// It goes.
    Delete,
}

impl Slot {
    fn new(document: Option<RawDocumentBuf>, stored: Stored) -> Self {
        Self {
            document,
            deleted: None,
            asked: false,
            written: false,
            stored,
        }
    }
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
                asked: true,
                ..Slot::new(None, Stored::Absent)
            };
            (key, slot)
        };
        Self {
            documents: keys.into_iter().map(absent).collect(),
            ..Self::default()
        }
    }

    /// Presumes that what events make isn't there yet: of what is `missing`, those that `makes` names, and whatever is
    /// written by [`Write::Make`]. Gives what is left to be loaded.
    pub(crate) fn presume(&mut self, missing: Vec<Key>, makes: &[Key]) -> Vec<Key> {
        self.presuming = true;
        for key in makes {
            let slot = self.documents.get_mut(key);
            if let Some(slot) = slot.filter(|slot| slot.stored == Stored::Absent) {
                slot.stored = Stored::PresumedAbsent;
            }
        }
        // What is known to be absent is not presumed to be.
        let mut left = Vec::new();
        for key in missing {
            if self.documents.get(&key).map(|slot| slot.stored) != Some(Stored::PresumedAbsent) {
                left.push(key);
            }
        }
        left
    }

    /// What is presumed absent and will not be inserted, so that the database won't say if it is there; with it,
    /// whether it was written.
    pub(crate) fn unproven(&self) -> impl Iterator<Item = (&Key, bool)> {
        self.documents
            .iter()
            .filter(|(_, slot)| slot.stored == Stored::PresumedAbsent)
            .filter(|(_, slot)| !slot.written || slot.document.is_none())
            .map(|(key, slot)| (key, slot.written))
    }

    /// All that was asked for.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.documents.keys()
    }

    /// A document, as it reads now.
    pub(crate) fn document(&self, key: &Key) -> Option<&RawDocumentBuf> {
        self.documents.get(key)?.document.as_ref()
    }

    /// Whether an event needs the document.
    pub(crate) fn is_asked(&self, key: &Key) -> bool {
        self.documents.get(key).is_some_and(|slot| slot.asked)
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
        let slot = self
            .documents
            .entry(key)
            .or_insert(Slot::new(None, Stored::Present));
        slot.document = Some(document);
        slot.stored = Stored::Present;
    }

    /// Lets later events see writes.
    pub(crate) fn write_all(&mut self, writes: Vec<Write>) {
        for write in writes {
            self.write(write);
        }
    }

    fn write(&mut self, write: Write) {
        let stored = match write {
            Write::Make(..) if self.presuming => Stored::PresumedAbsent,
            Write::Make(..) | Write::Put(..) | Write::Delete(_) => Stored::Unknown,
        };
        let (key, document) = match write {
            Write::Make(key, document) | Write::Put(key, document) => (key, Some(document)),
            Write::Delete(key) => (key, None),
        };
        self.written_bytes += document.as_ref().map_or(0, |document| document.as_bytes().len());
        let slot = self.documents.entry(key).or_insert(Slot::new(None, stored));
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
                    (Some(document), Stored::Absent | Stored::PresumedAbsent) => Change::Insert(document),
                    (Some(document), Stored::Unknown | Stored::Present) => Change::Put(document),
                    (None, Stored::Unknown | Stored::PresumedAbsent | Stored::Present) => Change::Delete,
                    (None, Stored::Absent) => return None,
                };
                Some((key, change))
            })
    }
}

#[cfg(test)]
mod tests {
    use read_model::{posts, uuid};
    use uuid::Uuid;

    use super::*;

    fn author(n: u128) -> posts::Author {
        posts::Author {
            account: uuid(Uuid::from_u128(n)),
            post_count: 3,
        }
    }

    fn key(n: u128) -> Key {
        Key::of::<posts::Author>(uuid(Uuid::from_u128(n)))
    }

    fn inserts(loaded: &Loaded) -> usize {
        let written = loaded.written();
        written
            .filter(|(_, change)| matches!(change, Change::Insert(_)))
            .count()
    }

    #[test]
    fn how_a_document_read_before_it_was_deleted_is_known_if_it_was_seen() {
        let [seen, unseen] = [1, 2].map(author);
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

    #[test]
    fn what_an_event_makes_is_inserted_without_a_look_where_that_is_presumed() {
        let mut careful = Loaded::asked([key(1)]);
        careful.write_all(vec![Write::make(&author(1)), Write::make(&author(2))]);
        // One was looked for, of the other nobody knows.
        assert_eq!(inserts(&careful), 1);

        let mut presuming = Loaded::asked([key(1), key(3)]);
        assert_eq!(presuming.presume(vec![key(1), key(3)], &[key(1)]), [key(3)]);
        presuming.write_all(vec![Write::make(&author(1)), Write::make(&author(2))]);
        assert_eq!(inserts(&presuming), 2);
        assert_eq!(presuming.unproven().count(), 0);
    }

    #[test]
    fn what_is_known_is_not_presumed() {
        let mut loaded = Loaded::asked([key(1)]);
        let Write::Put(_, raw) = Write::put(&author(1)) else {
            unreachable!("a put")
        };
        loaded.found(key(1), raw);
        assert!(loaded.presume(vec![], &[key(1)]).is_empty());
        loaded.write_all(vec![Write::make(&author(1))]);
        assert_eq!(inserts(&loaded), 0);
    }

    #[test]
    fn what_is_presumed_and_not_inserted_proves_nothing() {
        let mut unwritten = Loaded::asked([key(1)]);
        unwritten.presume(vec![key(1)], &[key(1)]);
        assert_eq!(unwritten.unproven().collect::<Vec<_>>(), [(&key(1), false)]);

        let mut gone = Loaded::default();
        gone.presume(vec![], &[]);
        gone.write_all(vec![
            Write::make(&author(1)),
            Write::delete::<posts::Author>(author(1).account),
        ]);
        assert_eq!(gone.unproven().collect::<Vec<_>>(), [(&key(1), true)]);
    }
}
