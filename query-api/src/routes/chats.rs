//! `GET /v1/chats`

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use platform::Problem;
use read_model::{Projection, chat, friends, profiles};

use crate::{
    answers::{List, RecentChatList},
    app::{App, Viewer},
    asked::Asked,
    chats::{self, Unread},
    join::People,
    pagination::{self, Page, PageParams},
    pictures::MessagePictures,
};

const READS: [&Projection; 3] = [&chat::PROJECTION, &friends::PROJECTION, &profiles::PROJECTION];

/// All chats of the caller, newest message first.
///
/// They are those with whoever it was: friends, people who were friends, and people who have left. A chat in which
/// somebody writes while one pages moves to the beginning.
#[utoipa::path(
    get,
    path = "/v1/chats",
    operation_id = "listChats",
    tag = "conversations",
    params(PageParams),
    responses((status = 200, description = "Chats, newest message first.", body = RecentChatList))
)]
pub(crate) async fn list_chats(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    page: Page,
) -> Result<Response, Problem> {
    let before = page.cursor(pagination::List::Chats)?;
    app.read(asked, &READS, |reading| async move {
        let rows = chats::before(&reading, viewer, before, page.rows()).await?;
        let peers = rows.iter().map(|chat| chats::other(chat.id, viewer));
        let last = rows.iter().filter_map(|chat| chat.last_message.as_ref());
        let media = last.flat_map(|message| message.pictures().iter().copied());
        let (unread, people, pictures) = tokio::try_join!(
            Unread::of_all(&reading, viewer, &rows),
            People::read(&reading, viewer, peers),
            MessagePictures::read(&reading, media)
        )?;
        let (items, next_cursor) = page.take(
            pagination::List::Chats,
            rows,
            |chat| chat.position,
            |chat| chat.shown(viewer, &unread, &people, &pictures),
        );
        Ok(Json(List { items, next_cursor }))
    })
    .await
}
