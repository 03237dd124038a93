//! `GET /v1/friend-requests`

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use bson::doc;
use platform::{Problem, extract::Query as UrlQuery};
use read_model::friends;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::{Object, ObjectBuilder, Type};

use super::friends::{READS, Row};
use crate::{
    answers::{FriendRequest, FriendRequestList, List},
    app::{App, Viewer},
    asked::Asked,
    join,
    pagination::{self, Page, PageParams},
    reading::Query,
};

/// Whose requests.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Params {
    /// Requests to the caller (`incoming`), or by the caller (`outgoing`).
    #[param(schema_with = direction)]
    #[serde(default)]
    direction: Direction,
}

/// Which way requests go.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Direction {
    #[default]
    Incoming,
    Outgoing,
}

fn direction() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(["incoming", "outgoing"]))
        .default(Some("incoming".into()))
        .build()
}

/// Friend requests that nobody has answered yet, newest first. Each is told by the other person.
///
/// `direction` chooses between requests to the caller and requests by the caller.
#[utoipa::path(
    get,
    path = "/v1/friend-requests",
    operation_id = "listFriendRequests",
    tag = "friends",
    params(Params, PageParams),
    responses((status = 200, description = "Requests, newest first.", body = FriendRequestList))
)]
pub(crate) async fn list_friend_requests(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    UrlQuery(params): UrlQuery<Params>,
    page: Page,
) -> Result<Response, Problem> {
    let (list, status) = match params.direction {
        Direction::Incoming => (pagination::List::IncomingRequests, "requested_by"),
        Direction::Outgoing => (pagination::List::OutgoingRequests, "requested"),
    };
    let before = page.cursor(list)?;
    app.read(asked, &READS, |reading| async move {
        let filter = doc! { "owner": viewer, "status": status };
        let query = Query::newest(filter, Row::fields(), before, page.rows());
        let rows: Vec<Row> = reading.find::<friends::Friend, _>(query).await?;
        let names = join::names(&reading, rows.iter().map(|row| row.other)).await?;
        let (items, next_cursor) = page.take(
            list,
            rows,
            |row| row.position,
            |row| {
                Some(FriendRequest {
                    person: names.get(&row.other).cloned()?,
                    requested_at: row.since.to_chrono(),
                })
            },
        );
        Ok(Json(List { items, next_cursor }))
    })
    .await
}
