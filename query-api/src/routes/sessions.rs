//! `GET /v1/auth/sessions`

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use bson::doc;
use platform::Problem;
use read_model::{
    Projection, accounts,
    sessions::{self as model, Session},
};

use crate::{
    answers::{List, SessionList},
    app::{App, SignedIn},
    asked::Asked,
    pagination::{self, Page, PageParams},
    reading::Query,
    sessions::{Ended, Row},
};

const READS: [&Projection; 2] = [&model::PROJECTION, &accounts::PROJECTION];

/// Where the caller is signed in, the last used first.
///
/// Each with its device, the network that it was last used from, and when. The caller's own is marked as current.
#[utoipa::path(
    get,
    path = "/v1/auth/sessions",
    operation_id = "listSessions",
    tag = "auth",
    params(PageParams),
    responses((status = 200, description = "Sessions, the last used first.", body = SessionList))
)]
pub(crate) async fn list_sessions(
    State(app): State<App>,
    signed_in: SignedIn,
    asked: Asked,
    page: Page,
) -> Result<Response, Problem> {
    let before = page.cursor(pagination::List::Sessions)?;
    let (viewer, now) = (signed_in.account, app.clock().now());
    app.read(asked, &READS, |reading| async move {
        let query = Query::newest(doc! { "account": viewer }, Row::fields(), before, page.rows());
        let (rows, ended) =
            tokio::try_join!(reading.find::<Session, Row>(query), Ended::read(&reading, viewer))?;
        let (items, next_cursor) = page.take(
            pagination::List::Sessions,
            rows,
            |row| row.position,
            |row| {
                let over = ended.includes(&row, now) || signed_in.knows_ended(row.id, row.started_at);
                (!over).then(|| row.shown(signed_in.session))
            },
        );
        Ok(Json(List { items, next_cursor }))
    })
    .await
}
