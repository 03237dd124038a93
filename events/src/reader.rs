//! Reading a stream whole and in order, from a position on.

use std::{sync::Arc, time::Duration};

use async_nats::{
    HeaderMap, StatusCode,
    jetstream::{
        self,
        consumer::{AckPolicy, DeliverPolicy, pull},
        stream::{DirectGetErrorKind, Stream as JetStream},
    },
};
use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use tokio::{
    task::unconstrained,
    time::{Instant, sleep, sleep_until, timeout, timeout_at},
};

use crate::{EventStore, LoadError, Namespace, Position, RawEvent, Stream, store::unavailable};

/// The interval of the server's word that there is nothing new. A reader that misses it twice is opened anew: the server that
/// holds its consumer, in memory and alone, has gone.
const HEARTBEAT: Duration = Duration::from_millis(750);
/// The life of a request for more events, which bounds what a server remembers of readers that are gone.
const REQUEST_EXPIRES: Duration = Duration::from_secs(10);
/// The longest silence of a server that has more. One that can't read its own file delivers nothing, and keeps
/// saying that it is there.
const STALLED: Duration = Duration::from_secs(5);
/// Tries to get an event that the consumer passed over from any replica. Where one of three has it, 24 tries miss it
/// once in 17,000 times, and then the reader is opened anew.
const TRIES: u32 = 24;
/// The pause between these tries.
const BETWEEN_TRIES: Duration = Duration::from_millis(40);

/// How much a reader hands out at once.
#[derive(Clone, Copy, Debug)]
pub struct BatchLimits {
    /// At most so many events.
    pub events: usize,
    /// At most about so many bytes of bodies.
    pub bytes: usize,
    /// How long after the one before a batch is handed out that isn't full. An event that comes alone doesn't wait
    /// at all; where many come, each waits for half of this on average, and for all of it at most.
    pub pace: Duration,
}

impl Default for BatchLimits {
    /// 500 events and 4 MiB keep a batch's memory and transaction small. 40 ms is what nobody notices; a transaction
    /// costs as much as the writes of some ten events, and with 20 ms most of 200 events a second came in fours.
    fn default() -> Self {
        Self {
            events: 500,
            bytes: 4 << 20,
            pace: Duration::from_millis(40),
        }
    }
}

/// Why a reader can't go on; open another one from the last position that was handled.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The consumer is gone or the server can't be reached.
    #[error("the stream can't be read: {0}")]
    Unavailable(String),
    /// Something was delivered that isn't the next: another reader took what lies between, or it was lost.
    #[error("expected delivery {expected} of the consumer, got {got}")]
    Hole {
        /// The delivery that should have come.
        expected: u64,
        /// The one that came.
        got: u64,
    },
    /// The stream skips an event that was acknowledged, and no replica has it: a file of the server is damaged.
    #[error("the event at {0} is missing from a stream that loses none: a file of nats-server is damaged")]
    Missing(Position),
    /// A message without the marks of a stored event.
    #[error("the message at {0} is not an event")]
    NotAnEvent(Position),
}

/// A consumer of one stream, without acknowledgements: the position is the reader's own business.
///
/// The consumer is in the server's memory and goes after `inactive` without a reader.
pub struct Reader {
    messages: pull::Stream,
    namespace: Arc<Namespace>,
    jetstream: JetStream<()>,
    stream: Stream,
    next_delivery: u64,
    /// The sequence of the last event that was read.
    last: u64,
    /// Delivered before one that is missing.
    ahead: Option<RawEvent>,
    /// How many the stream held after the last one that was delivered.
    pending: u64,
    /// When the last batch was.
    handed_out: Option<Instant>,
    /// Taken from the server but over the last batch's limit of bytes.
    left: Option<RawEvent>,
}

impl EventStore {
    /// Opens a reader of all events of `stream` after `after`. `name` tells operators whose it is; a
    /// consumer of that name which is still there is deleted first.
    pub async fn reader(
        &self,
        stream: Stream,
        name: &str,
        after: u64,
        inactive: Duration,
        limits: BatchLimits,
    ) -> Result<Reader, LoadError> {
        self.delete_reader(stream, name).await;
        let source = Source {
            stream,
            name,
            after,
            inactive,
        };
        Reader::open(&self.jetstream, self.namespace.clone(), source, limits).await
    }

    /// Deletes a reader's consumer, if it is still there.
    pub async fn delete_reader(&self, stream: Stream, name: &str) {
        let Ok(jetstream) = self.stream(stream).await else {
            return;
        };
        if let Err(error) = jetstream.delete_consumer(name).await {
            // Usually there was none; where there was, its inactivity threshold ends it.
            tracing::debug!(consumer = name, %error, "no consumer to delete");
        }
    }
}

/// What to read, and as whom.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The stream.
    pub stream: Stream,
    /// The consumer's name, which tells operators whose it is.
    pub name: &'a str,
    /// The sequence before the first one to read.
    pub after: u64,
    /// How long the consumer outlives its reader.
    pub inactive: Duration,
}

impl Reader {
    /// Opens a reader where there is no [`EventStore`], for want of keys: its events stay sealed.
    pub async fn open(
        jetstream: &jetstream::Context,
        namespace: Arc<Namespace>,
        source: Source<'_>,
        limits: BatchLimits,
    ) -> Result<Self, LoadError> {
        let jetstream = jetstream
            .get_stream_no_info(namespace.stream(source.stream))
            .await
            .map_err(unavailable)?;
        let config = pull::Config {
            name: Some(source.name.to_owned()),
            deliver_policy: DeliverPolicy::ByStartSequence {
                start_sequence: source.after + 1,
            },
            ack_policy: AckPolicy::None,
            inactive_threshold: source.inactive,
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        };
        let consumer = jetstream.create_consumer(config).await.map_err(unavailable)?;
        let pending = consumer.cached_info().num_pending;
        // The library allows one bound at a time; twice a batch is under way while one is being applied.
        let messages = consumer
            .stream()
            .max_messages_per_batch(limits.events * 2)
            .expires(REQUEST_EXPIRES)
            .heartbeat(HEARTBEAT)
            .messages();
        let messages = messages.await.map_err(unavailable)?;
        Ok(Self {
            messages,
            namespace,
            jetstream,
            stream: source.stream,
            next_delivery: 1,
            last: source.after,
            ahead: None,
            pending,
            handed_out: None,
            left: None,
        })
    }

    /// The next events, at least one: as soon as there is one, but no sooner after the last ones than the limits' pace,
    /// unless they are many.
    pub async fn next_batch(&mut self, limits: BatchLimits) -> Result<Vec<RawEvent>, ReadError> {
        let first = match self.left.take() {
            Some(event) => event,
            None => self.next().await?,
        };
        let due = self.handed_out.map(|at| at + limits.pace);
        let mut bytes = first.body.len();
        let mut batch = vec![first];
        while batch.len() < limits.events {
            let Some(next) = self.next_until(due).await? else {
                break;
            };
            bytes += next.body.len();
            if bytes > limits.bytes {
                self.left = Some(next);
                break;
            }
            batch.push(next);
        }
        self.handed_out = Some(Instant::now());
        Ok(batch)
    }

    /// The next event, if it comes in time.
    async fn next_until(&mut self, due: Option<Instant>) -> Result<Option<RawEvent>, ReadError> {
        // What is here already is taken without asking the timer.
        if let Some(next) = unconstrained(self.next()).now_or_never() {
            return next.map(Some);
        }
        let Some(due) = due else {
            return Ok(None);
        };
        if self.pending == 0 {
            // Nothing is known to come: better to wake up once than for every event.
            sleep_until(due).await;
        }
        match timeout_at(due, unconstrained(self.next())).await {
            Ok(next) => next.map(Some),
            Err(_) => Ok(None),
        }
    }

    /// The next event, also where the consumer passes over it. Cancel-safe: an event is returned, or kept, or still in
    /// the stream.
    async fn next(&mut self) -> Result<RawEvent, ReadError> {
        let event = match self.ahead.take() {
            Some(event) => event,
            None => self.delivered().await?,
        };
        let next = self.last + 1;
        if event.position.sequence == next || !self.stream.is_permanent() {
            self.last = event.position.sequence;
            return Ok(event);
        }
        self.ahead = Some(event);
        let missing = self.missing(Position::new(self.stream, next)).await?;
        self.last = next;
        Ok(missing)
    }

    /// The event that the consumer delivers next. Cancel-safe.
    async fn delivered(&mut self) -> Result<RawEvent, ReadError> {
        let delivered = if self.pending == 0 {
            self.messages.next().await
        } else {
            match timeout(STALLED, self.messages.next()).await {
                Ok(delivered) => delivered,
                Err(_) => return Err(self.stalled().await),
            }
        };
        let message = match delivered {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Err(ReadError::Unavailable(error.to_string())),
            None => return Err(ReadError::Unavailable("the consumer was deleted".to_owned())),
        };
        let info = message
            .info()
            .map_err(|error| ReadError::Unavailable(error.to_string()))?;
        let sequence = info.stream_sequence;
        if info.consumer_sequence != self.next_delivery {
            return Err(ReadError::Hole {
                expected: self.next_delivery,
                got: info.consumer_sequence,
            });
        }
        self.next_delivery += 1;
        self.pending = info.pending;
        let message = message.message;
        let headers = message.headers.unwrap_or_default();
        self.event(sequence, &message.subject, headers, message.payload)
    }

    fn event(
        &self,
        sequence: u64,
        subject: &str,
        headers: HeaderMap,
        payload: Bytes,
    ) -> Result<RawEvent, ReadError> {
        let not_an_event = || ReadError::NotAnEvent(Position::new(self.stream, sequence));
        let subject = self.namespace.relative(subject).ok_or_else(not_an_event)?;
        RawEvent::new(sequence, subject, headers, payload).map_err(|_| not_an_event())
    }

    /// An event that was acknowledged, and that the replica of the consumer doesn't have: from any that does.
    async fn missing(&self, position: Position) -> Result<RawEvent, ReadError> {
        let event = self.fetch(position).await?;
        tracing::error!(
            stream.position = %position,
            "a replica of the stream has lost an event, which another one has: its file is damaged"
        );
        Ok(event)
    }

    /// Why nothing comes.
    async fn stalled(&self) -> ReadError {
        let why = ReadError::Unavailable("nothing comes, though there is more".to_owned());
        if !self.stream.is_permanent() {
            return why;
        }
        let next = Position::new(self.stream, self.last + 1);
        self.fetch(next).await.err().unwrap_or(why)
    }

    /// An event that was acknowledged, from any replica.
    async fn fetch(&self, position: Position) -> Result<RawEvent, ReadError> {
        let mut unavailable = None;
        for _ in 0..TRIES {
            match self.jetstream.direct_get(position.sequence).await {
                Ok(message) => {
                    return self.event(
                        message.sequence,
                        &message.subject,
                        message.headers,
                        message.payload,
                    );
                }
                Err(error) => match error.kind() {
                    DirectGetErrorKind::NotFound => {}
                    // What can't be read is as good as lost.
                    DirectGetErrorKind::ErrorResponse(status, _) if status != StatusCode::NO_RESPONDERS => {}
                    _ => unavailable = Some(error),
                },
            }
            sleep(BETWEEN_TRIES).await;
        }
        Err(unavailable.map_or(ReadError::Missing(position), |error| {
            ReadError::Unavailable(format!(
                "the event at {position} is missing here, and elsewhere: {error}"
            ))
        }))
    }
}
