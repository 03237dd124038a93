//! What happens in a conversation of two people.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    AccountId, MediaId, MessageId, Pair, Personal,
    personal::{aggregate_events, open, sealed},
};

aggregate_events! {
    /// Everything that can happen in a conversation.
    pub enum Event {
        /// A message was sent; its position is what names and orders it.
        "sent" 1 => Sent(Sent),
        /// A message reads otherwise now.
        "edited" 1 => Edited(Edited),
        /// A message was taken back.
        "deleted" 1 => Deleted(Deleted),
        /// One of the two has read up to a message.
        "read" 1 => Read(Read),
    }
}

impl Event {
    /// Who did it.
    pub fn by(&self) -> AccountId {
        self.people().0
    }

    /// The other one.
    pub fn other(&self) -> AccountId {
        self.people().1
    }

    /// The two; `None` for an event that names one person twice, which is never written.
    pub fn pair(&self) -> Option<Pair> {
        let (by, other) = self.people();
        Pair::of(by, other)
    }

    fn people(&self) -> (AccountId, AccountId) {
        match self {
            Self::Sent(sent) => (sent.from, sent.to),
            Self::Edited(edited) => (edited.from, edited.to),
            Self::Deleted(deleted) => (deleted.from, deleted.to),
            Self::Read(read) => (read.by, read.other),
        }
    }
}

/// See [`Event::Sent`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The sender.
    pub from: AccountId,
    /// The receiver.
    pub to: AccountId,
    /// What the sender's client calls it.
    pub client_id: Uuid,
    /// What it says and shows.
    #[serde(skip)]
    pub personal: Personal<Message>,
}

impl Sent {
    /// The message's id; of two events with the same one the first stands.
    pub fn message(&self) -> MessageId {
        MessageId::of(self.from, self.client_id)
    }
}

/// A message's content.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// At most 4,000 characters.
    pub text: String,
    /// Pictures, in order.
    pub media: Vec<MediaId>,
}

/// See [`Event::Edited`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    /// The sender.
    pub from: AccountId,
    /// The receiver.
    pub to: AccountId,
    /// What the sender's client calls it.
    pub client_id: Uuid,
    /// The sequence at which it was sent.
    pub sent: u64,
    /// What it says and shows now.
    #[serde(skip)]
    pub personal: Personal<Message>,
}

/// See [`Event::Deleted`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// The sender.
    pub from: AccountId,
    /// The receiver.
    pub to: AccountId,
    /// What the sender's client calls it.
    pub client_id: Uuid,
    /// The sequence at which it was sent.
    pub sent: u64,
}

/// See [`Event::Read`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Who read.
    pub by: AccountId,
    /// The other one.
    pub other: AccountId,
    /// How far both have read; an event carries both sides' part.
    pub read_up_to: ReadUpTo,
}

/// Sequences in the chat stream up to which each of a pair has read; 0 for nothing yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadUpTo {
    /// The pair's lower one.
    pub lo: u64,
    /// The pair's higher one.
    pub hi: u64,
}

impl ReadUpTo {
    /// How far `me` of `pair` has read; 0 for somebody else.
    pub fn of(self, pair: Pair, me: AccountId) -> u64 {
        if me == pair.lo() {
            self.lo
        } else if me == pair.hi() {
            self.hi
        } else {
            0
        }
    }

    /// The same after `me` of `pair` has read up to `sequence`.
    #[must_use]
    pub fn with(mut self, pair: Pair, me: AccountId, sequence: u64) -> Self {
        if me == pair.lo() {
            self.lo = sequence;
        } else if me == pair.hi() {
            self.hi = sequence;
        }
        self
    }
}

sealed!(Sent => from, Edited => from);
open!(Deleted, Read);
