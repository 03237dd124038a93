//! `GET /v1/blocks`

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use bson::doc;
use platform::Problem;
use read_model::friends;

use super::friends::{READS, Row};
use crate::{
    answers::{BlockedPerson, BlockedPersonList, List},
    app::{App, Viewer},
    asked::Asked,
    join,
    pagination::{self, Page, PageParams},
    reading::Query,
};

/// Whom the caller blocks, the last blocked first.
///
/// They are shown by their usernames alone: no new name or picture passes a block.
#[utoipa::path(
    get,
    path = "/v1/blocks",
    operation_id = "listBlocks",
    tag = "friends",
    params(PageParams),
    responses((status = 200, description = "People, the last blocked first.", body = BlockedPersonList))
)]
pub(crate) async fn list_blocks(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    page: Page,
) -> Result<Response, Problem> {
    let before = page.cursor(pagination::List::Blocks)?;
    app.read(asked, &READS, |reading| async move {
        let filter = doc! { "owner": viewer, "blocks": true };
        let query = Query::newest(filter, Row::fields(), before, page.rows());
        let rows: Vec<Row> = reading.find::<friends::Friend, _>(query).await?;
        let names = join::names(&reading, rows.iter().map(|row| row.other)).await?;
        let (items, next_cursor) = page.take(
            pagination::List::Blocks,
            rows,
            |row| row.position,
            |row| {
                Some(BlockedPerson {
                    person: names.get(&row.other).cloned()?.by_username(),
                    blocked_at: row.since.to_chrono(),
                })
            },
        );
        Ok(Json(List { items, next_cursor }))
    })
    .await
}
