//! `GET /v1/me`

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bson::doc;
use platform::Problem;
use read_model::{Projection, chat, friends, posts, profiles};

use crate::{
    answers::{Me, Unread},
    app::{App, Viewer},
    asked::Asked,
    chats::{self, MOST_UNREAD},
    etag, problems,
    profiles::{Numbers, Page},
    reading::Reading,
    visibility::Standing,
};

const READS: [&Projection; 4] = [
    &profiles::PROJECTION,
    &friends::PROJECTION,
    &posts::PROJECTION,
    &chat::PROJECTION,
];

/// The caller's own account: profile, counts, and what is unread.
#[utoipa::path(
    get,
    path = "/v1/me",
    operation_id = "getMe",
    tag = "people",
    responses((status = 200, description = "The caller.", body = Me))
)]
pub(crate) async fn get_me(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.read(asked, &READS, |reading| async move {
        let (page, numbers, messages) = tokio::try_join!(
            own_page(&reading, viewer),
            Numbers::read(&reading, viewer),
            chats::unread_messages(&reading, viewer)
        )?;
        let page = page.ok_or_else(problems::no_such_user)?;
        let unread = Unread {
            messages,
            friend_requests: numbers.incoming_requests(MOST_UNREAD),
        };
        let profile = page
            .shown(Standing::Oneself, &numbers, reading.pictures())
            .ok_or_else(problems::no_such_user)?;
        etag::conditional(&headers, &Me { profile, unread })
    })
    .await
}

async fn own_page(reading: &Reading, viewer: bson::Uuid) -> Result<Option<Page>, Problem> {
    reading
        .find_one::<profiles::Profile, _>(doc! { "_id": viewer }, Page::fields())
        .await
}
