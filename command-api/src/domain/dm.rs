//! A conversation of two people.

use events::dm::{Deleted, Edited, Event, Message, Read, ReadUpTo, Sent};
use events::{AccountId, Pair, Personal};
use uuid::Uuid;

use super::friendship::{self, Relation};
use super::{Aggregate, visibility};

/// What decides about a conversation: how far both have read. Messages are found by position, not kept here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// How far both have read.
    pub read_up_to: ReadUpTo,
}

/// Send a message.
#[derive(Clone)]
pub struct Send {
    /// The sender.
    pub from: AccountId,
    /// The receiver.
    pub to: AccountId,
    /// What the sender's client calls it.
    pub client_id: Uuid,
    /// What it says.
    pub message: Message,
}

/// Mark a conversation read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkRead {
    /// The two.
    pub pair: Pair,
    /// Who has read.
    pub by: AccountId,
    /// The other one.
    pub other: AccountId,
    /// The sequence of the last message read.
    pub up_to: u64,
}

/// A message as its sender may change it.
#[derive(Clone)]
pub struct Original {
    /// The sequence at which it was sent.
    pub sequence: u64,
    /// What was sent, as it reads now.
    pub sent: Sent,
}

/// Why nothing happens in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Only friends write to each other.
    #[error("not friends")]
    NotFriends,
    /// A message has a text, pictures or both.
    #[error("nothing is left of the message")]
    Empty,
}

/// Whether the message may be sent, given what the two are to each other.
pub fn send(friendship: &friendship::State, command: Send) -> Result<Event, Refusal> {
    match friendship.relation {
        Relation::Friends => Ok(Event::Sent(Sent {
            from: command.from,
            to: command.to,
            client_id: command.client_id,
            personal: Personal::Known(command.message),
        })),
        Relation::None | Relation::Requested(_) => Err(Refusal::NotFriends),
    }
}

/// What a message says from now on, if that isn't what it says now; its pictures stay. An edit reaches the other one
/// like a message, so it takes friends too.
pub fn edit(
    friendship: &friendship::State,
    original: Original,
    text: String,
) -> Result<Option<Event>, Refusal> {
    let Original { sequence, sent } = original;
    match friendship.relation {
        Relation::Friends => {}
        Relation::None | Relation::Requested(_) => return Err(Refusal::NotFriends),
    }
    let media = sent.personal.known().map_or(&[][..], |message| &message.media);
    if text.trim().is_empty() && media.is_empty() {
        return Err(Refusal::Empty);
    }
    let media = media.to_vec();
    let next = Personal::Known(Message { text, media });
    Ok((next != sent.personal).then_some(Event::Edited(Edited {
        from: sent.from,
        to: sent.to,
        client_id: sent.client_id,
        sent: sequence,
        personal: next,
    })))
}

/// A message is taken back, whatever the two are to each other by now.
pub fn delete(original: &Original) -> Event {
    let Original { sequence, sent } = original;
    Event::Deleted(Deleted {
        from: sent.from,
        to: sent.to,
        client_id: sent.client_id,
        sent: *sequence,
    })
}

/// How far both have read from now on; nothing, if that far was read already. With a block between the two nothing
/// is unread, and neither is told what the other reads.
pub fn mark_read(friendship: &friendship::State, state: State, command: MarkRead) -> Option<Event> {
    let MarkRead {
        pair,
        by,
        other,
        up_to,
    } = command;
    if visibility::blocked(friendship) {
        return None;
    }
    (up_to > state.read_up_to.of(pair, by)).then(|| {
        let read_up_to = state.read_up_to.with(pair, by, up_to);
        Event::Read(Read {
            by,
            other,
            read_up_to,
        })
    })
}

impl Aggregate for State {
    type Event = Event;

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Read(read) => self.read_up_to = read.read_up_to,
            Event::Sent(_) | Event::Edited(_) | Event::Deleted(_) => {}
        }
        self
    }

    fn own(event: &events::Event) -> Option<&Event> {
        if let events::Event::Dm(event) = event {
            Some(event)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use events::MediaId;

    use super::*;

    fn account(n: u128) -> AccountId {
        AccountId::from(Uuid::from_u128(n))
    }

    fn message(relation: Relation) -> Result<Event, Refusal> {
        let friendship = friendship::State {
            relation,
            ..friendship::State::default()
        };
        let message = Message {
            text: "Hi".to_owned(),
            media: Vec::new(),
        };
        send(
            &friendship,
            Send {
                from: account(1),
                to: account(2),
                client_id: Uuid::nil(),
                message,
            },
        )
    }

    #[test]
    fn only_friends_write_to_each_other() {
        assert!(matches!(message(Relation::Friends), Ok(Event::Sent(_))));
        for relation in [
            Relation::None,
            Relation::Requested(account(1)),
            Relation::Requested(account(2)),
        ] {
            assert_eq!(message(relation), Err(Refusal::NotFriends));
        }
    }

    fn original(media: Vec<MediaId>) -> Original {
        let text = "Hi".to_owned();
        let sent = Sent {
            from: account(1),
            to: account(2),
            client_id: Uuid::nil(),
            personal: Personal::Known(Message { text, media }),
        };
        Original { sequence: 7, sent }
    }

    fn edited(relation: Relation, media: Vec<MediaId>, text: &str) -> Result<Option<Event>, Refusal> {
        let friendship = friendship::State {
            relation,
            ..friendship::State::default()
        };
        edit(&friendship, original(media), text.to_owned())
    }

    #[test]
    fn an_edit_changes_the_text_and_keeps_the_pictures() {
        let picture = MediaId::from(Uuid::from_u128(5));
        let Ok(Some(Event::Edited(event))) = edited(Relation::Friends, vec![picture], "Ho") else {
            panic!("an edit")
        };
        assert_eq!((event.from, event.to, event.sent), (account(1), account(2), 7));
        let message = event.personal.into_known().unwrap();
        assert_eq!((message.text.as_str(), message.media), ("Ho", vec![picture]));
        assert!(edited(Relation::Friends, vec![picture], "").is_ok());
        assert_eq!(edited(Relation::Friends, vec![], ""), Err(Refusal::Empty));
        assert_eq!(edited(Relation::Friends, vec![picture], "Hi"), Ok(None));
    }

    #[test]
    fn only_friends_hear_of_edits() {
        for relation in [Relation::None, Relation::Requested(account(1))] {
            assert_eq!(edited(relation, vec![], "Ho"), Err(Refusal::NotFriends));
        }
    }

    #[test]
    fn a_deletion_names_what_was_sent() {
        let Event::Deleted(event) = delete(&original(vec![])) else {
            panic!("a deletion")
        };
        assert_eq!((event.from, event.to, event.sent), (account(1), account(2), 7));
    }

    fn read(state: State, by: u128, up_to: u64) -> Option<Event> {
        let pair = Pair::of(account(1), account(2)).unwrap();
        let command = MarkRead {
            pair,
            by: account(by),
            other: pair.other(account(by)).unwrap(),
            up_to,
        };
        for blocker in [1, 2] {
            let blocked = friendship::State {
                relation: Relation::None,
                blocked_by: vec![account(blocker)],
            };
            assert_eq!(
                mark_read(&blocked, state, command),
                None,
                "receipts pass no block"
            );
        }
        mark_read(&friendship::State::default(), state, command)
    }

    #[test]
    fn reading_carries_both_sides() {
        let state = State {
            read_up_to: ReadUpTo { lo: 5, hi: 3 },
        };
        let Some(Event::Read(event)) = read(state, 2, 9) else {
            panic!("an event")
        };
        assert_eq!(event.read_up_to, ReadUpTo { lo: 5, hi: 9 });
    }

    #[test]
    fn reading_never_goes_backwards() {
        let state = State {
            read_up_to: ReadUpTo { lo: 5, hi: 3 },
        };
        assert_eq!(read(state, 1, 5), None);
        assert_eq!(read(state, 1, 4), None);
        assert!(read(state, 1, 6).is_some());
    }
}
