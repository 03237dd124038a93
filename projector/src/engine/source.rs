//! The stream as decoded batches, read ahead of what is being written.

use std::{convert::Infallible, sync::Arc, time::Duration};

use events::{
    BatchLimits, EventStore, KeyError, LoadError, RawEvent, ReadError, Reader, Recorded,
    Stream as EventStream,
};
use tokio::{sync::mpsc, time::Instant};

use crate::engine::tail::{Follower, Tail};

/// How long the server keeps the consumer of a reader that is gone.
pub(crate) const CONSUMER_KEPT: Duration = Duration::from_mins(1);

/// Why no further batch comes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// The stream can't be read on.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Nor from where it was read up to.
    #[error(transparent)]
    Open(#[from] LoadError),
    /// Keys can't be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
}

/// Some successive events of a stream, those of foreign aggregates left out.
#[derive(Debug)]
pub(crate) struct Batch {
    /// The events that concern the projection, in order.
    pub(crate) events: Vec<Recorded>,
    /// Up to where the stream has been considered; before [`Self::unreadable`], if there is one.
    pub(crate) last: u64,
    /// The event after these that can't be decoded; nothing after it is in the batch.
    pub(crate) unreadable: Option<Unreadable>,
}

/// An event that can't be decoded.
#[derive(Debug)]
pub(crate) struct Unreadable {
    pub(crate) subject: String,
    /// What routes it, as far as that can be told.
    pub(crate) key: String,
    pub(crate) error: LoadError,
}

/// A shard's way through its stream: by a consumer of its own up to where the process reads the stream's end for all
/// its shards, and with them from there.
pub(crate) struct Source {
    store: Arc<EventStore>,
    tail: Follower,
    limits: BatchLimits,
    stream: EventStream,
    /// What its own consumer is called.
    consumer: String,
    own: Option<Reader>,
    /// Up to where it has read.
    position: u64,
    /// When the last events were handed out.
    handed_out: Option<Instant>,
}

impl Source {
    /// Begins after `position`.
    pub(crate) async fn open(
        store: Arc<EventStore>,
        tail: Arc<Tail>,
        limits: BatchLimits,
        (stream, consumer): (EventStream, &str),
        position: u64,
    ) -> Result<Self, LoadError> {
        let mut source = Self {
            store,
            tail: Follower::new(tail),
            limits,
            stream,
            consumer: consumer.to_owned(),
            own: None,
            position,
            handed_out: None,
        };
        if !source.tail.covers(position) {
            source.own = Some(source.reader().await?);
        }
        Ok(source)
    }

    async fn reader(&self) -> Result<Reader, LoadError> {
        let (store, limits) = (&self.store, self.limits);
        store
            .reader(self.stream, &self.consumer, self.position, CONSUMER_KEPT, limits)
            .await
    }

    /// The next events, at least one.
    async fn events(&mut self) -> Result<Vec<Arc<RawEvent>>, SourceError> {
        let events = loop {
            if self.tail.covers(self.position) {
                if self.own.take().is_some() {
                    self.store.delete_reader(self.stream, &self.consumer).await;
                }
                let due = self.handed_out.map(|at| at + self.limits.pace);
                if let Some(events) = self.tail.next(self.position, due, self.limits).await {
                    break events;
                }
                continue;
            }
            if self.own.is_none() {
                self.own = Some(self.reader().await?);
            }
            let Some(own) = &mut self.own else { continue };
            break own
                .next_batch(self.limits)
                .await?
                .into_iter()
                .map(Arc::new)
                .collect();
        };
        self.handed_out = Some(Instant::now());
        if let Some(last) = events.last() {
            self.position = last.position.sequence;
        }
        Ok(events)
    }

    async fn next(&mut self, aggregates: &'static [&'static str]) -> Result<Batch, SourceError> {
        let mut raw = self.events().await?;
        let mut last = self.position;
        raw.retain(|event| concerns(event, aggregates));
        let mut events = Vec::with_capacity(raw.len());
        let mut unreadable = None;
        for (raw, decoded) in raw.iter().zip(self.store.decode_many(&raw).await?) {
            match decoded {
                Ok(event) => events.push(event),
                Err(error) => {
                    last = raw.position.sequence - 1;
                    unreadable = Some(Unreadable {
                        subject: raw.subject.clone(),
                        key: raw.routing_key().unwrap_or_else(|| raw.subject.clone()),
                        error,
                    });
                    break;
                }
            }
        }
        Ok(Batch {
            events,
            last,
            unreadable,
        })
    }
}

/// Reads and decodes batch after batch. One waits in the channel while another is being written. After an
/// error, which is sent too, nothing more comes.
pub(crate) async fn run(
    mut source: Source,
    aggregates: &'static [&'static str],
    batches: mpsc::Sender<Result<Batch, SourceError>>,
) -> Infallible {
    loop {
        let batch = source.next(aggregates).await;
        let over = batch.is_err();
        let received = batches.send(batch).await.is_ok();
        if over || !received {
            // Whoever polls this stops once the channel is empty.
            return std::future::pending().await;
        }
    }
}

/// Told by the third token of the subject, before any work is done.
fn concerns(event: &RawEvent, aggregates: &[&str]) -> bool {
    let aggregate = event.subject.split('.').nth(2);
    aggregate.is_some_and(|aggregate| aggregates.contains(&aggregate))
}
