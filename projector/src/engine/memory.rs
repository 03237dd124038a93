//! Documents as the shard's owner last read or wrote them.
//!
//! Nobody else writes them while the shard is its owner's, which the transaction that would rest on them checks too.
//! So what was read or written once needn't be read again: the count of somebody's posts, the row of two friends.

use bson::RawDocumentBuf;
use moka::sync::Cache;
use read_model::PROJECTIONS;

use crate::{Key, Loaded};

/// What is remembered; of each document whether it is there.
#[derive(Debug)]
pub(crate) struct Memory(Cache<Key, Option<RawDocumentBuf>>);

/// What a remembered document takes besides its bytes and its key's.
const OVERHEAD: usize = 150;

impl Memory {
    /// Of about so many bytes; the least used is forgotten first.
    pub(crate) fn new(bytes: u64) -> Self {
        let weigh = |key: &Key, document: &Option<RawDocumentBuf>| {
            let document = document.as_ref().map_or(0, |document| document.as_bytes().len());
            u32::try_from(OVERHEAD + key.name().len() + document).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(bytes).weigher(weigh).build())
    }

    /// Fills in what is remembered of what was asked for; gives what is left to be loaded.
    pub(crate) fn recall(&self, loaded: &mut Loaded) -> Vec<Key> {
        let mut missing = Vec::new();
        let mut recalled = Vec::new();
        for key in loaded.keys() {
            match self.0.get(key) {
                Some(Some(document)) => recalled.push((key.clone(), document)),
                Some(None) => {}
                None => missing.push(key.clone()),
            }
        }
        for (key, document) in recalled {
            loaded.found(key, document);
        }
        missing
    }

    /// Remembers what the database said of `keys`.
    pub(crate) fn loaded(&self, keys: Vec<Key>, loaded: &Loaded) {
        for key in keys.into_iter().filter(lasts) {
            let document = loaded.document(&key).cloned();
            self.0.insert(key, document);
        }
    }

    /// Remembers what was stored.
    pub(crate) fn stored(&self, loaded: &Loaded) {
        for (key, _) in loaded.written().filter(|(key, _)| lasts(key)) {
            self.0.insert(key.clone(), loaded.document(key).cloned());
        }
    }

    /// It isn't clear any more what is stored.
    pub(crate) fn forget(&self) {
        self.0.invalidate_all();
    }
}

/// Whether the database leaves a document alone: it takes those away that are over.
fn lasts(key: &Key) -> bool {
    let collections = PROJECTIONS.iter().flat_map(|projection| projection.collections);
    let found = collections
        .into_iter()
        .find(|collection| collection.name == key.collection());
    found.is_some_and(|collection| !collection.expires())
}

#[cfg(test)]
mod tests {
    use read_model::{posts::Author, uuid};
    use uuid::Uuid;

    use super::*;
    use crate::Write;

    fn author(n: u128, post_count: i64) -> Author {
        Author {
            account: uuid(Uuid::from_u128(n)),
            post_count,
        }
    }

    fn key(n: u128) -> Key {
        Key::of::<Author>(uuid(Uuid::from_u128(n)))
    }

    fn count(loaded: &Loaded, n: u128) -> Option<i64> {
        let found = loaded
            .get::<Author>(uuid(Uuid::from_u128(n)))
            .expect("it was asked for");
        found.map(|author| author.post_count)
    }

    #[test]
    fn what_was_stored_and_what_was_found_missing_is_not_loaded_again() {
        let memory = Memory::new(1 << 20);
        let mut first = Loaded::asked([key(1), key(2)]);
        assert_eq!(memory.recall(&mut first).len(), 2);
        memory.loaded(vec![key(1), key(2)], &first);
        first.write_all(vec![Write::put(&author(1, 7))]);
        memory.stored(&first);

        let mut second = Loaded::asked([key(1), key(2), key(3)]);
        assert_eq!(memory.recall(&mut second), [key(3)]);
        assert_eq!((count(&second, 1), count(&second, 2)), (Some(7), None));
        second.write_all(vec![Write::delete::<Author>(uuid(Uuid::from_u128(1)))]);
        memory.stored(&second);
        let mut third = Loaded::asked([key(1)]);
        assert!(memory.recall(&mut third).is_empty());
        assert_eq!(count(&third, 1), None);
    }

    #[test]
    fn nothing_is_remembered_when_it_is_not_clear_what_is_stored() {
        let memory = Memory::new(1 << 20);
        let mut loaded = Loaded::asked([key(1)]);
        loaded.write_all(vec![Write::put(&author(1, 7))]);
        memory.stored(&loaded);
        memory.forget();
        assert_eq!(memory.recall(&mut Loaded::asked([key(1)])), [key(1)]);
    }
}
