//! `GET /v1/users/{username}`, and their `/posts` and `/friends`

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bson::{Uuid, doc};
use platform::{Problem, extract::Path};
use read_model::{
    Projection, friends,
    posts::{self as model_posts, Visibility},
    profiles as model,
};
use serde::Deserialize;

use crate::{
    answers::{List, PersonList, PostList, Profile},
    app::{App, Viewer},
    asked::Asked,
    etag,
    join::{Card, People},
    pagination::{self, Page, PageParams},
    posts::{self, Liked},
    problems,
    profiles::{self, Hidden, Named, Numbers, by_username},
    reading::{Kept, Query, Reading},
    visibility::Standing,
};

const POSTS: Kept = Kept::page(&model_posts::POSTS_BY);

const READS: [&Projection; 3] = [&model::PROJECTION, &friends::PROJECTION, &model_posts::PROJECTION];

/// A person's page.
///
/// Of somebody whom the caller blocks it tells the username alone. Friends with whom the caller shares a block are
/// neither listed nor counted.
#[utoipa::path(
    get,
    path = "/v1/users/{username}",
    operation_id = "getUser",
    tag = "people",
    params(("username" = String, Path, description = "The username, in upper or lower case.")),
    responses((status = 200, description = "The person.", body = Profile))
)]
pub(crate) async fn get_user(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    Path(username): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.read(asked, &READS, |reading| async move {
        let fields = profiles::Page::fields();
        let found = by_username(&reading, viewer, &username, fields);
        let (found, hidden) = tokio::try_join!(found, Hidden::from(&reading, viewer))?;
        let (found, standing): (profiles::Page, _) = found;
        let numbers = Numbers::read(&reading, found.account(), &hidden).await?;
        let profile = found.shown(standing, &numbers, reading.pictures());
        etag::conditional(&headers, &profile.ok_or_else(problems::no_such_user)?)
    })
    .await
}

/// Those of a person's posts that the caller may see, newest first.
///
/// Friends see more of them than strangers do.
#[utoipa::path(
    get,
    path = "/v1/users/{username}/posts",
    operation_id = "listUserPosts",
    tag = "people",
    params(("username" = String, Path, description = "The username, in upper or lower case."), PageParams),
    responses((status = 200, description = "Posts, newest first.", body = PostList))
)]
pub(crate) async fn list_user_posts(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    Path(username): Path<String>,
    page: Page,
) -> Result<Response, Problem> {
    let before = page.cursor(pagination::List::UserPosts)?;
    app.read(asked, &READS, |reading| async move {
        let (found, standing): (Card, _) = by_username(&reading, viewer, &username, Card::fields()).await?;
        let account = found.account;
        let author = found
            .person(reading.pictures())
            .ok_or_else(problems::no_such_user)?;
        let rows = posts_for(&reading, (account, standing), before, page.rows()).await?;
        let liked = Liked::among(&reading, viewer, &rows).await?;
        let (items, next_cursor) = page.take(
            pagination::List::UserPosts,
            rows,
            |row| row.position,
            |row| Some(row.by(author.clone(), &liked, reading.pictures())),
        );
        Ok(Json(List { items, next_cursor }))
    })
    .await
}

async fn posts_for(
    reading: &Reading,
    (author, standing): (Uuid, Standing),
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<posts::Row>, Problem> {
    let visible = standing.visibilities();
    if visible.is_empty() {
        return Ok(Vec::new());
    }
    let query = |visibilities: &[Visibility]| {
        let names: Vec<&str> = visibilities.iter().map(|v| v.as_str()).collect();
        let filter = doc! { "author": author, "visibility": { "$in": names } };
        Query::newest(filter, posts::Row::fields(), before, limit)
    };
    if before.is_none() {
        // What is kept is the same for everybody, and shows to most all that there is.
        let all = query(&Visibility::ALL);
        let rows = reading.beginning::<model_posts::Post, posts::Row>(POSTS, author, all);
        let rows = rows.await?;
        let is_end = rows.len() < usize::try_from(limit).unwrap_or(usize::MAX);
        if is_end || rows.iter().all(|row| visible.contains(&row.visibility)) {
            let shown = rows.into_iter().filter(|row| visible.contains(&row.visibility));
            return Ok(shown.collect());
        }
    }
    reading.find::<model_posts::Post, _>(query(visible)).await
}

/// A person's friends, newest friendship first.
///
/// People whom the caller can't see are left out.
#[utoipa::path(
    get,
    path = "/v1/users/{username}/friends",
    operation_id = "listUserFriends",
    tag = "people",
    params(("username" = String, Path, description = "The username, in upper or lower case."), PageParams),
    responses((status = 200, description = "People, newest friendship first.", body = PersonList))
)]
pub(crate) async fn list_user_friends(
    State(app): State<App>,
    Viewer(viewer): Viewer,
    asked: Asked,
    Path(username): Path<String>,
    page: Page,
) -> Result<Response, Problem> {
    let before = page.cursor(pagination::List::UserFriends)?;
    app.read(asked, &READS, |reading| async move {
        let (found, standing): (Card, _) = by_username(&reading, viewer, &username, Card::fields()).await?;
        let owner = found.account;
        found
            .person(reading.pictures())
            .ok_or_else(problems::no_such_user)?;
        let rows = if standing.meets() {
            friends_of(&reading, owner, before, page.rows()).await?
        } else {
            vec![]
        };
        let people = People::read(&reading, viewer, rows.iter().map(|row| row.other)).await?;
        let (items, next_cursor) = page.take(
            pagination::List::UserFriends,
            rows,
            |row| row.position,
            |row| people.met(row.other),
        );
        Ok(Json(List { items, next_cursor }))
    })
    .await
}

async fn friends_of(
    reading: &Reading,
    owner: Uuid,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<FriendOf>, Problem> {
    let filter = doc! { "owner": owner, "status": "friends" };
    let fields = doc! { "_id": 0, "other": 1, "position": 1 };
    let query = Query::newest(filter, fields, before, limit);
    reading.find::<friends::Friend, _>(query).await
}

/// A row of somebody's friend.
#[derive(Deserialize)]
struct FriendOf {
    other: Uuid,
    position: i64,
}
