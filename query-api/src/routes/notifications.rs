//! `GET /v1/notifications` and `/v1/notifications/unread-count`

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use bson::doc;
use platform::Problem;
use read_model::{
    Projection, friends,
    notifications::{self as model, Notification},
    posts, profiles,
};

use crate::{
    answers::{List, NotificationList, UnreadCount},
    app::{App, Viewer},
    asked::Asked,
    join::People,
    notifications::{self, Row, Subjects},
    pagination::{self, Page, PageParams},
    reading::Query,
};

const READS: [&Projection; 4] = [
    &model::PROJECTION,
    &posts::PROJECTION,
    &profiles::PROJECTION,
    &friends::PROJECTION,
];
const READS_FOR_COUNT: [&Projection; 1] = [&model::PROJECTION];

/// What happened around the caller, newest first.
///
/// Likes of one post come together, at the place of the newest. What people blocked do, or blocking ones, is left
/// out, and what is no longer so, as a like taken back, goes. What comes again within a day, or within 30 days after a
/// request was declined, is as seen as it was before.
#[utoipa::path(
    get,
    path = "/v1/notifications",
    operation_id = "listNotifications",
    tag = "notifications",
    params(PageParams),
    responses((status = 200, description = "Notifications, newest first.", body = NotificationList))
)]
pub(crate) async fn list_notifications(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    page: Page,
) -> Result<Response, Problem> {
    let before = page.cursor(pagination::List::Notifications)?;
    app.read(asked, &READS, |reading| async move {
        let query = Query::newest(doc! { "owner": viewer }, Row::fields(), before, page.rows());
        let rows: Vec<Row> = reading.find::<Notification, _>(query).await?;
        let (people, subjects) = tokio::try_join!(
            People::read(&reading, viewer, rows.iter().flat_map(Row::actors)),
            Subjects::read(&reading, &rows)
        )?;
        let (items, next_cursor) = page.take(
            pagination::List::Notifications,
            rows,
            |row| row.position,
            |row| row.shown(&people, &subjects),
        );
        Ok(Json(List { items, next_cursor }))
    })
    .await
}

/// How many notifications the caller hasn't seen.
///
/// Counted up to a limit. The socket tells of each change.
#[utoipa::path(
    get,
    path = "/v1/notifications/unread-count",
    operation_id = "getUnreadCount",
    tag = "notifications",
    responses((status = 200, description = "The number.", body = UnreadCount))
)]
pub(crate) async fn get_unread_count(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
) -> Result<Response, Problem> {
    app.read(asked, &READS_FOR_COUNT, |reading| async move {
        let unread_count = notifications::unread(&reading, viewer).await?;
        Ok(Json(UnreadCount { unread_count }))
    })
    .await
}
