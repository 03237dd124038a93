//! One process's time with one shard: where it stands, and its transactions.

mod sweeping;

use std::time::Duration;

use events::Recorded;
use mongodb::ClientSession;
use read_model::engine::{Changes, DeadLetter};
use tokio::time::Instant;

use crate::{
    ApplyError, Key, Loaded, Projection, Shard,
    announcement::News,
    engine::{
        batch::{self, Applied, WriteLimits},
        documents::{DatabaseError, Documents},
        memory::Memory,
        parking::{Letters, Parked},
        record::{Checkpoint, Records, Taken},
        untold::Untold,
    },
};

/// An advance without writes is stored at most so often; nothing is lost with it but the work of passing
/// over the same events again.
const STORE_PASSED_EVERY: Duration = Duration::from_secs(1);

/// What an ownership may meet.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OwnershipError {
    /// Another process owns the shard now.
    #[error("another process took the shard over")]
    Lost,
    /// It isn't clear what is stored, or nothing could be; [`Ownership::settle`] tells.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The checkpoint isn't where it was thought to be; [`Ownership::settle`] tells.
    #[error("the checkpoint was not where it was thought to be")]
    Moved,
    /// The shard may not go on now; [`Ownership::hold`] tells how far.
    #[error("the shard is held")]
    Held,
    /// Documents were presumed not to be there, and nothing that is to be written would show it.
    #[error("nothing shows whether documents are there")]
    Unproven,
}

impl OwnershipError {
    /// Whether it may be gone when every document is looked at.
    fn comes_of_presuming(&self) -> bool {
        match self {
            Self::Unproven => true,
            Self::Database(error) => error.was_there(),
            Self::Lost | Self::Moved | Self::Held => false,
        }
    }
}

/// Whether documents that events make are looked at before.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// They are presumed not to be there.
    Presuming,
    /// They are.
    Careful,
}

impl From<mongodb::error::Error> for OwnershipError {
    fn from(error: mongodb::error::Error) -> Self {
        Self::Database(error.into())
    }
}

/// What became of some events.
#[derive(Debug)]
pub(crate) struct Done {
    /// So many have been applied, from the first on.
    pub(crate) events: usize,
    /// So many documents were written; with none nothing has been stored.
    pub(crate) writes: usize,
    /// What to tell of them.
    pub(crate) news: Vec<News>,
    /// Why the event after the applied ones can't be.
    pub(crate) refused: Option<ApplyError>,
}

impl Done {
    /// Nothing: the first event can't be applied.
    fn refused(refused: ApplyError) -> Self {
        Self {
            events: 0,
            writes: 0,
            news: vec![],
            refused: Some(refused),
        }
    }
}

/// A shard and what its owner knows of it.
pub(crate) struct Ownership {
    /// The number of this ownership; a later one fences it off.
    pub(crate) epoch: i64,
    /// Every event up to here has been considered, which may be ahead of what is stored.
    pub(crate) position: u64,
    /// The checkpoint as it is stored.
    stored: Checkpoint,
    /// When the lease was last renewed, by any write to the record.
    renewed: Instant,
    /// The position that the shard may not go beyond for now.
    hold: Option<u64>,
    /// Since when the position is ahead of the stored one.
    ahead_since: Option<Instant>,
    /// Every transaction of this ownership, so that a later one ends an earlier one left open.
    session: ClientSession,
    stores: Stores,
    lease: Duration,
    limits: WriteLimits,
    /// What has been parked.
    parked: Parked,
    /// What the documents were when they were last seen.
    memory: Memory,
    /// What changed since readers were last told.
    untold: Untold,
}

/// Where an owner's transactions write.
#[derive(Clone, Debug)]
pub(crate) struct Stores {
    /// The lease and the checkpoint.
    pub(crate) records: Records,
    /// The projection's documents.
    pub(crate) documents: Documents,
    /// What could not be applied.
    pub(crate) letters: Letters,
    /// What of it readers keep copies of.
    pub(crate) model: &'static read_model::Projection,
}

/// How much an owner may do and remember.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// In one transaction.
    pub(crate) writes: WriteLimits,
    /// Bytes of documents that needn't be loaded again.
    pub(crate) memory: u64,
}

impl Ownership {
    pub(crate) fn new(
        taken: Taken,
        session: ClientSession,
        stores: Stores,
        lease: Duration,
        limits: Limits,
    ) -> Self {
        Self {
            memory: Memory::new(stores.model, limits.memory),
            untold: Untold::new(stores.model, taken.checkpoint.position),
            epoch: taken.epoch,
            position: taken.checkpoint.position,
            stored: taken.checkpoint,
            renewed: Instant::now(),
            hold: None,
            ahead_since: None,
            session,
            stores,
            lease,
            limits: limits.writes,
            parked: Parked::default(),
        }
    }

    /// Does the first event's sweeps, and then applies events in one transaction, as many as its limits allow and
    /// none after the first with sweeps. `position_after` tells where the stream stands after the first so many of
    /// them.
    pub(crate) async fn apply(
        &mut self,
        projection: &dyn Projection,
        shard: Shard,
        events: &[Recorded],
        position_after: impl Fn(usize) -> u64,
    ) -> Result<Done, OwnershipError> {
        let (sweeps, count) = batch::cut(projection, shard, events);
        let events = &events[..count];
        let swept = match self.sweep_all(&sweeps, position_after(0)).await? {
            Ok(writes) => writes,
            Err(refused) => return Ok(Done::refused(refused)),
        };
        let presumed = self.apply_all(projection, shard, events, &position_after, Look::Presuming);
        let applied = match presumed.await {
            Err(error) if error.comes_of_presuming() => {
                Documents::abort(&mut self.session).await;
                self.apply_all(projection, shard, events, &position_after, Look::Careful)
                    .await?
            }
            presumed => presumed?,
        };
        Ok(Done {
            events: applied.events,
            writes: swept + applied.loaded.written_documents(),
            news: applied.news,
            refused: applied.refused,
        })
    }

    /// The same without sweeps.
    async fn apply_all(
        &mut self,
        projection: &dyn Projection,
        shard: Shard,
        events: &[Recorded],
        position_after: &impl Fn(usize) -> u64,
        look: Look,
    ) -> Result<Applied, OwnershipError> {
        let mut loaded = Loaded::asked(batch::needs(projection, shard, events));
        let mut missing = self.memory.recall(&mut loaded);
        if look == Look::Presuming {
            missing = loaded.presume(missing, &batch::makes(projection, shard, events));
        }
        let reads = !missing.is_empty();
        if reads {
            Documents::begin(&mut self.session).await?;
            self.load(missing, &mut loaded).await?;
        }
        let applied = batch::apply(projection, shard, events, loaded, self.limits);
        if !batch::is_proven(projection, shard, &events[..applied.events], &applied.loaded) {
            return Err(OwnershipError::Unproven);
        }
        let position = position_after(applied.events);
        if applied.loaded.written_documents() == 0 {
            if reads {
                Documents::abort(&mut self.session).await;
            }
            self.pass(position);
        } else {
            if !reads {
                Documents::begin(&mut self.session).await?;
            }
            self.store(&applied.loaded, Checkpoint::at(position)).await?;
        }
        Ok(applied)
    }

    /// Applies an event that was parked, and takes its letter away. The checkpoint stays where it is.
    pub(crate) async fn apply_parked(
        &mut self,
        projection: &dyn Projection,
        shard: Shard,
        event: &Recorded,
        letter: &str,
    ) -> Result<Done, OwnershipError> {
        let sweeps = projection.sweeps(event, shard);
        let swept = match self.sweep_all(&sweeps, self.considered().position).await? {
            Ok(writes) => writes,
            Err(refused) => return Ok(Done::refused(refused)),
        };
        let events = std::slice::from_ref(event);
        let mut loaded = Loaded::asked(batch::needs(projection, shard, events));
        Documents::begin(&mut self.session).await?;
        let missing = self.memory.recall(&mut loaded);
        self.load(missing, &mut loaded).await?;
        let applied = batch::apply(projection, shard, events, loaded, self.limits);
        if let Some(refused) = applied.refused {
            Documents::abort(&mut self.session).await;
            return Ok(Done::refused(refused));
        }
        let at = Checkpoint::at(self.considered().position);
        self.begin_store(at).await?;
        self.stores.letters.delete(&mut self.session, letter).await?;
        self.end_store(&applied.loaded, at).await?;
        Ok(Done {
            events: 1,
            writes: swept + applied.loaded.written_documents(),
            news: applied.news,
            refused: None,
        })
    }

    /// Takes a letter away without applying its event.
    pub(crate) async fn discard(&mut self, letter: &str) -> Result<(), OwnershipError> {
        let at = self.considered();
        Documents::begin(&mut self.session).await?;
        self.begin_store(at).await?;
        self.stores.letters.delete(&mut self.session, letter).await?;
        self.end_store(&Loaded::default(), at).await
    }

    /// Parks events instead of applying them, all of them before or at `to`.
    pub(crate) async fn park(&mut self, letters: &[DeadLetter], to: u64) -> Result<(), OwnershipError> {
        let to = Checkpoint::at(to);
        Documents::begin(&mut self.session).await?;
        self.begin_store(to).await?;
        self.stores.letters.add(&mut self.session, letters).await?;
        self.end_store(&Loaded::default(), to).await?;
        self.parked.add(letters);
        Ok(())
    }

    /// Remembers anew what is parked.
    pub(crate) async fn remember_parked(&mut self) -> Result<(), OwnershipError> {
        self.parked = self.stores.letters.parked().await?;
        Ok(())
    }

    /// What is parked.
    pub(crate) fn parked(&self) -> &Parked {
        &self.parked
    }

    async fn store(&mut self, loaded: &Loaded, to: Checkpoint) -> Result<(), OwnershipError> {
        self.begin_store(to).await?;
        self.end_store(loaded, to).await
    }

    /// The checkpoint goes first: it takes the record, which nobody else can change until the commit.
    async fn begin_store(&mut self, to: Checkpoint) -> Result<(), OwnershipError> {
        let moved = self
            .stores
            .records
            .advance_within(&mut self.session, self.epoch, self.stored, to)
            .await?;
        if !moved {
            self.settle().await?;
            return Err(self.hold.map_or(OwnershipError::Moved, |_| OwnershipError::Held));
        }
        Ok(())
    }

    async fn end_store(&mut self, loaded: &Loaded, to: Checkpoint) -> Result<(), OwnershipError> {
        self.stores.documents.write(&mut self.session, loaded).await?;
        if let Err(unknown) = Documents::commit(&mut self.session).await {
            self.lose_track();
            return Err(unknown.into());
        }
        self.memory.stored(loaded);
        self.untold.stored(loaded);
        self.stored_at(to);
        Ok(())
    }

    /// Loads documents within the transaction.
    async fn load(&mut self, missing: Vec<Key>, loaded: &mut Loaded) -> Result<(), OwnershipError> {
        let documents = &self.stores.documents;
        documents.load(&mut self.session, &missing, loaded).await?;
        self.memory.loaded(missing, loaded);
        Ok(())
    }

    /// It isn't clear any more what is stored.
    fn lose_track(&mut self) {
        self.memory.forget();
        self.untold.lose_track();
    }

    /// What readers who keep copies are to be told together with the position.
    pub(crate) fn tell(&mut self) -> Option<Changes> {
        self.untold.tell(self.position)
    }

    /// What was to be told has not been.
    pub(crate) fn not_told(&mut self) {
        self.untold.lose_track();
    }

    /// Takes note that nothing up to `position` changes a document.
    pub(crate) fn pass(&mut self, position: u64) {
        if position > self.position {
            self.position = position;
            self.ahead_since.get_or_insert_with(Instant::now);
        }
    }

    /// When [`Ownership::keep`] must be called next.
    pub(crate) fn keep_due(&self) -> Instant {
        let renewal = self.renewed + self.lease / 3;
        match self.ahead_since {
            Some(since) => renewal.min(since + STORE_PASSED_EVERY),
            None => renewal,
        }
    }

    /// The position that the shard may not go beyond for now, if there is one.
    pub(crate) fn hold(&self) -> Option<u64> {
        self.hold
    }

    /// Renews the lease, and stores where the shard stands, or as much of it as it may.
    pub(crate) async fn keep(&mut self) -> Result<(), OwnershipError> {
        if self.hold.is_some() {
            // Perhaps it may go further by now.
            self.settle().await?;
        }
        let to = self.considered();
        if self.stores.records.advance(self.epoch, self.stored, to).await? {
            self.stored_at(to);
            return Ok(());
        }
        let held = self.hold;
        self.settle().await?;
        if self.hold == held {
            return Err(OwnershipError::Moved);
        }
        let to = self.considered();
        if self.stores.records.advance(self.epoch, self.stored, to).await? {
            self.stored_at(to);
            return Ok(());
        }
        Err(OwnershipError::Moved)
    }

    /// Learns from the database where the shard stands, whose it is, and whether it is held.
    pub(crate) async fn settle(&mut self) -> Result<(), OwnershipError> {
        Documents::abort(&mut self.session).await;
        let stored = self.stores.records.stored(self.epoch).await?;
        let stored = stored.ok_or(OwnershipError::Lost)?;
        self.hold = stored.hold;
        if stored.checkpoint != self.stored {
            self.lose_track();
            self.stored = stored.checkpoint;
            self.position = stored.checkpoint.position;
            self.ahead_since = None;
        }
        Ok(())
    }

    /// Stores where the shard stands, and lets it go.
    pub(crate) async fn release(&mut self) -> Result<(), OwnershipError> {
        // One left open by a failure would keep the record from being written.
        Documents::abort(&mut self.session).await;
        let to = self.considered();
        if self.stores.records.release(self.epoch, self.stored, to).await? {
            Ok(())
        } else {
            Err(OwnershipError::Moved)
        }
    }

    fn considered(&self) -> Checkpoint {
        let position = self.hold.map_or(self.position, |hold| self.position.min(hold));
        if position <= self.stored.position {
            self.stored
        } else {
            Checkpoint::at(position)
        }
    }

    fn stored_at(&mut self, checkpoint: Checkpoint) {
        self.stored = checkpoint;
        self.renewed = Instant::now();
        self.position = self.position.max(checkpoint.position);
        self.ahead_since = (self.position > checkpoint.position).then(Instant::now);
    }
}
