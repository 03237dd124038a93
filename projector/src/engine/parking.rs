//! Events that could not be applied, and the later ones of the same keys that wait behind them.
//!
//! A letter says only where its event stands. It is written in the transaction that moves the checkpoint past the
//! event, and deleted in the one that applies it in the end, so that each event is applied once, early or late.

use std::collections::HashSet;

use bson::{DateTime, Document, doc};
use events::Recorded;
use futures::TryStreamExt;
use mongodb::{
    ClientSession, Collection, Database,
    options::{ReadConcern, WriteConcern},
};
use read_model::engine::{DeadLetter, Wish};

/// The letters of one shard.
#[derive(Clone, Debug)]
pub(crate) struct Letters {
    collection: Collection<DeadLetter>,
    projection: &'static str,
    version: u32,
    shard: u32,
}

impl Letters {
    pub(crate) fn new(database: &Database, projection: &'static str, version: u32, shard: u32) -> Self {
        Self {
            collection: database.collection(DeadLetter::COLLECTION),
            projection,
            version,
            shard,
        }
    }

    /// A letter for an event that could not be applied after so many tries, or, with no error, waits.
    pub(crate) fn letter(&self, event: Address<'_>, error: Option<String>, tries: u32) -> DeadLetter {
        let position = read_model::position(event.sequence);
        DeadLetter {
            id: DeadLetter::id_of(self.projection, self.version, self.shard, position),
            projection: self.projection.to_owned(),
            version: self.version,
            shard: self.shard,
            position,
            subject: event.subject.to_owned(),
            key: event.key.to_owned(),
            error,
            tries,
            parked_at: DateTime::now(),
            wish: None,
        }
    }

    /// What is parked now.
    pub(crate) async fn parked(&self) -> mongodb::error::Result<Parked> {
        let found = self
            .collection
            .find(self.all())
            .read_concern(ReadConcern::majority());
        let letters: Vec<DeadLetter> = found.await?.try_collect().await?;
        Ok(Parked {
            count: letters.len(),
            first: letters.iter().map(|letter| letter.position).min(),
            keys: letters.into_iter().map(|letter| letter.key).collect(),
        })
    }

    /// Adds letters, within the transaction that moves the checkpoint past their events.
    pub(crate) async fn add(
        &self,
        session: &mut ClientSession,
        letters: &[DeadLetter],
    ) -> mongodb::error::Result<()> {
        self.collection.insert_many(letters).session(session).await?;
        Ok(())
    }

    /// Deletes a letter, within the transaction that applies its event.
    pub(crate) async fn delete(&self, session: &mut ClientSession, id: &str) -> mongodb::error::Result<()> {
        self.collection
            .delete_one(doc! { "_id": id })
            .session(session)
            .await?;
        Ok(())
    }

    /// The keys about which an operator wishes something.
    pub(crate) async fn wished(&self) -> mongodb::error::Result<HashSet<String>> {
        let mut wished = self.all();
        wished.insert("wish", doc! { "$ne": null });
        let letters: Vec<DeadLetter> = self.collection.find(wished).await?.try_collect().await?;
        Ok(letters.into_iter().map(|letter| letter.key).collect())
    }

    /// All letters of a key, in the order of their events.
    pub(crate) async fn of(&self, key: &str) -> mongodb::error::Result<Vec<DeadLetter>> {
        let mut of_key = self.all();
        of_key.insert("key", key);
        let found = self.collection.find(of_key).sort(doc! { "position": 1 });
        found.await?.try_collect().await
    }

    /// Another try came to nothing: the wish is granted, and the error told.
    pub(crate) async fn failed(&self, id: &str, error: &str) -> mongodb::error::Result<()> {
        let update = doc! { "$set": { "wish": null, "error": error }, "$inc": { "tries": 1_i32 } };
        self.collection
            .update_one(doc! { "_id": id }, update)
            .write_concern(WriteConcern::majority())
            .await?;
        Ok(())
    }

    fn all(&self) -> Document {
        doc! { "projection": self.projection, "version": self.version, "shard": self.shard }
    }
}

/// Where an event stands and what routes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Address<'a> {
    pub(crate) sequence: u64,
    pub(crate) subject: &'a str,
    pub(crate) key: &'a str,
}

/// What a shard's owner remembers of its letters.
#[derive(Debug, Default)]
pub(crate) struct Parked {
    keys: HashSet<String>,
    /// How many events are parked.
    pub(crate) count: usize,
    /// The position of the first of them.
    pub(crate) first: Option<i64>,
}

impl Parked {
    /// Whether the event has to wait behind one that is parked.
    pub(crate) fn holds(&self, event: &Recorded) -> bool {
        // The second is for a comment that can't be read, of which only its own id may be known.
        !self.keys.is_empty()
            && (self.keys.contains(event.routing_key().as_ref()) || self.keys.contains(&event.subject.id))
    }

    /// Whether events of this key are parked.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.keys.contains(key)
    }

    /// Takes note of new letters.
    pub(crate) fn add(&mut self, letters: &[DeadLetter]) {
        self.count += letters.len();
        self.first = self.first.or(letters.first().map(|letter| letter.position));
        self.keys.extend(letters.iter().map(|letter| letter.key.clone()));
    }
}

/// What is to be done with a key's letters, the first of which says so.
pub(crate) fn wish(letters: &[DeadLetter]) -> Option<Wish> {
    letters.first().and_then(|letter| letter.wish)
}
