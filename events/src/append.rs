//! Appending: checked against what the writer knew, recognised when repeated, never half done.

use std::time::Duration;

use async_nats::{HeaderMap, RequestErrorKind};
use serde::Deserialize;

use crate::{
    EncodeError, Event, EventStore, KeyError, LoadError, Meta, Position, Scope, codec, store::REQUEST_TIMEOUT,
};

/// How often an append is sent before its writer is told that it failed.
const TRIES: u32 = 5;
/// The longest pause before the second try; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// What the writer knew when it decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The aggregate's last sequence: nothing else may have been appended to it since.
    Sequence(u64),
    /// The last sequence of this type of event of the aggregate: for facets that don't depend on the rest.
    SequenceOfType(u64),
    /// Nothing: the decision doesn't depend on the aggregate.
    Anything,
}

/// One event to append.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// To which aggregate.
    pub scope: Scope,
    /// What happened.
    pub event: Event,
    /// What the writer knew.
    pub expect: Expect,
}

/// The answer to an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Where the event stands.
    pub position: Position,
    /// Whether it stood there already, from an earlier try of the same command.
    pub duplicate: bool,
}

/// Why nothing was appended, or nobody knows.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// Somebody else appended to the aggregate meanwhile: load it again and decide again.
    #[error("the aggregate changed meanwhile")]
    Conflict,
    /// The server can't take it now, however often it was asked. Nothing was appended.
    #[error("the event store can't be written: {0}")]
    Unavailable(String),
    /// The server didn't answer: it may be stored or not. A repeat with the same command id is safe.
    #[error("the event store didn't answer; the outcome is unknown")]
    OutcomeUnknown,
    /// The stream has reached its limit; an operator must act.
    #[error("the stream is full")]
    StreamFull,
    /// The event is larger than a message may be.
    #[error("the event is too large")]
    TooLarge,
    /// The server refuses for a reason that asking again doesn't change.
    #[error("the event store refused: {description} ({code})")]
    Refused {
        /// The server's error code.
        code: u64,
        /// The server's words.
        description: String,
    },
    /// The event can't be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The key for the personal part can't be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The check whether an earlier try succeeded failed itself.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// What to do about one refused or unanswered try.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Trouble {
    /// The expectation failed, or the id is known in this batch: look whether the event is ours already.
    Contested,
    /// The same again, after a pause.
    Retry(String),
    /// As above; but it may have been stored.
    Unanswered,
    Full,
    TooLarge,
    Refused {
        code: u64,
        description: String,
    },
}

impl Trouble {
    /// The server's error codes that an append can meet (nats-server 2.15, `errors.json`).
    fn from_code(code: u64, description: String) -> Self {
        match code {
            // Wrong last sequence; duplicate id inside a batch.
            10071 | 10201 => Self::Contested,
            // The same scope is in flight (on a cluster: judged before it is replicated); a batch was lost
            // or incomplete, or too many are under way; no leader just now, or the cluster isn't ready.
            10164 | 10158 | 10163 | 10176 | 10210 | 10008 | 10013 | 10023 | 10118 => Self::Retry(description),
            10077 | 10047 => Self::Full,
            10054 => Self::TooLarge,
            _ => Self::Refused { code, description },
        }
    }

    fn into_error(self) -> AppendError {
        match self {
            Self::Contested => AppendError::Conflict,
            Self::Retry(description) => AppendError::Unavailable(description),
            Self::Unanswered => AppendError::OutcomeUnknown,
            Self::Full => AppendError::StreamFull,
            Self::TooLarge => AppendError::TooLarge,
            Self::Refused { code, description } => AppendError::Refused { code, description },
        }
    }
}

#[derive(Deserialize)]
struct Ack {
    #[serde(rename = "seq", default)]
    sequence: u64,
    #[serde(default)]
    duplicate: bool,
    error: Option<AckError>,
}

#[derive(Deserialize)]
struct AckError {
    #[serde(default)]
    err_code: u64,
    #[serde(default)]
    description: String,
}

impl EventStore {
    /// Appends one event; once, however often the same command asks.
    pub async fn append(&self, new: NewEvent, meta: &Meta) -> Result<Appended, AppendError> {
        let message = self.encode(&new, meta).await?;
        let mut tries = 0;
        loop {
            tries += 1;
            let trouble = match self.publish(message.clone()).await {
                Ok(ack) => {
                    let position = Position::new(new.scope.stream(), ack.sequence);
                    return Ok(Appended {
                        position,
                        duplicate: ack.duplicate,
                    });
                }
                Err(trouble) => trouble,
            };
            match trouble {
                // One server checks the expectation before it looks for repeats, a cluster after: either
                // way the event may be ours, from an earlier try, even one beyond the duplicate window.
                Trouble::Contested => return self.ours(&new, meta).await?.ok_or(AppendError::Conflict),
                Trouble::Retry(_) | Trouble::Unanswered if tries < TRIES => pause(tries).await,
                trouble => return Err(trouble.into_error()),
            }
        }
    }

    /// Appends events of one stream together: all of them or none. Returns their positions in order.
    ///
    /// On one server a batch costs about a hundred times a single append (it is staged on disk), so it is
    /// for where atomicity is needed and nowhere else.
    pub async fn append_batch(&self, events: &[NewEvent], meta: &Meta) -> Result<Vec<Appended>, AppendError> {
        let mut messages = Vec::with_capacity(events.len());
        for new in events {
            messages.push(self.encode(new, meta).await?);
        }
        let mut tries = 0;
        loop {
            tries += 1;
            let trouble = match self.publish_batch(&messages).await {
                Ok(last) => {
                    let first = last + 1 - events.len() as u64;
                    let position = |(new, n): (&NewEvent, u64)| Appended {
                        position: Position::new(new.scope.stream(), first + n),
                        duplicate: false,
                    };
                    return Ok(events.iter().zip(0..).map(position).collect());
                }
                Err(trouble) => trouble,
            };
            match trouble {
                Trouble::Contested => return self.all_ours(events, meta).await?.ok_or(AppendError::Conflict),
                Trouble::Retry(_) | Trouble::Unanswered if tries < TRIES => pause(tries).await,
                trouble => return Err(trouble.into_error()),
            }
        }
    }

    async fn encode(&self, new: &NewEvent, meta: &Meta) -> Result<codec::Encoded, AppendError> {
        let key = match new.event.owner() {
            Some(owner) => Some(self.keyring.alive(owner).await?),
            None => None,
        };
        let mut message = codec::encode(&new.scope, &new.event, meta, key.as_deref())?;
        message.subject = self.namespace.absolute(&message.subject);
        let (sequence, scope) = match new.expect {
            Expect::Sequence(sequence) => (sequence, self.namespace.scope(&new.scope)),
            Expect::SequenceOfType(sequence) => (sequence, message.subject.clone()),
            Expect::Anything => return Ok(message),
        };
        message
            .headers
            .insert("Nats-Expected-Last-Subject-Sequence", sequence.to_string());
        message
            .headers
            .insert("Nats-Expected-Last-Subject-Sequence-Subject", scope);
        Ok(message)
    }

    async fn publish(&self, message: codec::Encoded) -> Result<Ack, Trouble> {
        let request = async_nats::Request::new()
            .headers(message.headers)
            .payload(message.body)
            .timeout(Some(REQUEST_TIMEOUT));
        let answer = self
            .client
            .send_request(message.subject, request)
            .await
            .map_err(|error| match error.kind() {
                RequestErrorKind::MaxPayloadExceeded => Trouble::TooLarge,
                // Nobody took it: no server holds the stream just now.
                RequestErrorKind::NoResponders => Trouble::Retry(error.to_string()),
                // No answer in time, or the connection broke, perhaps after the server had it.
                RequestErrorKind::TimedOut | RequestErrorKind::InvalidSubject | RequestErrorKind::Other => {
                    Trouble::Unanswered
                }
            })?;
        let ack: Ack = serde_json::from_slice(&answer.payload).map_err(|_| Trouble::Unanswered)?;
        match ack.error {
            Some(error) => Err(Trouble::from_code(error.err_code, error.description)),
            None => Ok(ack),
        }
    }

    /// Sends a batch under a new batch id and returns the last sequence. All messages but the last are
    /// published, the last is a request whose answer tells of all.
    async fn publish_batch(&self, messages: &[codec::Encoded]) -> Result<u64, Trouble> {
        let batch = self.client.new_inbox();
        let batch = batch.rsplit('.').next().unwrap_or(&batch);
        let headers = |message: &codec::Encoded, n: usize| {
            let mut headers: HeaderMap = message.headers.clone();
            headers.insert("Nats-Batch-Id", batch);
            headers.insert("Nats-Batch-Sequence", (n + 1).to_string());
            headers
        };
        let Some((last, rest)) = messages.split_last() else {
            return Err(Trouble::Refused {
                code: 0,
                description: "an empty batch".to_owned(),
            });
        };
        for (n, message) in rest.iter().enumerate() {
            let (subject, body) = (message.subject.clone(), message.body.clone());
            let sent = self
                .client
                .publish_with_headers(subject, headers(message, n), body)
                .await;
            sent.map_err(|error| Trouble::Retry(error.to_string()))?;
        }
        let mut last_headers = headers(last, rest.len());
        last_headers.insert("Nats-Batch-Commit", "1");
        let last = codec::Encoded {
            headers: last_headers,
            ..last.clone()
        };
        self.publish(last).await.map(|ack| ack.sequence)
    }

    /// The event if the leader holds it as the last of its type, written by the same command.
    async fn ours(&self, new: &NewEvent, meta: &Meta) -> Result<Option<Appended>, LoadError> {
        let held = self.last_of_type(&new.scope, new.event.event_type()).await?;
        let ours = held.filter(|held| held.command_id().is_ok_and(|command| command == meta.command_id));
        Ok(ours.map(|held| Appended {
            position: held.position,
            duplicate: true,
        }))
    }

    async fn all_ours(&self, events: &[NewEvent], meta: &Meta) -> Result<Option<Vec<Appended>>, LoadError> {
        let mut appended = Vec::with_capacity(events.len());
        for new in events {
            match self.ours(new, meta).await? {
                Some(ours) => appended.push(ours),
                None => return Ok(None),
            }
        }
        Ok(Some(appended))
    }
}

/// Full jitter: anything up to a bound that doubles.
async fn pause(tries: u32) {
    let bound = FIRST_PAUSE * 2_u32.pow(tries - 1);
    tokio::time::sleep(bound.mul_f64(fastrand::f64())).await;
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(10071, "the aggregate changed meanwhile")]
    #[case(10201, "the aggregate changed meanwhile")]
    #[case(10164, "the event store can't be written: x")]
    #[case(10176, "the event store can't be written: x")]
    #[case(10077, "the stream is full")]
    #[case(10054, "the event is too large")]
    #[case(10999, "the event store refused: x (10999)")]
    fn each_code_of_the_server_means_one_thing(#[case] code: u64, #[case] meaning: &str) {
        assert_eq!(
            Trouble::from_code(code, "x".to_owned()).into_error().to_string(),
            meaning
        );
    }
}
