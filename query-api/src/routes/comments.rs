//! `GET /v1/posts/{id}/comments`

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use bson::{DateTime, Document as Bson, Uuid as Id, doc};
use events::{Position, Stream};
use platform::{Problem, extract::Path};
use read_model::{
    posts::{COMMENTS_ON, Comment},
    sequence,
};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    answers::{CommentList, CommentView, List},
    app::{App, Viewer},
    asked::Asked,
    join::People,
    pagination::{self, Page, PageParams},
    posts::{Door, READS},
    problems,
    reading::{Kept, Query, Reading},
};

const COMMENTS: Kept = Kept::page(&COMMENTS_ON);

/// What is said under a post, oldest first.
///
/// What is said by somebody whom the caller blocks, or who blocks the caller, is left out; `comment_count` of the
/// post counts it all the same.
#[utoipa::path(
    get,
    path = "/v1/posts/{id}/comments",
    operation_id = "listComments",
    tag = "comments",
    params(("id" = Uuid, Path, description = "The post's id."), PageParams),
    responses((status = 200, description = "Comments, oldest first.", body = CommentList))
)]
pub(crate) async fn list_comments(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    Path(id): Path<Uuid>,
    page: Page,
) -> Result<Response, Problem> {
    let after = page.cursor(pagination::List::Comments)?;
    app.read(asked, &READS, |reading| async move {
        let id = Id::from(id);
        let rows = rows(&reading, id, after, page.rows());
        let (door, rows) = tokio::try_join!(Door::read(&reading, id), rows)?;
        let door = door.ok_or_else(problems::no_such_post)?;
        let authors = rows.iter().map(|row| row.author);
        let people = People::read(&reading, viewer, authors.chain([door.author])).await?;
        door.pass(&people)?;
        let (items, next_cursor) = page.take(
            pagination::List::Comments,
            rows,
            |row| row.position,
            |row| row.shown(&people, viewer, door.author),
        );
        Ok(Json(List { items, next_cursor }))
    })
    .await
}

async fn rows(reading: &Reading, post: Id, after: Option<i64>, limit: i64) -> Result<Vec<Row>, Problem> {
    let query = |filter| Query::in_order(filter, Row::fields(), "position", limit);
    match after {
        None => {
            let query = query(doc! { "post": post });
            reading.beginning::<Comment, _>(COMMENTS, post, query).await
        }
        Some(after) => {
            let query = query(doc! { "post": post, "position": { "$gt": after } });
            reading.find::<Comment, _>(query).await
        }
    }
}

/// What of a comment is shown.
#[derive(Deserialize)]
struct Row {
    #[serde(rename = "_id")]
    id: Id,
    author: Id,
    text: String,
    created_at: DateTime,
    edited_at: Option<DateTime>,
    position: i64,
}

impl Row {
    fn fields() -> Bson {
        doc! { "author": 1, "text": 1, "created_at": 1, "edited_at": 1, "position": 1 }
    }

    fn shown(self, people: &People, viewer: Id, post_author: Id) -> Option<CommentView> {
        Some(CommentView {
            id: self.id.into(),
            author: people.met(self.author)?,
            text: self.text,
            created_at: self.created_at.to_chrono(),
            edited_at: self.edited_at.map(DateTime::to_chrono),
            position: Position::new(Stream::Events, sequence(self.position)),
            can_delete: viewer == self.author || viewer == post_author,
        })
    }
}
