//! Copies of documents and lists, kept in memory: most reads ask for the same posts, people and friendships again and
//! again, and for the beginnings of the same lists.
//!
//! A copy is as good as the database at the watermark that the answer tells. The projector announces with each
//! watermark which documents and whose lists changed on the way to it, and their copies are dropped before the watermark is raised
//! ([`Copies::hear`]). Who has missed a word notices it by the next one ([`Changes::since`]), and drops all copies of
//! that projection. Until then, as at the start, its watermark may be known from the checkpoint to be ahead of what
//! was heard, and then the database is read ([`Copies::era`]).
//!
//! What changes while it is being loaded must not be kept as it was: its place is taken beforehand
//! ([`Copies::ask`]), and lost to whoever drops the copy meanwhile.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::{
    ops::compute::Op,
    sync::{Cache, CacheBuilder},
};
use read_model::{List, engine::Changes, list_key};
use serde::Serialize;

/// What a copy takes besides the bytes of its content and key.
const OVERHEAD: usize = 200;
/// No copy is kept for longer, whatever was announced.
const LONGEST: Duration = Duration::from_mins(10);

/// The copies of one process; clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Copies(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kept: Cache<Name, Copy>,
    heard: RwLock<HashMap<(&'static str, u32), Heard>>,
    /// Numbers eras and askers.
    next: AtomicU64,
}

/// What was heard of one version of a projection.
#[derive(Debug)]
struct Heard {
    /// Copies of an earlier one are not looked at any more.
    era: Era,
    /// The last watermark of each shard that was heard of.
    shards: HashMap<u32, u64>,
}

/// A time in which every word about a version of a projection was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Era(u64);

/// What a document or a list is called here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    era: Era,
    /// Of a collection or a list, which no two share.
    kind: &'static str,
    key: Box<[u8]>,
}

#[derive(Debug, Clone)]
enum Copy {
    /// Somebody loads it.
    Asked(u64),
    /// The document or list as it is; nothing where there is none.
    Known(Option<Arc<[u8]>>),
}

/// The right to keep what is being loaded, unless it changes meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    name: Name,
    number: u64,
}

impl Name {
    /// Of a document of the collection `kind`, by the bytes of `{ _id: … }`.
    pub(crate) fn new(era: Era, kind: &'static str, key: Vec<u8>) -> Self {
        Self {
            era,
            kind,
            key: key.into(),
        }
    }

    /// Of the list of an owner.
    pub(crate) fn of_list(era: Era, list: &List, owner: impl Serialize) -> Self {
        Self::new(era, list.name, list_key(owner))
    }
}

impl Copies {
    /// Room for about so many bytes; with 0 nothing is kept. What is asked for least goes first.
    pub(crate) fn new(bytes: u64) -> Self {
        let weigh = |name: &Name, copy: &Copy| {
            let content = match copy {
                Copy::Known(Some(content)) => content.len(),
                Copy::Known(None) | Copy::Asked(_) => 0,
            };
            u32::try_from(OVERHEAD + name.key.len() + content).unwrap_or(u32::MAX)
        };
        let cache = CacheBuilder::new(bytes).weigher(weigh).time_to_live(LONGEST);
        Self(Arc::new(Inner {
            kept: cache.build(),
            heard: RwLock::default(),
            next: AtomicU64::new(0),
        }))
    }

    /// The era in which copies of a version may be used; none if one of its shards has come further than was heard.
    /// `watermarks` are those of its shards, in order.
    pub(crate) fn era(
        &self,
        projection: &'static str,
        version: u32,
        watermarks: impl IntoIterator<Item = u64>,
    ) -> Option<Era> {
        let heard = self.0.heard.read().unwrap_or_else(PoisonError::into_inner);
        let heard = heard.get(&(projection, version))?;
        let mut shards = (0..).zip(watermarks);
        let all_heard =
            shards.all(|(shard, mark)| heard.shards.get(&shard).is_some_and(|heard| *heard >= mark));
        all_heard.then_some(heard.era)
    }

    /// A shard has come to `position`. What changed must be dropped before anybody is told of that.
    pub(crate) fn hear(
        &self,
        projection: &'static read_model::Projection,
        (version, shard): (u32, u32),
        position: u64,
        changes: Option<&Changes>,
    ) {
        let mut all = self.0.heard.write().unwrap_or_else(PoisonError::into_inner);
        let heard = all.entry((projection.name, version)).or_insert_with(|| Heard {
            era: self.next_era(),
            shards: HashMap::new(),
        });
        let before = heard.shards.get(&shard).copied();
        let in_a_row = |changes: &&Changes| before.is_some_and(|before| changes.since <= before);
        let told = changes.filter(in_a_row);
        let told = told.and_then(|changes| Some((&changes.documents, changes.lists.as_ref()?)));
        heard
            .shards
            .insert(shard, before.unwrap_or_default().max(position));
        let Some((documents, lists)) = told else {
            heard.era = self.next_era();
            return;
        };
        for (kind, keys) in documents.iter().chain(lists) {
            let lists = projection.lists.iter().map(|list| list.name);
            let Some(kind) = projection
                .copied
                .iter()
                .copied()
                .chain(lists)
                .find(|known| known == kind)
            else {
                continue;
            };
            for key in keys {
                let name = Name::new(heard.era, kind, key.0.clone());
                self.0.kept.invalidate(&name);
            }
        }
    }

    /// Words may have been missed: nothing is known before the next ones.
    pub(crate) fn missed_some(&self) {
        self.0
            .heard
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    fn next_era(&self) -> Era {
        Era(self.next())
    }

    fn next(&self) -> u64 {
        self.0.next.fetch_add(1, Ordering::Relaxed)
    }

    /// The copy of a document or list, which says whether there is one; or the place to keep it, once it is loaded.
    pub(crate) fn ask(&self, name: Name) -> Result<Option<Arc<[u8]>>, Place> {
        if let Some(Copy::Known(document)) = self.0.kept.get(&name) {
            return Ok(document);
        }
        let number = self.next();
        // Of several that load the same, the last to ask keeps it.
        self.0.kept.insert(name.clone(), Copy::Asked(number));
        Err(Place { name, number })
    }

    /// Keeps what was loaded, unless it has changed since its place was taken.
    pub(crate) fn keep(&self, place: Place, content: Option<Arc<[u8]>>) {
        let Place { name, number } = place;
        self.0
            .kept
            .entry(name)
            .and_compute_with(|held| match held.map(moka::Entry::into_value) {
                Some(Copy::Asked(asked)) if asked == number => Op::Put(Copy::Known(content)),
                _ => Op::Nop,
            });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use read_model::{engine::DocumentKey, posts};

    use super::*;

    const MODEL: &read_model::Projection = &posts::PROJECTION;

    fn copies() -> Copies {
        let copies = Copies::new(1 << 20);
        copies.hear(MODEL, (1, 0), 5, None);
        copies
    }

    fn changes(since: u64, keys: &[u8]) -> Changes {
        let keys = keys.iter().map(|key| DocumentKey(vec![*key])).collect();
        Changes {
            since,
            documents: BTreeMap::from([("posts".to_owned(), keys)]),
            lists: Some(BTreeMap::new()),
        }
    }

    fn document(text: &str) -> Arc<[u8]> {
        text.as_bytes().into()
    }

    fn name(copies: &Copies, key: u8) -> Name {
        let era = copies.era("posts", 1, [0]).expect("the shard was heard of");
        Name::new(era, "posts", vec![key])
    }

    /// What is kept under a key.
    fn kept(copies: &Copies, key: u8) -> Result<Option<Arc<[u8]>>, &'static str> {
        copies.ask(name(copies, key)).map_err(|_place| "nothing is kept")
    }

    const NOTHING: Result<Option<Arc<[u8]>>, &str> = Err("nothing is kept");

    fn keep(copies: &Copies, key: u8, text: &str) {
        let place = copies.ask(name(copies, key)).expect_err("it isn't kept yet");
        copies.keep(place, Some(document(text)));
    }

    #[test]
    fn what_was_loaded_is_kept_until_it_changes() {
        let copies = copies();
        keep(&copies, 1, "one");
        keep(&copies, 2, "two");
        copies.hear(MODEL, (1, 0), 6, Some(&changes(5, &[2, 3])));
        assert_eq!(kept(&copies, 1), Ok(Some(document("one"))));
        assert_eq!(kept(&copies, 2), NOTHING);
    }

    #[test]
    fn a_list_is_kept_until_a_document_of_it_changes() {
        let copies = copies();
        let name = |owner: &str| {
            let era = copies.era("posts", 1, [0]).expect("the shard was heard of");
            Name::of_list(era, &posts::POSTS_BY, owner)
        };
        for owner in ["ann", "bob"] {
            let place = copies.ask(name(owner)).expect_err("it isn't kept yet");
            copies.keep(place, Some(document("a list")));
        }
        let mut word = changes(5, &[1]);
        let key = DocumentKey(list_key("ann"));
        word.lists = Some(BTreeMap::from([(posts::POSTS_BY.name.to_owned(), vec![key])]));
        copies.hear(MODEL, (1, 0), 6, Some(&word));
        assert!(copies.ask(name("ann")).is_err());
        assert_eq!(copies.ask(name("bob")), Ok(Some(document("a list"))));
    }

    #[test]
    fn that_there_is_nothing_is_kept_too() {
        let copies = copies();
        let place = copies.ask(name(&copies, 1)).expect_err("it isn't kept yet");
        copies.keep(place, None);
        assert_eq!(kept(&copies, 1), Ok(None));
        copies.hear(MODEL, (1, 0), 6, Some(&changes(5, &[1])));
        assert_eq!(kept(&copies, 1), NOTHING);
    }

    #[test]
    fn what_changes_while_it_is_loaded_is_not_kept() {
        let copies = copies();
        let place = copies.ask(name(&copies, 1)).expect_err("it isn't kept yet");
        copies.hear(MODEL, (1, 0), 6, Some(&changes(5, &[1])));
        copies.keep(place.clone(), Some(document("old")));
        assert_eq!(kept(&copies, 1), NOTHING);
        // Nor in the place of another, who asked later.
        copies.keep(place, Some(document("old")));
        assert_eq!(kept(&copies, 1), NOTHING);
    }

    #[test]
    fn who_missed_a_word_forgets_all() {
        // The last is of a projector that knows of no lists.
        let mut short = changes(5, &[]);
        short.lists = None;
        for (position, word) in [(9, Some(changes(8, &[]))), (6, None), (6, Some(short))] {
            let copies = copies();
            keep(&copies, 1, "one");
            copies.hear(MODEL, (1, 0), position, word.as_ref());
            assert_eq!(kept(&copies, 1), NOTHING, "{word:?}");
        }
    }

    #[test]
    fn a_word_that_was_heard_before_is_no_gap() {
        let copies = copies();
        keep(&copies, 1, "one");
        copies.hear(MODEL, (1, 0), 4, Some(&changes(3, &[])));
        assert_eq!(kept(&copies, 1), Ok(Some(document("one"))));
        assert!(copies.era("posts", 1, [5]).is_some(), "it never goes back");
    }

    #[test]
    fn nothing_is_read_from_copies_while_a_shard_is_further_than_was_heard() {
        let copies = copies();
        assert!(copies.era("posts", 1, [5]).is_some());
        assert_eq!(copies.era("posts", 1, [6]), None);
        assert_eq!(
            copies.era("posts", 1, [5, 0]),
            None,
            "another shard was not heard of"
        );
        assert_eq!(copies.era("posts", 2, [0]), None);
        copies.missed_some();
        assert_eq!(copies.era("posts", 1, [0]), None);
    }
}
