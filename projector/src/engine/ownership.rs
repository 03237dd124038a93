//! One process's time with one shard: where it stands, and its transactions.

use std::time::Duration;

use bson::Bson;
use events::Recorded;
use mongodb::ClientSession;
use tokio::time::Instant;

use crate::{
    ApplyError, Loaded, Projection, Shard, Sweep,
    announcement::News,
    engine::{
        batch::{self, WriteLimits},
        documents::{DatabaseError, Documents},
        record::{Checkpoint, Records, Taken},
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
    /// Since when the position is ahead of the stored one.
    ahead_since: Option<Instant>,
    /// Every transaction of this ownership, so that a later one ends an earlier one left open.
    session: ClientSession,
    records: Records,
    documents: Documents,
    lease: Duration,
    limits: WriteLimits,
}

impl Ownership {
    pub(crate) fn new(
        taken: Taken,
        session: ClientSession,
        records: Records,
        documents: Documents,
        lease: Duration,
        limits: WriteLimits,
    ) -> Self {
        Self {
            epoch: taken.epoch,
            position: taken.checkpoint.position,
            stored: taken.checkpoint,
            renewed: Instant::now(),
            ahead_since: None,
            session,
            records,
            documents,
            lease,
            limits,
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
        let mut swept = 0;
        for sweep in &sweeps {
            match self.sweep(sweep, position_after(0)).await? {
                Ok(writes) => swept += writes,
                Err(refused) => {
                    return Ok(Done {
                        events: 0,
                        writes: swept,
                        news: vec![],
                        refused: Some(refused),
                    });
                }
            }
        }
        let mut loaded = Loaded::asked(batch::needs(projection, shard, events));
        let reads = loaded.keys().next().is_some();
        if reads {
            Documents::begin(&mut self.session).await?;
            self.documents.load(&mut self.session, &mut loaded).await?;
        }
        let applied = batch::apply(projection, shard, events, loaded, self.limits);
        let position = position_after(applied.events);
        let writes = applied.loaded.written_documents();
        if writes == 0 {
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
        Ok(Done {
            events: applied.events,
            writes: swept + writes,
            news: applied.news,
            refused: applied.refused,
        })
    }

    /// Goes through a sweep page by page, all before the event after `before` is applied. Gives the number of
    /// documents written, or why one can't be.
    async fn sweep(
        &mut self,
        sweep: &Sweep,
        before: u64,
    ) -> Result<Result<usize, ApplyError>, OwnershipError> {
        let mut written = 0;
        let mut last: Option<Bson> = None;
        loop {
            Documents::begin(&mut self.session).await?;
            let page = self
                .documents
                .page(&mut self.session, &sweep.find, last.as_ref())
                .await?;
            let loaded = match sweep.needs(&page) {
                Ok(keys) => {
                    let mut loaded = Loaded::asked(keys);
                    self.documents.load(&mut self.session, &mut loaded).await?;
                    sweep.apply(&page, &mut loaded).map(|()| loaded)
                }
                Err(error) => Err(error),
            };
            let loaded = match loaded {
                Ok(loaded) => loaded,
                Err(refused) => {
                    Documents::abort(&mut self.session).await;
                    return Ok(Err(refused));
                }
            };
            if loaded.written_documents() == 0 {
                Documents::abort(&mut self.session).await;
            } else {
                written += loaded.written_documents();
                let to = self.stored.next_step(before);
                self.store(&loaded, to).await?;
            }
            let full = page.len() == sweep.find.page() as usize && sweep.find.newest.is_none();
            match page.last().filter(|_| full).map(|document| document.get("_id")) {
                Some(Ok(Some(id))) => last = Bson::try_from(id).ok(),
                Some(Ok(None) | Err(_)) | None => return Ok(Ok(written)),
            }
        }
    }

    /// The checkpoint goes first: it takes the record, which nobody else can change until the commit.
    async fn store(&mut self, loaded: &Loaded, to: Checkpoint) -> Result<(), OwnershipError> {
        let moved = self
            .records
            .advance_within(&mut self.session, self.epoch, self.stored, to)
            .await?;
        if !moved {
            Documents::abort(&mut self.session).await;
            return Err(OwnershipError::Moved);
        }
        self.documents.write(&mut self.session, loaded).await?;
        Documents::commit(&mut self.session).await?;
        self.stored_at(to);
        Ok(())
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

    /// Renews the lease, and stores where the shard stands.
    pub(crate) async fn keep(&mut self) -> Result<(), OwnershipError> {
        let to = self.considered();
        if self.records.advance(self.epoch, self.stored, to).await? {
            self.stored_at(to);
            Ok(())
        } else {
            Err(OwnershipError::Moved)
        }
    }

    /// After a failure: learns from the database where the shard stands, and whose it is.
    pub(crate) async fn settle(&mut self) -> Result<(), OwnershipError> {
        Documents::abort(&mut self.session).await;
        let stored = self.records.stored(self.epoch).await?;
        let stored = stored.ok_or(OwnershipError::Lost)?;
        if stored != self.stored {
            self.stored = stored;
            self.position = stored.position;
            self.ahead_since = None;
        }
        Ok(())
    }

    /// Stores where the shard stands, and lets it go.
    pub(crate) async fn release(&mut self) -> Result<(), OwnershipError> {
        // One left open by a failure would keep the record from being written.
        Documents::abort(&mut self.session).await;
        let to = self.considered();
        if self.records.release(self.epoch, self.stored, to).await? {
            Ok(())
        } else {
            Err(OwnershipError::Moved)
        }
    }

    fn considered(&self) -> Checkpoint {
        if self.position == self.stored.position {
            self.stored
        } else {
            Checkpoint::at(self.position)
        }
    }

    fn stored_at(&mut self, checkpoint: Checkpoint) {
        self.stored = checkpoint;
        self.position = checkpoint.position;
        self.renewed = Instant::now();
        self.ahead_since = None;
    }
}
