//! Identifiers as types, so that a post's id can't be given where an account's is wanted.
//!
//! On the wire each is the hyphenated lower-case UUID, which is also one subject token.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The namespace of all the ids that Echo derives by UUIDv5; a random constant, never to change.
const DERIVED: Uuid = Uuid::from_u128(0x6f0d_6c1e_3b57_4c53_9d0f_2a51_7f5e_8a44);

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The plain UUID.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )+};
}

ids! {
    /// A person's account.
    AccountId
    /// A published post; also the id of its reactions.
    PostId
    /// A comment on a post.
    CommentId
    /// An uploaded image.
    MediaId
    /// Something that a person reported.
    ReportId
    /// One signed-in device.
    SessionId
    /// A chat message as both sides know it; see [`MessageId::of`].
    MessageId
    /// What a client asked for, once, however often it asks: see [`CommandId::of`].
    CommandId
}

impl AccountId {
    /// The account that a sign-up with this `Idempotency-Key` makes, today and in a year.
    pub fn from_signup_key(key: &str) -> Self {
        derive("signup", Uuid::nil(), key)
    }
}

impl PostId {
    /// The post that `author` creates with this `Idempotency-Key`.
    pub fn from_key(author: AccountId, key: &str) -> Self {
        derive("post", author.0, key)
    }
}

impl CommentId {
    /// The comment that `author` creates with this `Idempotency-Key`.
    pub fn from_key(author: AccountId, key: &str) -> Self {
        derive("comment", author.0, key)
    }
}

impl MediaId {
    /// The image that `owner` uploads with this `Idempotency-Key`.
    pub fn from_key(owner: AccountId, key: &str) -> Self {
        derive("media", owner.0, key)
    }
}

impl CommandId {
    /// The command that `account` names by this `Idempotency-Key`.
    pub fn of(account: AccountId, key: &str) -> Self {
        derive("command", account.0, key)
    }
}

impl MessageId {
    /// A message is known by its sender and the id that the sender's client gave it, so nobody can
    /// touch another's message by reusing an id.
    pub fn of(sender: AccountId, client_id: Uuid) -> Self {
        derive("message", sender.0, &client_id.hyphenated().to_string())
    }
}

pub(crate) fn derive<T: From<Uuid>>(kind: &str, owner: Uuid, name: &str) -> T {
    let mut input = Vec::with_capacity(kind.len() + 17 + name.len());
    input.extend_from_slice(kind.as_bytes());
    input.push(0);
    input.extend_from_slice(owner.as_bytes());
    input.extend_from_slice(name.as_bytes());
    T::from(Uuid::new_v5(&DERIVED, &input))
}

/// Two different people, in order, so that both sides name their friendship and their conversation alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pair {
    lo: AccountId,
    hi: AccountId,
}

impl Pair {
    /// The pair of two people; `None` for one and the same.
    pub fn of(one: AccountId, other: AccountId) -> Option<Self> {
        match one.cmp(&other) {
            std::cmp::Ordering::Less => Some(Self { lo: one, hi: other }),
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(Self { lo: other, hi: one }),
        }
    }

    /// The one whose id sorts first.
    pub const fn lo(self) -> AccountId {
        self.lo
    }

    /// The one whose id sorts last.
    pub const fn hi(self) -> AccountId {
        self.hi
    }

    /// Both, in order.
    pub const fn members(self) -> [AccountId; 2] {
        [self.lo, self.hi]
    }

    /// Whether `account` is one of the two.
    pub fn contains(self, account: AccountId) -> bool {
        account == self.lo || account == self.hi
    }

    /// The one who is not `me`; `None` if `me` is neither.
    pub fn other(self, me: AccountId) -> Option<AccountId> {
        if me == self.lo {
            Some(self.hi)
        } else if me == self.hi {
            Some(self.lo)
        } else {
            None
        }
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.lo, self.hi)
    }
}

/// Why a text is not a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not two different account ids in order, joined by a hyphen")]
pub struct InvalidPair;

impl FromStr for Pair {
    type Err = InvalidPair;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const ID: usize = uuid::fmt::Hyphenated::LENGTH;
        let (lo, hi) = text.split_at_checked(ID).ok_or(InvalidPair)?;
        let hi = hi.strip_prefix('-').ok_or(InvalidPair)?;
        let (lo, hi) = (
            lo.parse().map_err(|_| InvalidPair)?,
            hi.parse().map_err(|_| InvalidPair)?,
        );
        Pair::of(lo, hi).filter(|pair| pair.lo == lo).ok_or(InvalidPair)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(n: u128) -> AccountId {
        AccountId::from(Uuid::from_u128(n))
    }

    #[test]
    fn both_sides_name_their_pair_alike() {
        assert_eq!(Pair::of(account(1), account(2)), Pair::of(account(2), account(1)));
        assert_eq!(Pair::of(account(1), account(1)), None);
    }

    #[test]
    fn a_pair_reads_back_only_in_order() {
        let pair = Pair::of(account(7), account(3)).unwrap();
        assert_eq!(pair.to_string().parse(), Ok(pair));
        assert_eq!(
            format!("{}-{}", pair.hi(), pair.lo()).parse::<Pair>(),
            Err(InvalidPair)
        );
        assert_eq!("".parse::<Pair>(), Err(InvalidPair));
    }

    #[test]
    fn another_sender_with_the_same_client_id_is_another_message() {
        let id = Uuid::from_u128(9);
        assert_ne!(MessageId::of(account(1), id), MessageId::of(account(2), id));
        assert_eq!(MessageId::of(account(1), id), MessageId::of(account(1), id));
    }
}
