//! `GET /v1/sync`

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use bson::{DateTime, Document, Uuid, doc};
use chrono::{TimeDelta, Utc};
use events::{Position, Stream};
use platform::{Problem, extract::Query as UrlQuery};
use read_model::{
    Projection,
    chat::{self, Conversation, ConversationId, Message, ReadUpTo},
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    answers::{Change, Sync},
    app::{App, Viewer},
    asked::{Asked, chat_position},
    chats::{self, at},
    pagination::{self, MAX_LIMIT},
    pictures::MessagePictures,
    reading::{self, Query, Reading, stored},
};

const READS: [&Projection; 1] = [&chat::PROJECTION];

/// So many changes at most are told one by one; fetching the sidebar anew is cheaper than more.
const MOST_CHANGES: u32 = 5_000;
/// Changes no older than this are told one by one.
const OLDEST_CHANGE: TimeDelta = TimeDelta::days(30);

/// From where on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// The `position` of the last sync. Without it the answer is a reset, with the position to begin from.
    #[param(nullable = false, example = "c42")]
    after: Option<String>,
    /// How many items at most.
    #[param(value_type = Option<u8>, nullable = false, minimum = 1, maximum = 100, default = 100)]
    limit: Option<String>,
}

/// What changed in the caller's chats since the last time.
///
/// Each message and read state that changed comes once, as it is now, in the order of change. What changed at one
/// position comes together, even where that is more than `limit`: the messages of somebody who erased their account are.
/// The client stores `position`, and nothing else, and asks again at once while there is `more`. Where `reset` is true, too much has
/// changed or too long ago: the client forgets what it holds and loads the sidebar.
#[utoipa::path(
    get,
    path = "/v1/sync",
    operation_id = "syncChats",
    tag = "conversations",
    params(Params),
    responses((status = 200, description = "What changed, in the order of change.", body = Sync))
)]
pub(crate) async fn get_sync(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    UrlQuery(params): UrlQuery<Params>,
) -> Result<Response, Problem> {
    let after = params
        .after
        .as_deref()
        .map(|text| chat_position("after", text))
        .transpose()?;
    let limit = pagination::limit(params.limit.as_deref(), MAX_LIMIT)?;
    if let Some(after) = after {
        // Whoever sent it would be told of nothing for as long as the stream takes to get there.
        app.watermarks().check(after).await.map_err(reading::refused)?;
    }
    let now = app.clock().now();
    app.read(asked, &READS, |reading| async move {
        let watermark = reading.applied(Stream::Chat);
        let Some(after) = after else {
            return Ok(Json(reset(watermark)));
        };
        let since = Since {
            viewer,
            after,
            watermark,
        };
        let rows = i64::try_from(limit + 1).unwrap_or(i64::MAX);
        let (messages, reads, too_many) = tokio::try_join!(
            messages(&reading, since.filter(), rows),
            read_states(&reading, since.filter(), rows),
            since.too_many(&reading)
        )?;
        let mut changes: Vec<Row> = messages.into_iter().chain(reads).collect();
        changes.sort_by_key(Row::changed);
        let oldest = changes.first().and_then(Row::changed_at);
        let too_old = oldest.is_some_and(|oldest| now - oldest > OLDEST_CHANGE);
        if too_many || too_old {
            return Ok(Json(reset(watermark)));
        }
        let end_of_page = EndOfPage::of(&changes, limit);
        let more = end_of_page != EndOfPage::Last;
        match end_of_page {
            EndOfPage::Last => {}
            EndOfPage::Before(next) => changes.truncate(next),
            EndOfPage::Behind(at) => changes = since.all_at(&reading, at).await?,
        }
        // A client that has seen more than this process has (it asked another one) keeps what it has.
        let end = watermark.sequence.max(after.sequence);
        let position = changes
            .last()
            .filter(|_| more)
            .map_or(Position::new(Stream::Chat, end), |last| at(last.changed()));
        let pictures = changes.iter().flat_map(Row::pictures).copied();
        let pictures = MessagePictures::read(&reading, pictures).await?;
        Ok(Json(Sync {
            items: changes
                .into_iter()
                .map(|row| row.shown(viewer, &pictures))
                .collect(),
            position,
            more,
            reset: false,
        }))
    })
    .await
}

/// The end of a page of changes: between two positions, for the client goes on after the last one that it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EndOfPage {
    /// With the last change there is.
    Last,
    /// Before the change of this index.
    Before(usize),
    /// With everything that changed at this position, which is more than a page holds.
    Behind(i64),
}

impl EndOfPage {
    /// The end of a page of `limit` of these changes, which are in order.
    fn of(changes: &[Row], limit: usize) -> Self {
        let Some(next) = changes.get(limit).map(Row::changed) else {
            return Self::Last;
        };
        match changes.partition_point(|row| row.changed() < next) {
            0 => Self::Behind(next),
            first => Self::Before(first),
        }
    }
}

fn reset(watermark: Position) -> Sync {
    Sync {
        items: Vec::new(),
        position: watermark,
        more: false,
        reset: true,
    }
}

/// A message or a read state, with its last change.
enum Row {
    Message(chats::Row),
    Read(ReadRow),
}

#[derive(Deserialize)]
struct ReadRow {
    #[serde(rename = "_id")]
    id: ConversationId,
    changed: i64,
    changed_at: Option<DateTime>,
    read_up_to: ReadUpTo,
}

impl Row {
    fn changed(&self) -> i64 {
        match self {
            Self::Message(row) => row.changed,
            Self::Read(row) => row.changed,
        }
    }

    fn changed_at(&self) -> Option<chrono::DateTime<Utc>> {
        let at = match self {
            Self::Message(row) => row.changed_at(),
            Self::Read(row) => row.changed_at,
        };
        at.map(DateTime::to_chrono)
    }

    fn pictures(&self) -> &[Uuid] {
        match self {
            Self::Message(row) => row.pictures(),
            Self::Read(_) => &[],
        }
    }

    fn shown(self, viewer: Uuid, pictures: &MessagePictures) -> Change {
        match self {
            Self::Message(row) => Change::Message {
                peer: row.other(viewer).into(),
                changed: at(row.changed),
                message: row.shown(pictures),
            },
            Self::Read(row) => {
                let (read_up_to, peer_read_up_to) = chats::read_states(row.id, row.read_up_to, viewer);
                Change::Read {
                    peer: chats::other(row.id, viewer).into(),
                    changed: at(row.changed),
                    read_up_to,
                    peer_read_up_to,
                }
            }
        }
    }
}

/// What changed in the viewer's chats after one position and up to another. What changes beyond the watermark
/// meanwhile comes with the next sync, so it is left out even where it shows already.
#[derive(Clone, Copy)]
struct Since {
    viewer: Uuid,
    after: Position,
    watermark: Position,
}

impl Since {
    fn filter(self) -> Document {
        let changed = doc! { "$gt": stored(self.after), "$lte": stored(self.watermark) };
        doc! { "members": self.viewer, "changed": changed }
    }

    /// Everything that changed at one position.
    async fn all_at(self, reading: &Reading, changed: i64) -> Result<Vec<Row>, Problem> {
        let filter = doc! { "members": self.viewer, "changed": changed };
        let rows = i64::from(MOST_CHANGES) + 1;
        let (messages, reads) = tokio::try_join!(
            messages(reading, filter.clone(), rows),
            read_states(reading, filter, rows)
        )?;
        Ok(messages.into_iter().chain(reads).collect())
    }

    /// Whether there are more than [`MOST_CHANGES`].
    async fn too_many(self, reading: &Reading) -> Result<bool, Problem> {
        let most = MOST_CHANGES + 1;
        let (messages, reads) = tokio::try_join!(
            reading.count::<Message>(self.filter(), most),
            reading.count::<Conversation>(self.filter(), most)
        )?;
        Ok(messages + reads > MOST_CHANGES)
    }
}

async fn messages(reading: &Reading, filter: Document, rows: i64) -> Result<Vec<Row>, Problem> {
    let query = Query::in_order(filter, chats::Row::with_changes(), "changed", rows);
    let rows = reading.find::<Message, chats::Row>(query).await?;
    Ok(rows.into_iter().map(Row::Message).collect())
}

async fn read_states(reading: &Reading, filter: Document, rows: i64) -> Result<Vec<Row>, Problem> {
    let fields = doc! { "read_up_to": 1, "changed": 1, "changed_at": 1 };
    let query = Query::in_order(filter, fields, "changed", rows);
    let rows = reading.find::<Conversation, ReadRow>(query).await?;
    Ok(rows.into_iter().map(Row::Read).collect())
}
