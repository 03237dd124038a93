//! `GET /v1/feed`

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use bson::{Uuid, doc};
use platform::Problem;
use read_model::{Projection, feed, friends, posts as model, profiles};
use serde::Deserialize;

use crate::{
    answers::{List, PostList},
    app::{App, Viewer},
    asked::Asked,
    join::People,
    pagination::{self, Page, PageParams},
    posts::{Liked, Row},
    reading::{Kept, Query},
};

const FEED: Kept = Kept::page(&feed::FEED_OF);

const READS: [&Projection; 4] = [
    &feed::PROJECTION,
    &model::PROJECTION,
    &profiles::PROJECTION,
    &friends::PROJECTION,
];

/// Posts by the caller and friends, newest first.
///
/// A page never skips or repeats a post while others publish.
#[utoipa::path(
    get,
    path = "/v1/feed",
    operation_id = "getFeed",
    tag = "posts",
    params(PageParams),
    responses((status = 200, description = "Posts, newest first.", body = PostList))
)]
pub(crate) async fn get_feed(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    page: Page,
) -> Result<Response, Problem> {
    let before = page.cursor(pagination::List::Feed)?;
    app.read(asked, &READS, |reading| async move {
        let fields = doc! { "_id": 0, "post": 1, "author": 1, "position": 1 };
        let query = Query::newest(doc! { "owner": viewer }, fields, before, page.rows());
        let entries: Vec<Entry> = match before {
            None => reading.beginning::<feed::Entry, _>(FEED, viewer, query).await?,
            Some(_) => reading.find::<feed::Entry, _>(query).await?,
        };
        let authors = entries.iter().map(|entry| entry.author);
        let (posts, people, liked) = tokio::try_join!(
            Row::by_ids(&reading, entries.iter().map(|entry| entry.post).collect()),
            People::read(&reading, viewer, authors),
            Liked::read(&reading, viewer, entries.iter().map(|entry| entry.post))
        )?;
        let mut posts: HashMap<Uuid, Row> = posts.into_iter().map(|post| (post.id, post)).collect();
        let (items, next_cursor) = page.take(
            pagination::List::Feed,
            entries,
            |entry| entry.position,
            |entry| posts.remove(&entry.post)?.shown(&people, &liked),
        );
        Ok(Json(List { items, next_cursor }))
    })
    .await
}

#[derive(Deserialize)]
struct Entry {
    post: Uuid,
    author: Uuid,
    position: i64,
}
