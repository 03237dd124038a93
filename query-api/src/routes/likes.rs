//! `GET /v1/posts/{id}/likes`

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use bson::{DateTime, Uuid as Id, doc};
use platform::{Problem, extract::Path};
use read_model::posts::Like;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    answers::{LikeList, LikeView, List},
    app::{App, Viewer},
    asked::Asked,
    join::People,
    pagination::{self, Page, PageParams},
    posts::{Door, READS},
    problems,
    reading::Query,
};

/// Who likes a post, newest first.
///
/// Somebody whom the caller blocks, or who blocks the caller, is left out; `like_count` of the post counts them all
/// the same.
#[utoipa::path(
    get,
    path = "/v1/posts/{id}/likes",
    operation_id = "listLikes",
    tag = "posts",
    params(("id" = Uuid, Path, description = "The post's id."), PageParams),
    responses((status = 200, description = "People, newest like first.", body = LikeList))
)]
pub(crate) async fn list_likes(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    Path(id): Path<Uuid>,
    page: Page,
) -> Result<Response, Problem> {
    let before = page.cursor(pagination::List::Likes)?;
    app.read(asked, &READS, |reading| async move {
        let id = Id::from(id);
        let fields = doc! { "_id": 0, "by": 1, "at": 1, "position": 1 };
        let query = Query::newest(doc! { "post": id }, fields, before, page.rows());
        let (door, rows) = tokio::try_join!(Door::read(&reading, id), reading.find::<Like, Row>(query))?;
        let door = door.ok_or_else(problems::no_such_post)?;
        let likers = rows.iter().map(|row| row.by);
        let people = People::read(&reading, viewer, likers.chain([door.author])).await?;
        door.pass(&people)?;
        let (items, next_cursor) = page.take(
            pagination::List::Likes,
            rows,
            |row| row.position,
            |row| {
                Some(LikeView {
                    person: people.met(row.by)?,
                    liked_at: row.at.to_chrono(),
                })
            },
        );
        Ok(Json(List { items, next_cursor }))
    })
    .await
}

#[derive(Deserialize)]
struct Row {
    by: Id,
    at: DateTime,
    position: i64,
}
