//! The codec: events to and from what a stream stores.
//!
//! A stored body is `{"data":{…},"owner":"…","sealed":"…"}`: the open part, and where there is a personal
//! part, whose key sealed it. All else about an event travels in headers (see [`header`]).

use std::sync::Arc;

use async_nats::HeaderMap;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    AccountId, CommandId, DataKey, Event, KeyState, Meta, Namespace, Personal, Position, Recorded, Scope,
    Stream, Subject,
};

/// The headers of a stored event.
pub mod header {
    /// The server's own guard against repeats: actor, command and event type.
    pub const MESSAGE_ID: &str = "Nats-Msg-Id";
    /// The command that caused the event.
    pub const COMMAND_ID: &str = "Echo-Command-Id";
    /// The keyed hash of the command's body.
    pub const COMMAND_HASH: &str = "Echo-Command-Hash";
    /// The version of the payload.
    pub const VERSION: &str = "Echo-Version";
    /// When it happened, RFC 3339 in UTC with milliseconds.
    pub const AT: &str = "Echo-At";
    /// The account that acted.
    pub const ACTOR: &str = "Echo-Actor";
    /// W3C Trace Context.
    pub const TRACEPARENT: &str = "traceparent";
    /// Until when somebody waits for a command's answer, in milliseconds since 1970.
    pub const DEADLINE: &str = "Echo-Deadline";
    /// Set by the server on what it republishes: the sequence under which it stored the event.
    pub const SEQUENCE: &str = "Nats-Sequence";
}

/// Why an event can't be written.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// Its personal part is gone; what was forgotten can't be written again.
    #[error("the personal part of the event has been erased")]
    Erased,
    /// Its owner's key is gone or was never made.
    #[error("the owner of the personal part has no key")]
    NoKey,
    /// It has no JSON form.
    #[error("the event can't be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// Why a stored event can't be read. All of these are lasting: trying again changes nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DecodeError {
    /// The subject isn't an event's.
    #[error("the subject is not an event's")]
    Subject,
    /// A header is missing or wrong.
    #[error("the header {0} is missing or wrong")]
    Header(&'static str),
    /// No aggregate has such a type.
    #[error("unknown event type")]
    UnknownType,
    /// The type is known, this version of it isn't.
    #[error("unknown version {0} of the event")]
    UnknownVersion(u32),
    /// The event should have a sealed part and has none.
    #[error("the sealed part is missing")]
    SealMissing,
    /// The sealed part can't be opened with its owner's key.
    #[error(transparent)]
    Seal(#[from] crate::BrokenSeal),
    /// The body isn't the JSON that it should be.
    #[error("the body is malformed")]
    Json(#[source] Arc<serde_json::Error>),
}

impl From<serde_json::Error> for DecodeError {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(Arc::new(error))
    }
}

#[derive(Serialize)]
struct BodyOut<'a> {
    data: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<AccountId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed: Option<String>,
}

#[derive(Deserialize)]
struct BodyIn<'a> {
    #[serde(borrow)]
    data: &'a RawValue,
    owner: Option<AccountId>,
    sealed: Option<&'a str>,
}

/// An event ready to be appended.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// Its subject, without a namespace.
    pub subject: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// Writes an event of the aggregate `scope`; `key` is its owner's, where it has a personal part.
pub fn encode(
    scope: &Scope,
    event: &Event,
    meta: &Meta,
    key: Option<&DataKey>,
) -> Result<Encoded, EncodeError> {
    let subject = scope.subject(event.event_type());
    let data = event.data()?;
    let owner = event.owner();
    let sealed = match event.personal()? {
        Some(content) => Some(key.ok_or(EncodeError::NoKey)?.seal(&subject, &content)),
        None => None,
    };
    let body = serde_json::to_vec(&BodyOut {
        data: &data,
        owner,
        sealed,
    })?;
    let headers = write_headers(scope, event, meta);
    Ok(Encoded {
        subject,
        headers,
        body: body.into(),
    })
}

fn write_headers(scope: &Scope, event: &Event, meta: &Meta) -> HeaderMap {
    let actor = meta.actor.map(|actor| actor.to_string());
    let mut headers = HeaderMap::new();
    headers.insert(header::MESSAGE_ID, message_id(scope, event, meta));
    headers.insert(header::COMMAND_ID, meta.command_id.to_string());
    headers.insert(header::VERSION, event.version().to_string());
    headers.insert(header::AT, meta.at.to_rfc3339_opts(SecondsFormat::Millis, true));
    if let Some(hash) = &meta.command_hash {
        headers.insert(header::COMMAND_HASH, hash.as_str());
    }
    if let Some(actor) = actor {
        headers.insert(header::ACTOR, actor);
    }
    if let Some(traceparent) = &meta.traceparent {
        headers.insert(header::TRACEPARENT, traceparent.as_str());
    }
    headers
}

/// The server tells repeats by this id, stream-wide: the actor keeps one person's commands from another's.
fn message_id(scope: &Scope, event: &Event, meta: &Meta) -> String {
    let actor = meta
        .actor
        .map_or_else(|| "echo".to_owned(), |actor| actor.to_string());
    format!(
        "{actor}:{}:{}.{}",
        meta.command_id,
        scope.aggregate(),
        event.event_type()
    )
}

/// A stored event, not yet read.
#[derive(Clone, Debug)]
pub struct RawEvent {
    /// Where it stands.
    pub position: Position,
    /// Its subject, without a namespace.
    pub subject: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl RawEvent {
    pub(crate) fn new(
        sequence: u64,
        subject: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Self, DecodeError> {
        let stream = subject
            .split('.')
            .next()
            .and_then(|prefix| Stream::ALL.into_iter().find(|s| s.prefix() == prefix));
        let position = Position::new(stream.ok_or(DecodeError::Subject)?, sequence);
        Ok(Self {
            position,
            subject: subject.to_owned(),
            headers,
            body,
        })
    }

    /// An event as the server republished it under `live.>`.
    pub fn from_live(namespace: &Namespace, message: async_nats::Message) -> Result<Self, DecodeError> {
        let headers = message.headers.unwrap_or_default();
        let sequence = headers
            .get(header::SEQUENCE)
            .and_then(|sequence| sequence.as_str().parse().ok());
        let sequence = sequence.ok_or(DecodeError::Header(header::SEQUENCE))?;
        let subject = namespace
            .stored_from_live(&message.subject)
            .ok_or(DecodeError::Subject)?;
        Self::new(sequence, subject, headers, message.payload)
    }

    /// Whose key the event needs to be read, if any.
    pub fn owner(&self) -> Result<Option<AccountId>, DecodeError> {
        let body: BodyIn<'_> = serde_json::from_slice(&self.body)?;
        Ok(body.sealed.and(body.owner))
    }

    /// Who is forgotten by this event, and so has no key any more.
    pub(crate) fn erases(&self) -> Option<AccountId> {
        let subject = self.subject.strip_suffix(".erased")?;
        let mut tokens = subject.split('.').skip(2);
        let told_of_people = matches!(tokens.next()?, "account" | "person");
        told_of_people.then(|| tokens.next()?.parse().ok()).flatten()
    }

    /// As [`Recorded::routing_key`], as far as that can be told of an event that may not be readable.
    pub fn routing_key(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct OfPost {
            post: String,
        }
        let subject = Subject::parse(&self.subject)?;
        let of_post = || serde_json::from_str::<OfPost>(self.data().ok()?.get()).ok();
        match subject.aggregate.as_str() {
            "comment" => Some(of_post().map_or(subject.id, |data| data.post)),
            _ => Some(subject.id),
        }
    }

    /// The open part as it is stored, for who holds no keys.
    pub fn data(&self) -> Result<&RawValue, DecodeError> {
        let body: BodyIn<'_> = serde_json::from_slice(&self.body)?;
        Ok(body.data)
    }

    /// The version of the payload.
    pub fn version(&self) -> Result<u32, DecodeError> {
        self.required(header::VERSION)?
            .parse()
            .map_err(|_| DecodeError::Header(header::VERSION))
    }

    /// The command that caused the event.
    pub fn command_id(&self) -> Result<CommandId, DecodeError> {
        self.required(header::COMMAND_ID)?
            .parse()
            .map_err(|_| DecodeError::Header(header::COMMAND_ID))
    }

    /// Reads the event; `key` is its owner's, where it has a sealed part.
    pub fn decode(&self, key: Option<&KeyState>) -> Result<Recorded, DecodeError> {
        let subject = Subject::parse(&self.subject).ok_or(DecodeError::Subject)?;
        let version = self
            .required(header::VERSION)?
            .parse()
            .map_err(|_| DecodeError::Header(header::VERSION))?;
        let body: BodyIn<'_> = serde_json::from_slice(&self.body)?;
        let opened;
        let personal = match (body.sealed, key) {
            (None, _) => None,
            (Some(_), None) => return Err(DecodeError::SealMissing),
            (Some(_), Some(KeyState::Erased)) => Some(Personal::Erased),
            (Some(sealed), Some(KeyState::Alive(key))) => {
                opened = key.open(&self.subject, sealed)?;
                Some(Personal::Known(opened.as_slice()))
            }
        };
        let event = Event::restore(&subject, version, body.data.get(), personal)?;
        Ok(Recorded {
            position: self.position,
            subject,
            meta: self.meta()?,
            event,
        })
    }

    /// When, by whom, why: what the headers tell.
    pub fn meta(&self) -> Result<Meta, DecodeError> {
        let at = DateTime::parse_from_rfc3339(self.required(header::AT)?)
            .map_err(|_| DecodeError::Header(header::AT))?
            .with_timezone(&Utc);
        let actor = match self.header(header::ACTOR) {
            Some(actor) => Some(actor.parse().map_err(|_| DecodeError::Header(header::ACTOR))?),
            None => None,
        };
        Ok(Meta {
            at,
            command_id: self.command_id()?,
            command_hash: self.header(header::COMMAND_HASH).map(str::to_owned),
            actor,
            traceparent: self.header(header::TRACEPARENT).map(str::to_owned),
        })
    }

    fn header(&self, name: &'static str) -> Option<&str> {
        self.headers.get(name).map(async_nats::HeaderValue::as_str)
    }

    fn required(&self, name: &'static str) -> Result<&str, DecodeError> {
        self.header(name).ok_or(DecodeError::Header(name))
    }
}
