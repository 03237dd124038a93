//! Conversations' events to messages, and to what the sidebar shows.

use events::{AccountId, Event, MessageId, Pair, Recorded, Scope, dm, partition, person};
use read_model::{
    chat::{Conversation, ConversationId, Message, ReadUpTo},
    position, uuid,
};

use crate::{ApplyError, Key, Loaded, Projection, Shard, Sweep, Write};

/// See [`read_model::chat`].
#[derive(Debug)]
pub struct Chat;

impl Projection for Chat {
    fn model(&self) -> &'static read_model::Projection {
        &read_model::chat::PROJECTION
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &["dm", "person"]
    }

    /// What somebody said who is forgotten stays as what it was, a message, and says nothing any more.
    fn sweeps(&self, event: &Recorded, shard: Shard) -> Vec<Sweep> {
        match &event.event {
            Event::Person(person::Event::Erased(erased)) => {
                vec![silenced(erased.account, event, shard)]
            }
            _ => vec![],
        }
    }

    fn needs(&self, event: &Recorded, shard: Shard) -> Vec<Key> {
        let Some((what, pair)) = owned(event, shard) else {
            return vec![];
        };
        let message = message_of(what).map(|id| Key::of::<Message>(uuid(id)));
        let conversation = Key::of::<Conversation>(pair.into());
        message.into_iter().chain([conversation]).collect()
    }

    fn makes(&self, event: &Recorded, shard: Shard) -> Vec<Key> {
        match owned(event, shard) {
            Some((dm::Event::Sent(sent), _)) => vec![Key::of::<Message>(uuid(sent.message()))],
            Some((dm::Event::Edited(_) | dm::Event::Deleted(_) | dm::Event::Read(_), _)) | None => vec![],
        }
    }

    fn apply(&self, event: &Recorded, loaded: &Loaded, shard: Shard) -> Result<Vec<Write>, ApplyError> {
        let Some((what, pair)) = owned(event, shard) else {
            return Ok(vec![]);
        };
        let before = match message_of(what) {
            Some(id) => loaded.get::<Message>(uuid(id))?,
            None => None,
        };
        let conversation = loaded.get::<Conversation>(pair.into())?;
        let mut conversation = conversation.unwrap_or_else(|| empty(pair));
        let message = match (what, before) {
            (dm::Event::Read(read), _) => {
                conversation.read_up_to = ReadUpTo {
                    lo: position(read.read_up_to.lo),
                    hi: position(read.read_up_to.hi),
                };
                conversation.changed = position(event.position.sequence);
                conversation.changed_at = Some(event.meta.at.into());
                return Ok(vec![Write::put(&conversation)]);
            }
            (dm::Event::Sent(sent), None) => {
                let message = new(event, sent, pair);
                conversation.position = message.position;
                conversation.last_message = Some(message.clone());
                return Ok(vec![Write::put(&message), Write::put(&conversation)]);
            }
            (dm::Event::Edited(edited), Some(message)) if !message.deleted => edit(message, event, edited),
            (dm::Event::Deleted(_), Some(message)) if !message.deleted => delete(message, event),
            // Of two events with one message's id the first stands, what was never sent can't be changed,
            // and what is deleted stays deleted.
            (dm::Event::Sent(_) | dm::Event::Edited(_) | dm::Event::Deleted(_), _) => return Ok(vec![]),
        };
        let mut writes = vec![Write::put(&message)];
        if conversation.position == message.position {
            conversation.last_message = Some(message);
            writes.push(Write::put(&conversation));
        }
        Ok(writes)
    }
}

/// A conversation's event and its two people, if the shard owns their conversation.
fn owned(event: &Recorded, shard: Shard) -> Option<(&dm::Event, Pair)> {
    let Event::Dm(what) = &event.event else {
        return None;
    };
    let pair = what.pair()?;
    shard
        .owns_partition(event.subject.partition)
        .then_some((what, pair))
}

/// The message that an event is about.
fn message_of(event: &dm::Event) -> Option<MessageId> {
    match event {
        dm::Event::Sent(sent) => Some(sent.message()),
        dm::Event::Edited(edited) => Some(MessageId::of(edited.from, edited.client_id)),
        dm::Event::Deleted(deleted) => Some(MessageId::of(deleted.from, deleted.client_id)),
        dm::Event::Read(_) => None,
    }
}

/// Takes the content of all that a person sent. What its sender took back stays so.
fn silenced(account: AccountId, event: &Recorded, shard: Shard) -> Sweep {
    let (changed, changed_at) = (position(event.position.sequence), event.meta.at.into());
    let ours = move |message: &Message| owns(shard, message.conversation);
    Sweep::over::<Message>([("from", uuid(account).into())])
        .needing(move |message: &Message| {
            let conversation = ours(message).then(|| Key::of::<Conversation>(message.conversation));
            conversation.into_iter().collect()
        })
        .writing(move |mut message: Message, loaded| {
            if message.deleted || !ours(&message) {
                return Ok(vec![]);
            }
            message.text = None;
            message.media = vec![];
            message.erased = true;
            message.present = false;
            message.changed = changed;
            message.changed_at = changed_at;
            let mut writes = vec![Write::put(&message)];
            let conversation = loaded.get::<Conversation>(message.conversation)?;
            if let Some(mut conversation) = conversation.filter(|it| it.position == message.position) {
                conversation.last_message = Some(message);
                writes.push(Write::put(&conversation));
            }
            Ok(writes)
        })
}

/// Whether the conversation is the shard's, by the partition in its subjects.
fn owns(shard: Shard, conversation: ConversationId) -> bool {
    let pair = Pair::of(read_model::id(conversation.lo), read_model::id(conversation.hi));
    pair.is_some_and(|pair| shard.owns_partition(partition(Scope::dm(pair).id())))
}

fn empty(pair: Pair) -> Conversation {
    let id = ConversationId::from(pair);
    Conversation {
        id,
        members: id.members(),
        last_message: None,
        position: 0,
        read_up_to: ReadUpTo::default(),
        changed: 0,
        changed_at: None,
    }
}

fn new(event: &Recorded, sent: &dm::Sent, pair: Pair) -> Message {
    let conversation = ConversationId::from(pair);
    let content = sent.personal.known();
    Message {
        id: uuid(sent.message()),
        conversation,
        members: conversation.members(),
        from: uuid(sent.from),
        to: uuid(sent.to),
        client_id: uuid(sent.client_id),
        text: content.map(|content| content.text.clone()),
        media: media(content),
        position: position(event.position.sequence),
        changed: position(event.position.sequence),
        changed_at: event.meta.at.into(),
        sent_at: event.meta.at.into(),
        edited_at: None,
        deleted: false,
        erased: content.is_none(),
        present: content.is_some(),
    }
}

fn edit(mut message: Message, event: &Recorded, edited: &dm::Edited) -> Message {
    let content = edited.personal.known();
    message.text = content.map(|content| content.text.clone());
    message.media = media(content);
    message.erased = content.is_none();
    message.present = content.is_some();
    message.edited_at = Some(event.meta.at.into());
    changed(message, event)
}

/// Nothing is left of a deleted message, whether it could still be read before or not.
fn delete(mut message: Message, event: &Recorded) -> Message {
    message.text = None;
    message.media = vec![];
    message.erased = false;
    message.deleted = true;
    message.present = false;
    changed(message, event)
}

fn changed(mut message: Message, event: &Recorded) -> Message {
    message.changed = position(event.position.sequence);
    message.changed_at = event.meta.at.into();
    message
}

fn media(content: Option<&dm::Message>) -> Vec<bson::Uuid> {
    content.map_or_else(Vec::new, |content| {
        content.media.iter().copied().map(uuid).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::given::{
        Given, message_deleted, message_edited, message_sent, person_erased, read, someone, unreadable,
    };

    fn message(given: &Given, from: u128, client_id: u128) -> Option<Message> {
        let id = MessageId::of(someone(from), uuid::Uuid::from_u128(client_id));
        given.document::<Message>(uuid(id))
    }

    fn conversation(given: &Given, one: u128, other: u128) -> Conversation {
        let pair = Pair::of(someone(one), someone(other)).unwrap();
        given.document::<Conversation>(pair.into()).unwrap()
    }

    #[test]
    fn a_conversation_shows_its_last_message() {
        let given = Given::new(Chat).events([message_sent(1, 2, 10, "hi"), message_sent(2, 1, 10, "hello")]);
        let conversation = conversation(&given, 1, 2);
        assert_eq!(conversation.position, 2);
        assert_eq!(conversation.last_message, message(&given, 2, 10));
        assert_eq!(message(&given, 1, 10).unwrap().text.as_deref(), Some("hi"));
    }

    #[test]
    fn of_two_messages_with_one_id_the_first_stands() {
        let given = Given::new(Chat).events([
            message_sent(1, 2, 10, "first"),
            message_sent(2, 1, 11, "between"),
            message_sent(1, 2, 10, "again"),
        ]);
        let kept = message(&given, 1, 10).unwrap();
        assert_eq!((kept.text.as_deref(), kept.position), (Some("first"), 1));
        assert_eq!(conversation(&given, 1, 2).position, 2);
    }

    #[test]
    fn an_edit_shows_in_the_message_and_where_it_is_the_last() {
        let given = Given::new(Chat).events([
            message_sent(1, 2, 10, "one"),
            message_sent(1, 2, 11, "two"),
            message_edited(1, 2, 10, 1, "one!"),
            message_edited(1, 2, 11, 2, "two!"),
        ]);
        let first = message(&given, 1, 10).unwrap();
        assert_eq!(
            (first.text.as_deref(), first.position, first.changed),
            (Some("one!"), 1, 3)
        );
        assert!(first.edited_at.is_some());
        assert_eq!(conversation(&given, 1, 2).last_message, message(&given, 1, 11));
        assert_eq!(conversation(&given, 1, 2).position, 2);
    }

    #[test]
    fn what_is_deleted_stays_deleted() {
        let given = Given::new(Chat).events([
            message_sent(1, 2, 10, "oops"),
            message_deleted(1, 2, 10, 1),
            message_edited(1, 2, 10, 1, "back"),
            message_deleted(1, 2, 10, 1),
        ]);
        let message = message(&given, 1, 10).unwrap();
        assert_eq!(
            (message.text.clone(), message.deleted, message.changed),
            (None, true, 2)
        );
        assert_eq!(conversation(&given, 1, 2).last_message, Some(message));
    }

    #[test]
    fn what_was_never_sent_cannot_be_edited_or_deleted() {
        let given = Given::new(Chat).events([message_edited(1, 2, 10, 1, "x"), message_deleted(1, 2, 10, 1)]);
        assert_eq!(given.all(), []);
    }

    #[test]
    fn both_read_states_come_with_every_reading() {
        let given = Given::new(Chat).events([
            message_sent(1, 2, 10, "one"),
            message_sent(2, 1, 11, "two"),
            read(2, 1, (0, 1)),
            read(1, 2, (2, 1)),
        ]);
        let conversation = conversation(&given, 1, 2);
        assert_eq!(conversation.read_up_to, ReadUpTo { lo: 2, hi: 1 });
        assert_eq!((conversation.changed, conversation.position), (4, 2));
    }

    #[test]
    fn an_erased_senders_message_stays_without_its_content() {
        let given = Given::new(Chat).events([
            unreadable(message_sent(1, 2, 10, "secret")),
            message_sent(2, 1, 11, "answer"),
        ]);
        let message = message(&given, 1, 10).unwrap();
        assert_eq!(
            (message.text, message.erased, message.deleted),
            (None, true, false)
        );
        assert_eq!(conversation(&given, 1, 2).position, 2);
    }

    #[test]
    fn a_deleted_message_reads_the_same_whether_it_was_still_readable() {
        let live = [message_sent(1, 2, 10, "secret"), message_deleted(1, 2, 10, 1)];
        let rebuilt = live.clone().map(unreadable);
        assert_eq!(
            Given::new(Chat).events(live).all(),
            Given::new(Chat).events(rebuilt).all()
        );
    }

    #[test]
    fn what_a_forgotten_person_said_is_there_without_content_and_changed_for_who_syncs() {
        let events = |seal: fn(Event) -> Event| {
            let own = [
                message_sent(1, 2, 10, "secret"),
                message_sent(1, 2, 11, "taken back"),
                message_deleted(1, 2, 11, 2),
                message_sent(1, 3, 12, "another secret"),
                message_edited(1, 3, 12, 4, "the last secret"),
            ];
            own.map(seal)
                .into_iter()
                .chain([
                    message_sent(2, 1, 13, "mine"),
                    read(1, 2, (6, 0)),
                    person_erased(1),
                ])
                .collect::<Vec<_>>()
        };
        let given = Given::new(Chat).events(events(|event| event));
        for (to, client_id) in [(2, 10), (3, 12)] {
            let message = message(&given, 1, client_id).unwrap();
            assert_eq!((message.to, message.changed), (uuid(someone(to)), 8));
            assert!(message.text.is_none() && message.erased && !message.deleted);
        }
        let taken_back = message(&given, 1, 11).unwrap();
        assert_eq!(
            (taken_back.deleted, taken_back.erased, taken_back.changed),
            (true, false, 3)
        );
        assert_eq!(message(&given, 2, 13).unwrap().text.as_deref(), Some("mine"));
        assert_eq!(conversation(&given, 1, 3).last_message, message(&given, 1, 12));
        assert_eq!(conversation(&given, 1, 2).last_message, message(&given, 2, 13));
        assert_eq!(Given::new(Chat).events(events(unreadable)).all(), given.all());
    }

    #[test]
    fn three_shards_write_together_what_one_writes_alone() {
        let events: Vec<_> = (0..30)
            .flat_map(|n| [message_sent(n, n + 1, n, "a"), read(n + 1, n, (1, 1))])
            .chain([person_erased(4)])
            .collect();
        let whole = Given::new(Chat).events(events.clone()).all();
        assert_eq!(Given::sharded(Chat, 3).events(events).all(), whole);
    }
}
