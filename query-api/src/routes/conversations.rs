//! `GET /v1/conversations/{user_id}/messages`

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use bson::{Document, doc};
use events::{AccountId, Pair};
use platform::{
    Problem,
    extract::{Path, Query as UrlQuery},
};
use read_model::{
    Projection,
    chat::{self, Conversation, ConversationId, Message, ReadUpTo},
    friends, profiles,
};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{
    answers::{Messages, Peer},
    app::{App, Viewer},
    asked::{Asked, chat_position},
    chats::{self, Row},
    join::People,
    pagination::{List, Page, PageParams},
    pictures::MessagePictures,
    problems,
    reading::{Kept, Query, Reading, stored},
};

const MESSAGES: Kept = Kept::page(&chat::MESSAGES_IN);

const READS: [&Projection; 3] = [&chat::PROJECTION, &profiles::PROJECTION, &friends::PROJECTION];

/// Between which positions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Only messages before this position, the latest of them first.
    #[param(nullable = false, example = "c42")]
    before: Option<String>,
    /// Only messages after this position. Without `before` the page has those that follow it directly.
    #[param(nullable = false, example = "c42")]
    after: Option<String>,
}

/// Messages with one other person, newest first.
///
/// Without `before`, `after` and `cursor` these are the latest. The chat with somebody who has left, or
/// isn't there for the caller any more, is kept; with somebody with whom there is no chat the list is empty.
#[utoipa::path(
    get,
    path = "/v1/conversations/{user_id}/messages",
    operation_id = "listMessages",
    tag = "conversations",
    params(("user_id" = Uuid, Path, description = "The other person's id."), Params, PageParams),
    responses((status = 200, description = "Messages, newest first.", body = Messages))
)]
pub(crate) async fn list_messages(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    Path(user_id): Path<Uuid>,
    UrlQuery(params): UrlQuery<Params>,
    page: Page,
) -> Result<Response, Problem> {
    let span = Span::of(&params, &page)?;
    let peer = bson::Uuid::from(user_id);
    app.read(asked, &READS, |reading| async move {
        let me = AccountId::from(Uuid::from(viewer));
        let pair = Pair::of(me, user_id.into()).ok_or_else(problems::no_such_user)?;
        let id = ConversationId::from(pair);
        let (rows, conversation, people) = tokio::try_join!(
            span.read(&reading, id, &page),
            reading.by_id::<Conversation, States>(id),
            People::read(&reading, viewer, [peer])
        )?;
        let person = people.shown(peer);
        if conversation.is_none() && person.is_none() {
            return Err(problems::no_such_user());
        }
        let can_send = person.is_some() && people.standing(peer).writes();
        let read = conversation.map(|conversation| conversation.read_up_to);
        let (read_up_to, peer_read_up_to) = chats::read_states(id, read.unwrap_or_default(), viewer);
        let pictures = rows.iter().flat_map(|row| row.pictures().iter().copied());
        let pictures = MessagePictures::read(&reading, pictures).await?;
        let (mut items, next_cursor) = page.take(
            span.list(),
            rows,
            |row| row.position,
            |row| Some(row.shown(&pictures)),
        );
        if span.forward {
            items.reverse();
        }
        Ok(Json(Messages {
            items,
            next_cursor,
            peer: Peer::new(user_id, person),
            can_send,
            read_up_to,
            peer_read_up_to,
        }))
    })
    .await
}

#[derive(Deserialize)]
struct States {
    read_up_to: ReadUpTo,
}

/// Which messages, and from which end.
#[derive(Debug, Clone, Copy)]
struct Span {
    before: Option<i64>,
    after: Option<i64>,
    /// From the oldest on.
    forward: bool,
}

impl Span {
    fn of(params: &Params, page: &Page) -> Result<Self, Problem> {
        let read = |name, text: &Option<String>| {
            text.as_deref()
                .map(|text| chat_position(name, text).map(stored))
                .transpose()
        };
        let mut span = Self {
            before: read("before", &params.before)?,
            after: read("after", &params.after)?,
            forward: params.after.is_some() && params.before.is_none(),
        };
        // A cursor goes on in the direction of its page, inside the same bounds.
        if page.continues(List::MessagesAfter) {
            span.forward = true;
        }
        let cursor = page.cursor(span.list())?;
        if span.forward {
            span.after = cursor.max(span.after);
        } else if let Some(cursor) = cursor {
            span.before = Some(span.before.map_or(cursor, |before| before.min(cursor)));
        }
        Ok(span)
    }

    fn list(self) -> List {
        if self.forward {
            List::MessagesAfter
        } else {
            List::MessagesBefore
        }
    }

    async fn read(self, reading: &Reading, id: ConversationId, page: &Page) -> Result<Vec<Row>, Problem> {
        let query = self.query(id, page);
        if self.before.is_none() && self.after.is_none() && !self.forward {
            reading.beginning::<Message, _>(MESSAGES, id, query).await
        } else {
            reading.find::<Message, _>(query).await
        }
    }

    fn query(self, id: ConversationId, page: &Page) -> Query {
        let mut filter = doc! { "conversation": { "lo": id.lo, "hi": id.hi } };
        let mut bounds = Document::new();
        if let Some(before) = self.before {
            bounds.insert("$lt", before);
        }
        if let Some(after) = self.after {
            bounds.insert("$gt", after);
        }
        if !bounds.is_empty() {
            filter.insert("position", bounds);
        }
        if self.forward {
            Query::in_order(filter, Row::fields(), "position", page.rows())
        } else {
            Query::newest(filter, Row::fields(), None, page.rows())
        }
    }
}
