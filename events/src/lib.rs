//! The language of the system.
//!
//! Every change in Echo is an [`Event`] in one of three JetStream streams. This crate holds the event
//! types, the subjects under which they are stored, the codec that seals what is personal, and the event
//! store itself: load, append, read. It knows nothing of HTTP or MongoDB.

mod append;
mod codec;
mod connect;
mod event;
#[cfg(test)]
mod golden;
mod ids;
mod keyring;
mod personal;
mod position;
mod presence;
mod provision;
mod reader;
mod remembered;
mod revocations;
mod sealing;
mod store;
mod subject;

pub mod account;
pub mod comment;
pub mod dm;
pub mod friendship;
pub mod inbox;
pub mod media;
pub mod name;
pub mod person;
pub mod post;
pub mod reaction;
pub mod report;
pub mod session;
pub mod username;

pub use append::{AppendError, Appended, Expect, NewEvent};
pub use codec::{DecodeError, EncodeError, Encoded, RawEvent, encode, header};
pub use connect::{Connection, connect, inbox_prefix};
pub use event::{Event, Meta, Recorded};
pub use ids::{
    AccountId, CommandId, CommentId, InvalidPair, MediaId, MessageId, Pair, PostId, ReportId, SessionId,
};
pub use keyring::{KeyError, KeyFeed, KeyState, Keyring, Rotation};
pub use personal::Personal;
pub use position::{InvalidPosition, Position, Positions, Stream};
pub use presence::SEEN;
pub use provision::{DUPLICATE_WINDOW, LIMITS_MAX_AGE, ProvisionError, QUOTAS_MAX_AGE, provision};
pub use reader::{BatchLimits, ReadError, Reader, Source};
pub use remembered::Remembered;
pub use revocations::{REMEMBERED, Revocation, RevocationFeed, Revocations};
pub use sealing::{BrokenSeal, DataKey, InvalidKeys, MasterKeys, NameHasher};
pub use store::{EventStore, History, LoadError, last_position};
pub use subject::{InvalidNamespace, NameHash, Namespace, PARTITIONS, Scope, Subject, partition};
