//! The events of all aggregates, and an event as it was recorded.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

use crate::{
    AccountId, CommandId, DecodeError, EncodeError, Personal, Position, Subject, account, comment, dm,
    friendship, inbox, media, name, person, post, reaction, report, session,
};

/// Any event of Echo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// What happened to an account.
    Account(account::Event),
    /// What happened to a username.
    Username(name::Event),
    /// What happened to an email address.
    Email(name::Event),
    /// What happened between two people.
    Friendship(friendship::Event),
    /// What happened to a post.
    Post(post::Event),
    /// What happened in reaction to a post.
    Reaction(reaction::Event),
    /// What happened to a comment.
    Comment(comment::Event),
    /// What happened to an image.
    Media(media::Event),
    /// What happened to a person's notifications.
    Inbox(inbox::Event),
    /// What was reported.
    Report(report::Event),
    /// What happened in a conversation.
    Dm(dm::Event),
    /// What happened to a signed-in device.
    Session(session::Event),
    /// What is told of a person in the streams besides that of accounts.
    Person(person::Event),
}

/// Calls one method on whichever aggregate's event it is.
macro_rules! each {
    ($event:expr, $inner:ident => $result:expr) => {
        match $event {
            Event::Account($inner) => $result,
            Event::Username($inner) | Event::Email($inner) => $result,
            Event::Friendship($inner) => $result,
            Event::Post($inner) => $result,
            Event::Reaction($inner) => $result,
            Event::Comment($inner) => $result,
            Event::Media($inner) => $result,
            Event::Inbox($inner) => $result,
            Event::Report($inner) => $result,
            Event::Dm($inner) => $result,
            Event::Session($inner) => $result,
            Event::Person($inner) => $result,
        }
    };
}

impl Event {
    /// All types, as (aggregate, type, current version).
    pub fn types() -> impl Iterator<Item = (&'static str, &'static str, u32)> {
        [
            ("account", account::Event::TYPES),
            ("username", name::Event::TYPES),
            ("email", name::Event::TYPES),
            ("friendship", friendship::Event::TYPES),
            ("post", post::Event::TYPES),
            ("reaction", reaction::Event::TYPES),
            ("comment", comment::Event::TYPES),
            ("media", media::Event::TYPES),
            ("inbox", inbox::Event::TYPES),
            ("report", report::Event::TYPES),
            ("dm", dm::Event::TYPES),
            ("session", session::Event::TYPES),
            ("person", person::Event::TYPES),
        ]
        .into_iter()
        .flat_map(|(aggregate, types)| {
            types
                .iter()
                .map(move |(name, version)| (aggregate, *name, *version))
        })
    }

    /// The aggregate's name, a token of the subject.
    pub fn aggregate(&self) -> &'static str {
        match self {
            Self::Account(_) => "account",
            Self::Username(_) => "username",
            Self::Email(_) => "email",
            Self::Friendship(_) => "friendship",
            Self::Post(_) => "post",
            Self::Reaction(_) => "reaction",
            Self::Comment(_) => "comment",
            Self::Media(_) => "media",
            Self::Inbox(_) => "inbox",
            Self::Report(_) => "report",
            Self::Dm(_) => "dm",
            Self::Session(_) => "session",
            Self::Person(_) => "person",
        }
    }

    /// The event's type, the last token of the subject.
    pub fn event_type(&self) -> &'static str {
        each!(self, event => event.event_type())
    }

    /// The version of the payload that is written today.
    pub fn version(&self) -> u32 {
        each!(self, event => event.version())
    }

    pub(crate) fn data(&self) -> Result<Box<RawValue>, EncodeError> {
        each!(self, event => event.data())
    }

    /// Whose key seals the personal part; `None` where nothing is personal.
    pub fn owner(&self) -> Option<AccountId> {
        each!(self, event => event.owner())
    }

    pub(crate) fn personal(&self) -> Result<Option<Vec<u8>>, EncodeError> {
        each!(self, event => event.personal())
    }

    pub(crate) fn restore(
        subject: &Subject,
        version: u32,
        data: &str,
        personal: Option<Personal<&[u8]>>,
    ) -> Result<Self, DecodeError> {
        let event_type = subject.event_type.as_str();
        Ok(match subject.aggregate.as_str() {
            "account" => Self::Account(account::Event::restore(event_type, version, data, personal)?),
            "username" => Self::Username(name::Event::restore(event_type, version, data, personal)?),
            "email" => Self::Email(name::Event::restore(event_type, version, data, personal)?),
            "friendship" => {
                Self::Friendship(friendship::Event::restore(event_type, version, data, personal)?)
            }
            "post" => Self::Post(post::Event::restore(event_type, version, data, personal)?),
            "reaction" => Self::Reaction(reaction::Event::restore(event_type, version, data, personal)?),
            "comment" => Self::Comment(comment::Event::restore(event_type, version, data, personal)?),
            "media" => Self::Media(media::Event::restore(event_type, version, data, personal)?),
            "inbox" => Self::Inbox(inbox::Event::restore(event_type, version, data, personal)?),
            "report" => Self::Report(report::Event::restore(event_type, version, data, personal)?),
            "dm" => Self::Dm(dm::Event::restore(event_type, version, data, personal)?),
            "session" => Self::Session(session::Event::restore(event_type, version, data, personal)?),
            "person" => Self::Person(person::Event::restore(event_type, version, data, personal)?),
            _ => return Err(DecodeError::UnknownType),
        })
    }
}

macro_rules! into_event {
    ($($variant:ident($inner:ty)),+) => {$(
        impl From<$inner> for Event {
            fn from(event: $inner) -> Self {
                Self::$variant(event)
            }
        }
    )+};
}

// A name's event alone doesn't tell whether the name is a username or an address.
into_event!(
    Account(account::Event),
    Friendship(friendship::Event),
    Post(post::Event),
    Reaction(reaction::Event),
    Comment(comment::Event),
    Media(media::Event),
    Inbox(inbox::Event),
    Report(report::Event),
    Dm(dm::Event),
    Session(session::Event),
    Person(person::Event)
);

/// What is known of an event besides its content: carried in headers, nothing personal in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// When the command was handled, to the millisecond.
    pub at: DateTime<Utc>,
    /// The command that caused it.
    pub command_id: CommandId,
    /// A keyed hash of the command's body, to tell a repeat from a reuse of its key.
    pub command_hash: Option<String>,
    /// Who acted; none for what Echo does by itself.
    pub actor: Option<AccountId>,
    /// The trace that the command was part of (W3C Trace Context).
    pub traceparent: Option<String>,
}

/// An event as it stands in its stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Where.
    pub position: Position,
    /// Under which subject, without a namespace.
    pub subject: Subject,
    /// When, by whom, why.
    pub meta: Meta,
    /// What happened.
    pub event: Event,
}

impl Recorded {
    /// The key by which later events depend on this one: the partition's unit, and what is parked together.
    /// The aggregate's id, except that a comment goes with its post.
    pub fn routing_key(&self) -> Cow<'_, str> {
        match &self.event {
            Event::Comment(comment::Event::Added(version) | comment::Event::Edited(version)) => {
                version.post.to_string().into()
            }
            Event::Comment(comment::Event::Deleted(deleted)) => deleted.post.to_string().into(),
            Event::Account(_)
            | Event::Username(_)
            | Event::Email(_)
            | Event::Friendship(_)
            | Event::Post(_)
            | Event::Reaction(_)
            | Event::Media(_)
            | Event::Inbox(_)
            | Event::Report(_)
            | Event::Dm(_)
            | Event::Session(_)
            | Event::Person(_) => self.subject.id.as_str().into(),
        }
    }
}
