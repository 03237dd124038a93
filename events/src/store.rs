//! The event store: Echo's streams as something to load from and append to.

use std::{
    borrow::Borrow,
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use async_nats::{
    Client, StatusCode,
    jetstream::{
        self,
        message::StreamMessage,
        stream::{DirectGetErrorKind, LastRawMessageErrorKind, Stream as JetStream},
    },
};
use chrono::{DateTime, Utc};
use futures::StreamExt;

use crate::{
    AccountId, DecodeError, KeyError, KeyState, Keyring, Namespace, Position, RawEvent, Recorded, Scope,
    Stream,
};

/// How long a single answer of the server may take before the read counts as failed.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a read of the event store failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoadError {
    /// The server can't be reached or doesn't answer in time. Worth trying again.
    #[error("the event store can't be read: {0}")]
    Unavailable(String),
    /// A key can't be had. Worth trying again.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A stored event can't be read. Lasting.
    #[error("the event at {position} can't be decoded")]
    Decode {
        /// Where it stands.
        position: Position,
        /// What is wrong with it.
        #[source]
        error: DecodeError,
    },
}

/// What is needed to decide about an aggregate: the last event of each of its types, oldest first.
///
/// Each event carries the whole facet that it changes, so their fold is the aggregate's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The last event of each type, in the order of the stream.
    pub events: Vec<Recorded>,
    /// The aggregate's last sequence, the expectation of the next append; 0 if it never had an event.
    pub last_sequence: u64,
}

/// The last position of a stream, as its leader knows it, for whoever has a connection and no store.
pub async fn last_position(
    client: &Client,
    namespace: &Namespace,
    stream: Stream,
) -> Result<Position, LoadError> {
    last_position_in(&jetstream::new(client.clone()), namespace, stream).await
}

async fn last_position_in(
    jetstream: &jetstream::Context,
    namespace: &Namespace,
    stream: Stream,
) -> Result<Position, LoadError> {
    let name = namespace.stream(stream);
    let info = jetstream.get_stream_no_info(name).await.map_err(unavailable)?;
    let info = info.get_info().await.map_err(unavailable)?;
    Ok(Position::new(stream, info.state.last_sequence))
}

/// Reads and appends events. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EventStore {
    pub(crate) client: Client,
    pub(crate) jetstream: jetstream::Context,
    pub(crate) namespace: Arc<Namespace>,
    pub(crate) keyring: Keyring,
}

impl EventStore {
    /// The store of a namespace whose streams exist (see [`crate::provision`]).
    pub fn new(client: Client, namespace: Namespace, keyring: Keyring) -> Self {
        let jetstream = jetstream::new(client.clone());
        Self {
            client,
            jetstream,
            namespace: Arc::new(namespace),
            keyring,
        }
    }

    /// The keys that seal and open personal parts.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// The names of this store's streams and subjects.
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// The connection, for what is not events: progress, commands, ephemeral messages.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Loads the last event of each type of an aggregate, in one request whatever its age.
    ///
    /// A replica may answer from a moment ago; an append that relies on it is checked by the leader.
    pub async fn history(&self, scope: &Scope) -> Result<History, LoadError> {
        let raw = self.last_of_each_type(scope).await?;
        let last_sequence = raw.last().map_or(0, |event| event.position.sequence);
        let events = self
            .decode_many(&raw)
            .await?
            .into_iter()
            .collect::<Result<_, _>>()?;
        Ok(History {
            events,
            last_sequence,
        })
    }

    /// Everybody who asked since a moment to be forgotten and of whom something may be left, told by the request.
    /// Looks for their events through the whole time, so this isn't for every command.
    pub async fn unfinished_erasures(&self, since: DateTime<Utc>) -> Result<Vec<AccountId>, LoadError> {
        let accounts = async |event_type: &str| {
            let subject = self.namespace.absolute(&format!("evt.*.account.*.{event_type}"));
            let events = direct_get_many(
                &self.client,
                &self.namespace,
                Stream::Events,
                &subject,
                From::Moment(since),
            )
            .await?;
            let accounts = events
                .iter()
                .filter_map(|event| event.subject.split('.').nth(3)?.parse().ok());
            Ok::<Vec<AccountId>, LoadError>(accounts.collect())
        };
        let requested = accounts("erasure_requested").await?;
        let erased: HashSet<AccountId> = accounts("erased").await?.into_iter().collect();
        Ok(requested
            .into_iter()
            .filter(|account| !erased.contains(account))
            .collect())
    }

    /// Whoever signed up last, erased or not; nobody, where nobody ever did.
    pub async fn last_signed_up(&self) -> Result<Option<AccountId>, LoadError> {
        let subject = self.namespace.absolute("evt.*.account.*.signed_up");
        let stream = self.stream(Stream::Events).await?;
        match stream.get_last_raw_message_by_subject(&subject).await {
            Ok(message) => {
                let subject = self.namespace.relative(&message.subject).unwrap_or_default();
                Ok(subject.split('.').nth(3).and_then(|account| account.parse().ok()))
            }
            Err(error) if matches!(error.kind(), LastRawMessageErrorKind::NoMessageFound) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Whether an aggregate has any event, without reading one.
    pub async fn exists(&self, scope: &Scope) -> Result<bool, LoadError> {
        Ok(!self.last_of_each_type(scope).await?.is_empty())
    }

    /// The event at a position; `None` where there is none (yet).
    pub async fn event_at(&self, position: Position) -> Result<Option<Recorded>, LoadError> {
        match self.raw_at(position).await? {
            Some(raw) => self.decode(&raw).await.map(Some),
            None => Ok(None),
        }
    }

    /// The event at a position, unread; `None` where there is none (yet, or any more).
    pub async fn raw_at(&self, position: Position) -> Result<Option<RawEvent>, LoadError> {
        let message = match self
            .stream(position.stream)
            .await?
            .direct_get(position.sequence)
            .await
        {
            Ok(message) => message,
            Err(error) if error.kind() == DirectGetErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unavailable(error)),
        };
        self.raw(message)
            .map(Some)
            .map_err(|error| LoadError::Decode { position, error })
    }

    /// The leader's copy of the last event of one type of an aggregate: slower than [`Self::history`],
    /// but never from a moment ago.
    pub async fn last_of_type(&self, scope: &Scope, event_type: &str) -> Result<Option<RawEvent>, LoadError> {
        let subject = self.namespace.absolute(&scope.subject(event_type));
        let message = match self
            .stream(scope.stream())
            .await?
            .get_last_raw_message_by_subject(&subject)
            .await
        {
            Ok(message) => message,
            Err(error) if matches!(error.kind(), LastRawMessageErrorKind::NoMessageFound) => return Ok(None),
            Err(error) => return Err(unavailable(error)),
        };
        let position = Position::new(scope.stream(), message.sequence);
        self.raw(message)
            .map(Some)
            .map_err(|error| LoadError::Decode { position, error })
    }

    /// The events of one type of an aggregate from `sequence` on, oldest first: for types of which an aggregate has
    /// few. One request for each 500 of them.
    pub async fn of_type_from(
        &self,
        scope: &Scope,
        event_type: &str,
        sequence: u64,
    ) -> Result<Vec<RawEvent>, LoadError> {
        let subject = self.namespace.absolute(&scope.subject(event_type));
        let from = From::Sequence(sequence);
        direct_get_many(&self.client, &self.namespace, scope.stream(), &subject, from).await
    }

    /// The last position of a stream, as its leader knows it.
    pub async fn last_position(&self, stream: Stream) -> Result<Position, LoadError> {
        last_position_in(&self.jetstream, &self.namespace, stream).await
    }

    /// Reads one stored event.
    pub async fn decode(&self, raw: &RawEvent) -> Result<Recorded, LoadError> {
        let failed = |error| LoadError::Decode {
            position: raw.position,
            error,
        };
        let key = match raw.owner().map_err(failed)? {
            Some(owner) => Some(self.keyring.get(owner).await?),
            None => None,
        };
        raw.decode(key.as_ref()).map_err(failed)
    }

    /// Reads many stored events, looking up each key once. Fails as a whole only where a key can't be had;
    /// an event that can't be read fails alone.
    pub async fn decode_many<E: Borrow<RawEvent> + Sync>(
        &self,
        raw: &[E],
    ) -> Result<Vec<Result<Recorded, LoadError>>, KeyError> {
        let raw = || raw.iter().map(Borrow::borrow);
        // Whoever is erased has no key any more, whatever is still at hand: what comes after reads alike for everybody.
        let erased: Vec<AccountId> = raw().filter_map(RawEvent::erases).collect();
        for erased in erased {
            self.keyring.forget(erased).await;
        }
        // An owner that can't be told is told again, as that event's error, by `decode_one`.
        let owners: Vec<AccountId> = raw().filter_map(|event| event.owner().ok().flatten()).collect();
        let keys = self.keyring.get_many(owners).await?;
        Ok(raw().map(|event| decode_one(event, &keys)).collect())
    }

    /// Reads an event as the server republished it under `live.>`.
    pub async fn decode_live(&self, message: async_nats::Message) -> Result<Recorded, LoadError> {
        let nowhere = Position::new(Stream::Events, 0);
        let raw = RawEvent::from_live(&self.namespace, message);
        let raw = raw.map_err(|error| LoadError::Decode {
            position: nowhere,
            error,
        })?;
        self.decode(&raw).await
    }

    pub(crate) async fn stream(&self, stream: Stream) -> Result<JetStream<()>, LoadError> {
        self.jetstream
            .get_stream_no_info(self.namespace.stream(stream))
            .await
            .map_err(unavailable)
    }

    pub(crate) fn raw(&self, message: StreamMessage) -> Result<RawEvent, DecodeError> {
        let subject = self
            .namespace
            .relative(&message.subject)
            .ok_or(DecodeError::Subject)?;
        RawEvent::new(message.sequence, subject, message.headers, message.payload)
    }

    async fn last_of_each_type(&self, scope: &Scope) -> Result<Vec<RawEvent>, LoadError> {
        let request = serde_json::json!({ "multi_last": [self.namespace.scope(scope)] });
        let answers = direct_get(&self.client, &self.namespace, scope.stream(), &request).await?;
        let mut events = answers.messages;
        events.sort_by_key(|event| event.position);
        Ok(events)
    }
}

/// The answers to one request for several messages.
pub(crate) struct Answers<T> {
    pub(crate) messages: Vec<T>,
    /// How many more there are behind the last.
    pub(crate) left: u64,
}

/// Asks any replica for several events at once.
async fn direct_get(
    client: &Client,
    namespace: &Namespace,
    stream: Stream,
    request: &serde_json::Value,
) -> Result<Answers<RawEvent>, LoadError> {
    let answers = direct_get_messages(client, &namespace.stream(stream), request).await?;
    let event = |message: StreamMessage| {
        let position = Position::new(stream, message.sequence);
        let subject = namespace.relative(&message.subject).ok_or(DecodeError::Subject);
        subject
            .and_then(|subject| RawEvent::new(message.sequence, subject, message.headers, message.payload))
            .map_err(|error| LoadError::Decode { position, error })
    };
    Ok(Answers {
        messages: answers
            .messages
            .into_iter()
            .map(event)
            .collect::<Result<_, _>>()?,
        left: answers.left,
    })
}

/// Asks any replica of a stream for several messages at once, which is not in the client library: one request, an
/// answer per message, then a status.
pub(crate) async fn direct_get_messages(
    client: &Client,
    stream: &str,
    request: &serde_json::Value,
) -> Result<Answers<StreamMessage>, LoadError> {
    let api = format!("$JS.API.DIRECT.GET.{stream}");
    let inbox = client.new_inbox();
    let mut messages = client.subscribe(inbox.clone()).await.map_err(unavailable)?;
    client
        .publish_with_reply(api, inbox, request.to_string().into())
        .await
        .map_err(unavailable)?;
    let mut found = Vec::new();
    loop {
        let message = tokio::time::timeout(REQUEST_TIMEOUT, messages.next())
            .await
            .map_err(unavailable)?;
        let message = message.ok_or_else(|| unavailable("the connection was closed"))?;
        match message.status {
            None | Some(StatusCode::OK) => {
                found.push(StreamMessage::try_from(message).map_err(unavailable)?);
            }
            // 204 ends the answers, 404 says that there are none.
            Some(status) if status.as_u16() == 204 || status == StatusCode::NOT_FOUND => {
                let left = message
                    .headers
                    .as_ref()
                    .and_then(|headers| headers.get("Nats-Num-Pending"));
                let left = left.and_then(|left| left.as_str().parse().ok()).unwrap_or(0);
                return Ok(Answers {
                    messages: found,
                    left,
                });
            }
            Some(status) => return Err(unavailable(format!("status {status}"))),
        }
    }
}

/// Where a read of several events begins.
#[derive(Clone, Copy, Debug)]
pub(crate) enum From {
    /// At the first stored at this moment or later.
    Moment(DateTime<Utc>),
    /// At this sequence.
    Sequence(u64),
}

/// All events of a subject (wildcards allowed) from some place on, oldest first. For subjects
/// of which there are few: a reader is faster, but needs a consumer.
pub(crate) async fn direct_get_many(
    client: &Client,
    namespace: &Namespace,
    stream: Stream,
    subject: &str,
    from: From,
) -> Result<Vec<RawEvent>, LoadError> {
    const AT_ONCE: u32 = 500;
    let mut request = serde_json::json!({ "batch": AT_ONCE, "next_by_subj": subject });
    match from {
        From::Moment(moment) => request["start_time"] = serde_json::json!(moment),
        From::Sequence(sequence) => request["seq"] = sequence.into(),
    }
    let mut events: Vec<RawEvent> = Vec::new();
    loop {
        let answers = direct_get(client, namespace, stream, &request).await?;
        events.extend(answers.messages);
        let Some(last) = events.last().filter(|_| answers.left > 0) else {
            return Ok(events);
        };
        let next = last.position.sequence + 1;
        request = serde_json::json!({ "batch": AT_ONCE, "next_by_subj": subject, "seq": next });
    }
}

fn decode_one(event: &RawEvent, keys: &HashMap<AccountId, KeyState>) -> Result<Recorded, LoadError> {
    let read = || event.decode(event.owner()?.and_then(|owner| keys.get(&owner)));
    read().map_err(|error| LoadError::Decode {
        position: event.position,
        error,
    })
}

pub(crate) fn unavailable(error: impl std::fmt::Display) -> LoadError {
    LoadError::Unavailable(error.to_string())
}
