//! A shard's record in the database: the lease that says whose the shard is, and its checkpoint.
//!
//! Both are one document, so that the transaction which writes documents can tell in one update that the
//! shard is still its writer's, and move the checkpoint. Leases are measured by the database's clock alone.

use std::time::Duration;

use bson::{Bson, DateTime, Document, doc};
use mongodb::{
    ClientSession, Collection, Database,
    options::{ReturnDocument, SelectionCriteria, WriteConcern},
};
use read_model::engine::Shard as Record;

/// MongoDB's error code for an operation that ran into its `maxTimeMS`.
const MAX_TIME_EXPIRED: i32 = 50;
/// How long a write to the record may wait for another's transaction.
const PATIENCE: Duration = Duration::from_secs(1);

/// How far a shard has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// Every event up to this one has been considered.
    pub(crate) position: u64,
    /// So many steps of the next event are done.
    pub(crate) step: i64,
}

impl Checkpoint {
    /// Between events.
    pub(crate) const fn at(position: u64) -> Self {
        Self { position, step: 0 }
    }

    /// After one more step of the event after `position`.
    pub(crate) const fn next_step(self, position: u64) -> Self {
        let done = if self.position == position { self.step } else { 0 };
        Self {
            position,
            step: done + 1,
        }
    }

    fn of(record: &Record) -> Self {
        Self {
            position: read_model::sequence(record.position),
            step: record.step,
        }
    }
}

/// What a shard's record says to its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// How far the shard has come.
    pub(crate) checkpoint: Checkpoint,
    /// The position that the owner may not go beyond, if there is one.
    pub(crate) hold: Option<u64>,
}

/// What an owner got with its shard.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    /// The number of this ownership.
    pub(crate) epoch: i64,
    /// Where to go on.
    pub(crate) checkpoint: Checkpoint,
}

/// One shard's record.
#[derive(Clone, Debug)]
pub(crate) struct Records {
    collection: Collection<Record>,
    id: String,
    owner: String,
    lease: Duration,
}

impl Records {
    /// The record of a shard, as `owner` sees it.
    pub(crate) fn new(database: &Database, id: String, owner: String, lease: Duration) -> Self {
        let collection = database.collection(Record::COLLECTION);
        Self {
            collection,
            id,
            owner,
            lease,
        }
    }

    /// Takes the shard if nobody owns it: raises the epoch, which fences off whoever did. `session` is the
    /// one that the new owner's transactions will use.
    pub(crate) async fn take(&self, session: &ClientSession) -> mongodb::error::Result<Option<Taken>> {
        let set = doc! {
            "owner": &self.owner,
            "session": session_id(session),
            "epoch": { "$add": ["$epoch", 1_i64] },
            "lease_until": self.lease_end(),
        };
        let taken = self
            .collection
            .find_one_and_update(self.free(), vec![doc! { "$set": set }])
            .return_document(ReturnDocument::After)
            .write_concern(WriteConcern::majority())
            .max_time(PATIENCE)
            .await;
        match taken {
            Ok(taken) => Ok(taken.map(|record| Taken {
                epoch: record.epoch,
                checkpoint: Checkpoint::of(&record),
            })),
            Err(error) if expired(&error) => {
                // A transaction holds the record: of an owner that stopped in the midst of it.
                self.end_transaction_of_last_owner().await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// An owner that died or was paused within a transaction would hold its documents until the server
    /// ends the transaction, which takes a minute. If it comes back, its commit is refused.
    async fn end_transaction_of_last_owner(&self) -> mongodb::error::Result<()> {
        let Some(record) = self.collection.find_one(self.free()).await? else {
            return Ok(());
        };
        if let Some(session) = record.session {
            tracing::warn!(
                projection.name = record.projection,
                projection.shard = record.shard,
                projection.epoch = record.epoch,
                "ending the transaction that the last owner left open"
            );
            let kill = doc! { "killSessions": [{ "id": session }] };
            self.database().run_command(kill).await?;
        }
        Ok(())
    }

    /// Moves the checkpoint and renews the lease, if the shard is still this owner's and the checkpoint
    /// where it is thought to be.
    pub(crate) async fn advance(
        &self,
        epoch: i64,
        from: Checkpoint,
        to: Checkpoint,
    ) -> mongodb::error::Result<bool> {
        let update = self
            .collection
            .update_one(self.owned(epoch, from, to), self.checkpoint(to))
            .write_concern(WriteConcern::majority())
            .await?;
        Ok(update.matched_count == 1)
    }

    /// The same within a transaction: its first write, so that it holds the record until it ends.
    pub(crate) async fn advance_within(
        &self,
        session: &mut ClientSession,
        epoch: i64,
        from: Checkpoint,
        to: Checkpoint,
    ) -> mongodb::error::Result<bool> {
        let update = self
            .collection
            .update_one(self.owned(epoch, from, to), self.checkpoint(to))
            .session(session)
            .await?;
        Ok(update.matched_count == 1)
    }

    /// Lets the shard go, so that another can take it at once.
    pub(crate) async fn release(
        &self,
        epoch: i64,
        from: Checkpoint,
        to: Checkpoint,
    ) -> mongodb::error::Result<bool> {
        let mut set = moved(to);
        set.extend(doc! { "owner": Bson::Null, "session": Bson::Null, "lease_until": "$$NOW" });
        let update = self
            .collection
            .update_one(self.owned(epoch, from, to), vec![doc! { "$set": set }])
            .write_concern(WriteConcern::majority())
            .await?;
        Ok(update.matched_count == 1)
    }

    /// The record as it is stored, if the shard is still of this epoch.
    pub(crate) async fn stored(&self, epoch: i64) -> mongodb::error::Result<Option<Stored>> {
        let record = self
            .collection
            .find_one(doc! { "_id": &self.id, "epoch": epoch })
            .selection_criteria(SelectionCriteria::ReadPreference(
                mongodb::options::ReadPreference::Primary,
            ))
            .read_concern(mongodb::options::ReadConcern::majority())
            .await?;
        Ok(record.map(|record| Stored {
            checkpoint: Checkpoint::of(&record),
            // The database's clock decides; by ours it is only known when to ask.
            hold: record
                .hold
                .filter(|_| record.hold_until.is_some_and(|until| until > DateTime::now()))
                .map(read_model::sequence),
        }))
    }

    fn database(&self) -> Database {
        let namespace = self.collection.namespace();
        self.collection.client().database(&namespace.db)
    }

    fn free(&self) -> Document {
        let free = doc! { "$or": [{ "$eq": ["$owner", null] }, { "$lte": ["$lease_until", "$$NOW"] }] };
        doc! { "_id": &self.id, "$expr": free }
    }

    /// The record, if it is this owner's, its checkpoint is where it is thought to be, and nothing holds it before
    /// where it is to go.
    fn owned(&self, epoch: i64, at: Checkpoint, to: Checkpoint) -> Document {
        let to = read_model::position(to.position);
        let held_before = doc! { "$and": [
            { "$gt": ["$hold_until", "$$NOW"] },
            { "$lt": [{ "$ifNull": ["$hold", to] }, to] },
        ] };
        doc! {
            "_id": &self.id,
            "epoch": epoch,
            "position": read_model::position(at.position),
            "step": at.step,
            "$expr": { "$not": [held_before] },
        }
    }

    fn checkpoint(&self, to: Checkpoint) -> Vec<Document> {
        let mut set = moved(to);
        set.insert("lease_until", self.lease_end());
        vec![doc! { "$set": set }]
    }

    fn lease_end(&self) -> Document {
        let lease = i64::try_from(self.lease.as_millis()).unwrap_or(i64::MAX);
        doc! { "$add": ["$$NOW", lease] }
    }
}

fn moved(to: Checkpoint) -> Document {
    doc! { "position": read_model::position(to.position), "step": to.step }
}

fn session_id(session: &ClientSession) -> Bson {
    session.id().get("id").cloned().unwrap_or(Bson::Null)
}

fn expired(error: &mongodb::error::Error) -> bool {
    matches!(
        error.kind.as_ref(),
        mongodb::error::ErrorKind::Command(command) if command.code == MAX_TIME_EXPIRED
    )
}
