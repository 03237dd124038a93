//! Messages and conversations as rows and as answers.

use std::collections::HashMap;

use bson::{Bson, DateTime, Document, Uuid, doc};
use events::{Position, Stream};
use platform::Problem;
use read_model::{
    chat::{CHATS_OF, Conversation, ConversationId, Message, ReadUpTo, UNREAD_BY},
    sequence,
};
use serde::Deserialize;

use crate::{
    answers::{MessageView, Peer, RecentChat},
    join::{self, People},
    pictures::MessagePictures,
    reading::{Kept, Query, Reading},
};

/// Unread messages are counted no further: people don't, either.
pub(crate) const MOST_UNREAD: u32 = 100;
/// Chats that the sidebar shows, and whose unread messages are counted.
pub(crate) const RECENT_CHATS: i64 = 100;

/// A position as clients read it.
pub(crate) fn at(position: i64) -> Position {
    Position::new(Stream::Chat, sequence(position))
}

/// How far somebody has read; nothing where they haven't read anything.
pub(crate) fn read_up_to(position: i64) -> Option<Position> {
    (position > 0).then(|| at(position))
}

/// How far the viewer and the other one have read.
pub(crate) fn read_states(
    id: ConversationId,
    read: ReadUpTo,
    viewer: Uuid,
) -> (Option<Position>, Option<Position>) {
    let (mine, theirs) = if viewer == id.lo {
        (read.lo, read.hi)
    } else {
        (read.hi, read.lo)
    };
    (read_up_to(mine), read_up_to(theirs))
}

/// The one of a conversation who isn't the viewer.
pub(crate) fn other(id: ConversationId, viewer: Uuid) -> Uuid {
    if id.lo == viewer { id.hi } else { id.lo }
}

/// What of a message is shown.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    client_id: Uuid,
    pub(crate) position: i64,
    from: Uuid,
    to: Uuid,
    text: Option<String>,
    media: Vec<Uuid>,
    sent_at: DateTime,
    edited_at: Option<DateTime>,
    deleted: bool,
    erased: bool,
    /// The position of the last change and its time; read only where [`Row::with_changes`] was asked for.
    #[serde(default)]
    pub(crate) changed: i64,
    changed_at: Option<DateTime>,
}

impl Row {
    const FIELDS: [&str; 10] = [
        "client_id",
        "position",
        "from",
        "to",
        "text",
        "media",
        "sent_at",
        "edited_at",
        "deleted",
        "erased",
    ];

    /// The fields of a [`Row`].
    pub(crate) fn fields() -> Document {
        let mut fields = Self::fields_of("");
        fields.insert("_id", 0);
        fields
    }

    /// The same with the last change.
    pub(crate) fn with_changes() -> Document {
        let mut fields = Self::fields();
        fields.extend(doc! { "changed": 1, "changed_at": 1 });
        fields
    }

    /// The same for a row inside another document.
    fn fields_of(prefix: &str) -> Document {
        let fields = Self::FIELDS.into_iter();
        fields
            .map(|field| (format!("{prefix}{field}"), Bson::Int32(1)))
            .collect()
    }

    /// The message as an answer.
    pub(crate) fn shown(self, pictures: &MessagePictures) -> MessageView {
        let deleted = self.is_gone();
        let media = self.media.into_iter().map(|media| pictures.shown(media));
        MessageView {
            id: self.client_id.into(),
            position: at(self.position),
            from: self.from.into(),
            to: self.to.into(),
            text: self.text,
            media: media.collect(),
            sent_at: self.sent_at.to_chrono(),
            edited_at: self.edited_at.map(DateTime::to_chrono),
            deleted,
        }
    }

    /// The pictures in it.
    pub(crate) fn pictures(&self) -> &[Uuid] {
        &self.media
    }

    /// Whether nothing of it is left: its sender took it back or was forgotten.
    fn is_gone(&self) -> bool {
        self.deleted || self.erased
    }

    /// When it last changed; read only where [`Row::with_changes`] was asked for.
    pub(crate) fn changed_at(&self) -> Option<DateTime> {
        self.changed_at
    }

    /// The one of sender and receiver who isn't the viewer.
    pub(crate) fn other(&self, viewer: Uuid) -> Uuid {
        if self.from == viewer { self.to } else { self.from }
    }
}

/// A chat of the viewer's.
#[derive(Debug, Deserialize)]
pub(crate) struct Chat {
    #[serde(rename = "_id")]
    pub(crate) id: ConversationId,
    pub(crate) last_message: Option<Row>,
    /// That of the last message.
    pub(crate) position: i64,
    read_up_to: ReadUpTo,
}

impl Chat {
    /// The fields of a [`Chat`].
    fn fields() -> Document {
        let mut fields = Row::fields_of("last_message.");
        fields.extend(doc! { "position": 1, "read_up_to": 1 });
        fields
    }

    /// The chat as an answer; nothing of one without a message.
    pub(crate) fn shown(
        self,
        viewer: Uuid,
        unread: &Unread,
        people: &People,
        pictures: &MessagePictures,
    ) -> Option<RecentChat> {
        let peer = other(self.id, viewer);
        // As in `Unread::of_open_chats`.
        let is_open = people.standing(peer).meets();
        Some(RecentChat {
            peer: Peer::new(peer.into(), people.shown(peer)),
            unread_count: if is_open { unread.of(self.id) } else { 0 },
            last_message: self.last_message?.shown(pictures),
        })
    }

    /// Whether the viewer hasn't read it to the end.
    fn goes_on(&self, viewer: Uuid) -> bool {
        let read = if viewer == self.id.lo {
            self.read_up_to.lo
        } else {
            self.read_up_to.hi
        };
        self.position > read
    }
}

/// The viewer's most recent chats, newest first: at most [`RECENT_CHATS`] and one more.
pub(crate) async fn recent(reading: &Reading, viewer: Uuid) -> Result<Vec<Chat>, Problem> {
    let query = Query::newest(of_viewer(viewer), Chat::fields(), None, RECENT_CHATS + 1);
    let kept = Kept::first(RECENT_CHATS + 1, &CHATS_OF);
    reading.beginning::<Conversation, _>(kept, viewer, query).await
}

/// The viewer's chats whose last message is before a position, newest first.
pub(crate) async fn before(
    reading: &Reading,
    viewer: Uuid,
    position: Option<i64>,
    rows: i64,
) -> Result<Vec<Chat>, Problem> {
    let mut filter = of_viewer(viewer);
    if let Some(position) = position {
        filter.insert("position", doc! { "$gt": 0_i64, "$lt": position });
    }
    let query = Query::newest(filter, Chat::fields(), None, rows);
    reading.find::<Conversation, _>(query).await
}

/// How many messages of the viewer's [`RECENT_CHATS`] most recent chats are unread, by chat.
#[derive(Debug)]
pub(crate) struct Unread(HashMap<ConversationId, u32>);

#[derive(Deserialize)]
struct Counted {
    #[serde(rename = "_id")]
    id: ConversationId,
    unread: Vec<Count>,
}

#[derive(Deserialize)]
struct Count {
    count: i64,
}

impl Unread {
    /// Counts those of `chats`, the recent ones. Most have been read to the end, and where all have nothing is counted.
    pub(crate) async fn among(reading: &Reading, viewer: Uuid, chats: &[Chat]) -> Result<Self, Problem> {
        if chats.iter().any(|chat| chat.goes_on(viewer)) {
            Self::read(reading, viewer).await
        } else {
            Ok(Self(HashMap::new()))
        }
    }

    /// Counts those of `chats`, whichever they are.
    pub(crate) async fn of_all(reading: &Reading, viewer: Uuid, chats: &[Chat]) -> Result<Self, Problem> {
        let unread = chats.iter().filter(|chat| chat.goes_on(viewer));
        let ids: Vec<Document> = unread
            .map(|chat| doc! { "lo": chat.id.lo, "hi": chat.id.hi })
            .collect();
        if ids.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        let counted = reading
            .aggregate::<Conversation, Counted>(vec![
                doc! { "$match": { "_id": { "$in": ids } } },
                doc! { "$project": { "read": viewers_part(viewer) } },
                count_unread(reading, viewer),
                doc! { "$project": { "unread": 1 } },
            ])
            .await?;
        Ok(Self::counted(counted))
    }

    fn counted(chats: Vec<Counted>) -> Self {
        let counts = chats.into_iter().map(|chat| {
            let count = chat.unread.first().map_or(0, |unread| unread.count);
            let count = u32::try_from(count).unwrap_or(MOST_UNREAD);
            (chat.id, count.min(MOST_UNREAD))
        });
        Self(counts.filter(|(_, count)| *count > 0).collect())
    }

    /// Counts them.
    pub(crate) async fn read(reading: &Reading, viewer: Uuid) -> Result<Self, Problem> {
        let count = reading.aggregate::<Conversation, _>(vec![
            doc! { "$match": of_viewer(viewer) },
            doc! { "$sort": { "position": -1 } },
            doc! { "$limit": RECENT_CHATS },
            doc! { "$project": { "position": 1, "read": viewers_part(viewer) } },
            doc! { "$match": { "$expr": { "$gt": ["$position", "$read"] } } },
            count_unread(reading, viewer),
            doc! { "$project": { "unread": 1 } },
        ]);
        let counted = reading
            .whole::<Conversation, Counted>(&UNREAD_BY, viewer, count)
            .await?;
        Ok(Self::counted(counted))
    }

    /// Without the chats that a block has closed: nothing that is read there is told, so nothing is unread either.
    pub(crate) async fn of_open_chats(reading: &Reading, viewer: Uuid) -> Result<Self, Problem> {
        let Self(mut counts) = Self::read(reading, viewer).await?;
        let peers = counts.keys().map(|chat| other(*chat, viewer));
        let blocked = join::blocked_among(reading, viewer, peers).await?;
        counts.retain(|chat, _| !blocked.contains(&other(*chat, viewer)));
        Ok(Self(counts))
    }

    /// Those of one chat, at most [`MOST_UNREAD`].
    pub(crate) fn of(&self, chat: ConversationId) -> u32 {
        self.0.get(&chat).copied().unwrap_or_default()
    }

    /// Those of all together, at most [`MOST_UNREAD`].
    pub(crate) fn all(&self) -> u32 {
        self.0.values().sum::<u32>().min(MOST_UNREAD)
    }
}

/// The viewer's chats that have messages.
fn of_viewer(viewer: Uuid) -> Document {
    doc! { "members": viewer, "position": { "$gt": 0_i64 } }
}

/// How far the viewer has read, as an expression on a conversation.
fn viewers_part(viewer: Uuid) -> Document {
    let is_lower = doc! { "$eq": ["$_id.lo", viewer] };
    doc! { "$cond": [is_lower, "$read_up_to.lo", "$read_up_to.hi"] }
}

/// Counts what came after `read`, no further than [`MOST_UNREAD`] in each chat.
fn count_unread(reading: &Reading, viewer: Uuid) -> Document {
    let unread = doc! {
        "to": viewer,
        "present": true,
        "$expr": { "$gt": ["$position", "$$read"] },
    };
    doc! { "$lookup": {
        "from": reading.name::<Message>(),
        "localField": "_id",
        "foreignField": "conversation",
        "let": { "read": "$read" },
        "pipeline": [{ "$match": unread }, { "$limit": i64::from(MOST_UNREAD) }, { "$count": "count" }],
        "as": "unread",
    } }
}
