//! The stream as decoded batches, read ahead of what is being written.

use std::{convert::Infallible, sync::Arc};

use events::{BatchLimits, EventStore, KeyError, LoadError, RawEvent, ReadError, Reader, Recorded};
use tokio::sync::mpsc;

/// Why no further batch comes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourceError {
    /// The stream can't be read on.
    #[error(transparent)]
    Read(#[from] ReadError),
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

/// Reads and decodes batch after batch. One waits in the channel while another is being written. After an
/// error, which is sent too, nothing more comes.
pub(crate) async fn run(
    mut reader: Reader,
    store: Arc<EventStore>,
    aggregates: &'static [&'static str],
    limits: BatchLimits,
    batches: mpsc::Sender<Result<Batch, SourceError>>,
) -> Infallible {
    loop {
        let batch = next(&mut reader, &store, aggregates, limits).await;
        let over = batch.is_err();
        let received = batches.send(batch).await.is_ok();
        if over || !received {
            // Whoever polls this stops once the channel is empty.
            return std::future::pending().await;
        }
    }
}

async fn next(
    reader: &mut Reader,
    store: &EventStore,
    aggregates: &'static [&'static str],
    limits: BatchLimits,
) -> Result<Batch, SourceError> {
    let mut raw = reader.next_batch(limits).await?;
    let mut last = raw.last().map_or(0, |event| event.position.sequence);
    raw.retain(|event| concerns(event, aggregates));
    let mut events = Vec::with_capacity(raw.len());
    let mut unreadable = None;
    for (raw, decoded) in raw.iter().zip(store.decode_many(&raw).await?) {
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

/// Told by the third token of the subject, before any work is done.
fn concerns(event: &RawEvent, aggregates: &[&str]) -> bool {
    let aggregate = event.subject.split('.').nth(2);
    aggregate.is_some_and(|aggregate| aggregates.contains(&aggregate))
}
