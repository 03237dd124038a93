//! `GET /v1/posts/{id}`

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use platform::{Problem, extract::Path};
use read_model::posts::Post;
use uuid::Uuid;

use crate::{
    answers::PostView,
    app::{App, Viewer},
    asked::Asked,
    etag,
    join::People,
    posts::{Liked, READS, Row},
    problems,
};

/// One post.
///
/// A post that the caller may not see is answered like one that doesn't exist.
#[utoipa::path(
    get,
    path = "/v1/posts/{id}",
    operation_id = "getPost",
    tag = "posts",
    params(("id" = Uuid, Path, description = "The post's id.")),
    responses((status = 200, description = "The post.", body = PostView))
)]
pub(crate) async fn get_post(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.read(asked, &READS, |reading| async move {
        let id = bson::Uuid::from(id);
        let post: Option<Row> = reading.by_id::<Post, _>(id).await?;
        let post = post.ok_or_else(problems::no_such_post)?;
        let (liked, people) = tokio::try_join!(
            Liked::among(&reading, viewer, [&post]),
            People::read(&reading, viewer, [post.author])
        )?;
        let post = post.shown(&people, &liked).ok_or_else(problems::no_such_post)?;
        etag::conditional(&headers, &post)
    })
    .await
}
