//! Stored events as clients get them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use events::dm::Event as Dm;
use events::{AccountId, Event, LoadError, Pair, Personal, Position, RawEvent, Recorded, Stream, dm};
use uuid::Uuid;

use crate::app::Gateway;
use crate::people::Peer;
use crate::wire::{Message, MessageChanged, MessageMedia, ReadChanged, event};

/// How often reading an event is tried before clients are told to sync instead.
const TRIES: u32 = 4;
/// The pause before the second try; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// When the server stored what it republishes; set by the server.
pub(crate) const TIME_STAMP: &str = "Nats-Time-Stamp";

/// Why a live event can't be handed on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    /// It can't be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It isn't an event.
    #[error(transparent)]
    Decode(#[from] events::DecodeError),
    /// It changes a message that isn't there.
    #[error("{0} changes a message that isn't at {1}")]
    NoMessage(Position, Position),
}

/// An event as clients get it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Live {
    /// A message that was sent.
    New(MessageChanged),
    /// A message that was edited.
    Edited(MessageChanged),
    /// A message that was taken back.
    Deleted(MessageChanged),
    /// How far somebody has read.
    Read(ReadChanged),
}

impl Live {
    /// The event's name.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::New(_) => event::MESSAGE_NEW,
            Self::Edited(_) => event::MESSAGE_EDITED,
            Self::Deleted(_) => event::MESSAGE_DELETED,
            Self::Read(_) => event::MESSAGE_READ,
        }
    }

    /// Sends it to one socket; says whether it could.
    pub(crate) fn emit(&self, peer: &Peer) -> bool {
        match self {
            Self::New(message) | Self::Edited(message) | Self::Deleted(message) => {
                peer.emit(self.name(), message)
            }
            Self::Read(read) => peer.emit(self.name(), read),
        }
    }
}

/// When the server stored a republished event.
pub(crate) fn stored_at(message: &async_nats::Message) -> Option<DateTime<Utc>> {
    let stamp = message.headers.as_ref()?.get(TIME_STAMP)?;
    let at = DateTime::parse_from_rfc3339(stamp.as_str()).ok()?;
    Some(at.with_timezone(&Utc))
}

/// Reads a republished event for `me`; nothing if it isn't one that clients get.
pub(crate) async fn read(
    gateway: &Gateway,
    me: AccountId,
    message: async_nats::Message,
) -> Result<Option<Live>, Unreadable> {
    let raw = RawEvent::from_live(gateway.store.namespace(), message)?;
    let mut pause = FIRST_PAUSE;
    for _ in 1..TRIES {
        match load(gateway, me, &raw).await {
            // Keys and earlier events may be out of reach for a moment.
            Err(Unreadable::Load(LoadError::Unavailable(_) | LoadError::Key(_))) => {
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            result => return result,
        }
    }
    load(gateway, me, &raw).await
}

async fn load(gateway: &Gateway, me: AccountId, raw: &RawEvent) -> Result<Option<Live>, Unreadable> {
    let store = &gateway.store;
    let recorded = store.decode(raw).await?;
    let Event::Dm(event) = &recorded.event else {
        return Ok(None);
    };
    if let Dm::Read(read) = event
        && read.by != me
        && let Some(pair) = event.pair()
        && !gateway.friends.standing(store, pair).await?.tells_receipts()
    {
        return Ok(None);
    }
    let sent_at = match event {
        Dm::Sent(_) | Dm::Read(_) => recorded.meta.at,
        Dm::Edited(dm::Edited { sent, .. }) | Dm::Deleted(dm::Deleted { sent, .. }) => {
            let position = Position::new(Stream::Chat, *sent);
            let original = store.event_at(position).await?;
            original
                .ok_or(Unreadable::NoMessage(recorded.position, position))?
                .meta
                .at
        }
    };
    let mut live = translate(&recorded, event, sent_at, me);
    if let Some(Live::New(changed) | Live::Edited(changed)) = &mut live {
        let now = gateway.clock.now();
        gateway.pictures.complete(store, now, changed).await?;
    }
    Ok(live)
}

/// What `me` gets to see of an event of a conversation whose message was sent at `sent_at`.
fn translate(recorded: &Recorded, event: &Dm, sent_at: DateTime<Utc>, me: AccountId) -> Option<Live> {
    let pair = event.pair()?;
    let peer = pair.other(me)?;
    let position = recorded.position;
    let changed = |message| MessageChanged {
        position,
        peer,
        message,
    };
    Some(match event {
        Dm::Sent(sent) => {
            let message = message(
                (sent.from, sent.to),
                sent.client_id,
                position,
                sent_at,
                &sent.personal,
            );
            Live::New(changed(message))
        }
        Dm::Edited(edited) => {
            let at = Position::new(Stream::Chat, edited.sent);
            let message = message(
                (edited.from, edited.to),
                edited.client_id,
                at,
                sent_at,
                &edited.personal,
            );
            Live::Edited(changed(Message {
                edited_at: Some(recorded.meta.at),
                ..message
            }))
        }
        Dm::Deleted(deleted) => {
            let at = Position::new(Stream::Chat, deleted.sent);
            let people = (deleted.from, deleted.to);
            let message = message(people, deleted.client_id, at, sent_at, &Personal::Erased);
            Live::Deleted(changed(Message {
                deleted: true,
                ..message
            }))
        }
        Dm::Read(read) => Live::Read(ReadChanged {
            position,
            peer,
            reader: read.by,
            up_to: read_up_to(read, pair),
        }),
    })
}

fn message(
    (from, to): (AccountId, AccountId),
    id: Uuid,
    position: Position,
    sent_at: DateTime<Utc>,
    content: &Personal<dm::Message>,
) -> Message {
    let known = content.known();
    let media = known.map_or(&[][..], |content| &content.media);
    Message {
        id,
        position,
        from,
        to,
        text: known.map(|content| content.text.clone()),
        media: media
            .iter()
            .map(|media_id| MessageMedia::unknown(*media_id))
            .collect(),
        sent_at,
        edited_at: None,
        deleted: known.is_none(),
    }
}

fn read_up_to(read: &dm::Read, pair: Pair) -> Position {
    Position::new(Stream::Chat, read.read_up_to.of(pair, read.by))
}

#[cfg(test)]
mod tests {
    use events::dm::ReadUpTo;
    use events::{CommandId, Meta, Scope, Subject};

    use super::*;

    fn account(n: u128) -> AccountId {
        AccountId::from(Uuid::from_u128(n))
    }

    fn recorded(event: Dm, sequence: u64) -> Recorded {
        let subject = Scope::dm(event.pair().unwrap()).subject(event.event_type());
        Recorded {
            position: Position::new(Stream::Chat, sequence),
            subject: Subject::parse(&subject).unwrap(),
            meta: Meta {
                at: DateTime::from_timestamp(1_000, 0).unwrap(),
                command_id: CommandId::from(Uuid::nil()),
                command_hash: None,
                actor: None,
                traceparent: None,
            },
            event: Event::Dm(event),
        }
    }

    fn seen_by(me: AccountId, event: &Dm) -> Option<Live> {
        let recorded = recorded(event.clone(), 9);
        translate(&recorded, event, DateTime::UNIX_EPOCH, me)
    }

    #[test]
    fn each_of_the_two_sees_the_other_as_the_peer() {
        let read = Dm::Read(dm::Read {
            by: account(1),
            other: account(2),
            read_up_to: ReadUpTo { lo: 5, hi: 3 },
        });
        let expected = |peer| {
            Some(Live::Read(ReadChanged {
                position: Position::new(Stream::Chat, 9),
                peer,
                reader: account(1),
                up_to: Position::new(Stream::Chat, 5),
            }))
        };
        assert_eq!(seen_by(account(1), &read), expected(account(2)));
        assert_eq!(seen_by(account(2), &read), expected(account(1)));
        assert_eq!(seen_by(account(3), &read), None);
    }

    #[test]
    fn an_edited_message_keeps_its_place_and_has_the_changes_own() {
        let edited = Dm::Edited(dm::Edited {
            from: account(1),
            to: account(2),
            client_id: Uuid::from_u128(7),
            sent: 4,
            personal: Personal::Known(dm::Message {
                text: "better".to_owned(),
                media: Vec::new(),
            }),
        });
        let Some(Live::Edited(changed)) = seen_by(account(2), &edited) else {
            panic!("an edit is seen as one")
        };
        assert_eq!(
            (changed.position.sequence, changed.message.position.sequence),
            (9, 4)
        );
        assert_eq!(changed.message.sent_at, DateTime::UNIX_EPOCH);
        assert_eq!(changed.message.edited_at, DateTime::from_timestamp(1_000, 0));
        assert_eq!(
            (changed.message.text.as_deref(), changed.message.deleted),
            (Some("better"), false)
        );
    }

    #[test]
    fn what_was_taken_back_has_no_text() {
        let deleted = Dm::Deleted(dm::Deleted {
            from: account(1),
            to: account(2),
            client_id: Uuid::from_u128(7),
            sent: 4,
        });
        let Some(Live::Deleted(changed)) = seen_by(account(1), &deleted) else {
            panic!("a deletion is seen as one")
        };
        assert_eq!((changed.message.text, changed.message.deleted), (None, true));
    }
}
