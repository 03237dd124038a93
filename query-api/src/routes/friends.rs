//! `GET /v1/friends`

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use bson::{DateTime, Document as Bson, Uuid, doc};
use platform::Problem;
use read_model::{Projection, friends, profiles};
use serde::Deserialize;

use crate::{
    answers::{Friend, FriendList, List},
    app::{App, Viewer},
    asked::Asked,
    join,
    pagination::{self, Page, PageParams},
    reading::Query,
};

pub(crate) const READS: [&Projection; 2] = [&friends::PROJECTION, &profiles::PROJECTION];

/// The caller's friends, newest friendship first.
///
/// People whose account was erased are left out.
#[utoipa::path(
    get,
    path = "/v1/friends",
    operation_id = "listFriends",
    tag = "friends",
    params(PageParams),
    responses((status = 200, description = "Friends, newest friendship first.", body = FriendList))
)]
pub(crate) async fn list_friends(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    page: Page,
) -> Result<Response, Problem> {
    let before = page.cursor(pagination::List::Friends)?;
    app.read(asked, &READS, |reading| async move {
        let filter = doc! { "owner": viewer, "status": "friends" };
        let query = Query::newest(filter, Row::fields(), before, page.rows());
        let rows: Vec<Row> = reading.find::<friends::Friend, _>(query).await?;
        let names = join::names(&reading, rows.iter().map(|row| row.other)).await?;
        let (items, next_cursor) = page.take(
            pagination::List::Friends,
            rows,
            |row| row.position,
            |row| {
                Some(Friend {
                    person: names.get(&row.other).cloned()?,
                    friends_since: row.since.to_chrono(),
                })
            },
        );
        Ok(Json(List { items, next_cursor }))
    })
    .await
}

/// A row of the caller's own, in one of their lists.
#[derive(Deserialize)]
pub(crate) struct Row {
    pub(crate) other: Uuid,
    pub(crate) since: DateTime,
    pub(crate) position: i64,
}

impl Row {
    /// The fields of a [`Row`].
    pub(crate) fn fields() -> Bson {
        doc! { "_id": 0, "other": 1, "since": 1, "position": 1 }
    }
}
