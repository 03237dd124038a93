//! `GET /v1/explore`

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use bson::doc;
use platform::Problem;
use read_model::posts::{Post, Visibility};

use crate::{
    answers::{List, PostList},
    app::{App, Viewer},
    asked::Asked,
    join::People,
    pagination::{self, Page, PageParams},
    posts::{Liked, READS, Row},
    reading::Query,
};

/// Everybody's public posts, newest first.
///
/// Posts by people who block the caller, or whom the caller blocks, are left out.
#[utoipa::path(
    get,
    path = "/v1/explore",
    operation_id = "getExplore",
    tag = "posts",
    params(PageParams),
    responses((status = 200, description = "Posts, newest first.", body = PostList))
)]
pub(crate) async fn get_explore(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    page: Page,
) -> Result<Response, Problem> {
    let before = page.cursor(pagination::List::Explore)?;
    app.read(asked, &READS, |reading| async move {
        let public = doc! { "visibility": Visibility::Public.as_str() };
        let query = Query::newest(public, Row::fields(), before, page.rows());
        let posts: Vec<Row> = reading.find::<Post, _>(query).await?;
        let (people, liked) = tokio::try_join!(
            People::read(&reading, viewer, posts.iter().map(|post| post.author)),
            Liked::among(&reading, viewer, &posts)
        )?;
        let (items, next_cursor) = page.take(
            pagination::List::Explore,
            posts,
            |post| post.position,
            |post| post.shown(&people, &liked),
        );
        Ok(Json(List { items, next_cursor }))
    })
    .await
}
