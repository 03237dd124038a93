//! `GET /v1/me`

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use platform::Problem;
use read_model::{
    Projection,
    accounts::{self, Account},
    chat, friends, notifications as model, posts, profiles,
};
use serde::Deserialize;

use crate::{
    answers::{Me, Unread},
    app::{App, Viewer},
    asked::Asked,
    chats::{self, MOST_UNREAD},
    etag, notifications, problems,
    profiles::{Hidden, Numbers, Page},
    reading::Reading,
    visibility::Standing,
};

const READS: [&Projection; 6] = [
    &profiles::PROJECTION,
    &friends::PROJECTION,
    &posts::PROJECTION,
    &chat::PROJECTION,
    &accounts::PROJECTION,
    &model::PROJECTION,
];

/// The caller's own account: profile, counts, and what is unread.
///
/// The numbers of unread messages, notifications and requests are counted up to a limit, so that they are quick to
/// tell.
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
        // With friends of one's own one shares no block.
        let hidden = Hidden::default();
        let (page, numbers, messages, unseen, email) = tokio::try_join!(
            own_page(&reading, viewer),
            Numbers::read(&reading, viewer, &hidden),
            chats::Unread::of_open_chats(&reading, viewer),
            notifications::unread(&reading, viewer),
            email(&reading, viewer)
        )?;
        let page = page.ok_or_else(problems::no_such_user)?;
        let unread = Unread {
            messages: messages.all(),
            friend_requests: numbers.incoming_requests(MOST_UNREAD),
            notifications: unseen,
        };
        let profile = page
            .shown(Standing::Oneself, &numbers, reading.pictures())
            .ok_or_else(problems::no_such_user)?;
        let me = Me {
            profile,
            email,
            unread,
        };
        etag::conditional(&headers, &me)
    })
    .await
}

async fn own_page(reading: &Reading, viewer: bson::Uuid) -> Result<Option<Page>, Problem> {
    reading.by_id::<profiles::Profile, _>(viewer).await
}

async fn email(reading: &Reading, viewer: bson::Uuid) -> Result<Option<String>, Problem> {
    #[derive(Deserialize)]
    struct Row {
        email: String,
    }
    let row: Option<Row> = reading.by_id::<Account, _>(viewer).await?;
    Ok(row.map(|row| row.email))
}
