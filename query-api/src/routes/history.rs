//! `GET /v1/posts/{id}/history`

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use bson::{DateTime, Document as Bson, Uuid as Id, doc};
use events::{Position, Stream};
use platform::{Problem, extract::Path};
use read_model::{
    posts::{Block, Post, Version, Visibility},
    sequence,
};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    answers::{List, PostBlock, PostVersion, PostVersionList},
    app::{App, Viewer},
    asked::Asked,
    join::People,
    pagination::{self, Page, PageParams},
    pictures::Pictures,
    posts::{Door, READS},
    problems,
    reading::Query,
    visibility::Standing,
};

/// How a post reads and read before it was edited, newest version first.
///
/// An earlier version that was for friends is shown to the author and to who was a friend before it was replaced,
/// and has been since.
#[utoipa::path(
    get,
    path = "/v1/posts/{id}/history",
    operation_id = "listPostVersions",
    tag = "posts",
    params(("id" = Uuid, Path, description = "The post's id."), PageParams),
    responses((status = 200, description = "Versions, newest first.", body = PostVersionList))
)]
pub(crate) async fn list_post_versions(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    Path(id): Path<Uuid>,
    page: Page,
) -> Result<Response, Problem> {
    let before = page.cursor(pagination::List::PostVersions)?;
    app.read(asked, &READS, |reading| async move {
        let id = Id::from(id);
        let query = Query::newest(doc! { "post": id }, Row::fields(), before, page.rows());
        let (post, earlier) = tokio::try_join!(
            reading.by_id::<Post, Current>(id),
            reading.find::<Version, Row>(query)
        )?;
        let post = post.ok_or_else(problems::no_such_post)?;
        let people = People::read(&reading, viewer, [post.author]).await?;
        let standing = post.door().pass(&people)?;
        // An edit after the page before was read has its place in front of it.
        let current = before
            .is_none_or(|before| post.changed < before)
            .then(|| post.into());
        let rows = current.into_iter().chain(earlier).collect();
        let (items, next_cursor) = page.take(
            pagination::List::PostVersions,
            rows,
            |row: &Row| row.position,
            |row| row.shown(standing, reading.pictures()),
        );
        Ok(Json(List { items, next_cursor }))
    })
    .await
}

/// The post, and by that the version that it has now.
#[derive(Deserialize)]
struct Current {
    author: Id,
    blocks: Vec<Block>,
    visibility: Visibility,
    created_at: DateTime,
    edited_at: Option<DateTime>,
    changed: i64,
}

impl Current {
    fn door(&self) -> Door {
        Door {
            author: self.author,
            visibility: self.visibility,
        }
    }
}

/// A version as it is shown.
#[derive(Deserialize)]
struct Row {
    blocks: Vec<Block>,
    visibility: Visibility,
    at: DateTime,
    position: i64,
    /// The event that replaced it, if one has.
    until: Option<i64>,
}

impl From<Current> for Row {
    fn from(current: Current) -> Self {
        Self {
            blocks: current.blocks,
            visibility: current.visibility,
            at: current.edited_at.unwrap_or(current.created_at),
            position: current.changed,
            until: None,
        }
    }
}

impl Row {
    fn fields() -> Bson {
        doc! { "_id": 0, "blocks": 1, "visibility": 1, "at": 1, "position": 1, "until": 1 }
    }

    /// Who may see the post sees its current version.
    fn shown(self, standing: Standing, pictures: &Pictures) -> Option<PostVersion> {
        let shown = self
            .until
            .is_none_or(|until| standing.saw(self.visibility, until));
        shown.then(|| PostVersion {
            blocks: PostBlock::all(self.blocks, pictures),
            visibility: self.visibility.into(),
            written_at: self.at.to_chrono(),
            current: self.until.is_none(),
            position: Position::new(Stream::Events, sequence(self.position)),
        })
    }
}
