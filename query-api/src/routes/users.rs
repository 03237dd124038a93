//! `GET /v1/users/{username}`, and their `/posts` and `/friends`

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bson::{Bson, Uuid, doc};
use platform::{Problem, extract::Path};
use read_model::{Projection, friends, posts, profiles as model};
use serde::Deserialize;

use crate::{
    answers::{List, PersonList, PostList, Profile},
    app::{App, Viewer},
    asked::Asked,
    etag,
    join::Card,
    pagination::{self, Page, PageParams},
    posts::RowWithLike,
    problems,
    profiles::{self, Named, Numbers, by_username},
    reading::Reading,
    visibility::{Row, Standing},
};

const READS: [&Projection; 3] = [&model::PROJECTION, &friends::PROJECTION, &posts::PROJECTION];

/// A person's page.
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
        let (found, standing): (profiles::Page, _) = by_username(&reading, viewer, &username, fields).await?;
        let numbers = Numbers::read(&reading, found.account()).await?;
        let profile = found.shown(standing, &numbers, reading.pictures());
        etag::conditional(&headers, &profile.ok_or_else(problems::no_such_user)?)
    })
    .await
}

/// Those of a person's posts that the caller may see, newest first.
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
        let rows = posts_for(&reading, (account, standing), viewer, before, page.rows()).await?;
        let (items, next_cursor) =
            page.take(pagination::List::UserPosts, rows, RowWithLike::position, |post| {
                Some(post.by(author.clone(), reading.pictures()))
            });
        Ok(Json(List { items, next_cursor }))
    })
    .await
}

/// Whether the viewer likes them comes along, since the author had to be looked up by name first.
async fn posts_for(
    reading: &Reading,
    (author, standing): (Uuid, Standing),
    viewer: Uuid,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<RowWithLike>, Problem> {
    let visible: Vec<&str> = standing.visibilities().iter().map(|v| v.as_str()).collect();
    if visible.is_empty() {
        return Ok(Vec::new());
    }
    let mut filter = doc! { "author": author, "visibility": { "$in": visible } };
    if let Some(before) = before {
        filter.insert("position", doc! { "$lt": before });
    }
    let mut pipeline = vec![
        doc! { "$match": filter },
        doc! { "$sort": { "position": -1 } },
        doc! { "$limit": Bson::Int64(limit) },
    ];
    pipeline.extend(RowWithLike::stages(reading, viewer));
    reading.aggregate::<posts::Post, _>(pipeline).await
}

/// A person's friends, newest friendship first.
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
        let (found, _): (Card, _) = by_username(&reading, viewer, &username, Card::fields()).await?;
        let owner = found.account;
        found
            .person(reading.pictures())
            .ok_or_else(problems::no_such_user)?;
        let rows = friends_of(&reading, owner, viewer, before, page.rows()).await?;
        let (items, next_cursor) = page.take(
            pagination::List::UserFriends,
            rows,
            |row| row.position,
            |row| {
                let standing = Standing::of(viewer, row.other, row.row.first());
                let person = row.card.into_iter().next()?.person(reading.pictures())?;
                standing.meets().then_some(person)
            },
        );
        Ok(Json(List { items, next_cursor }))
    })
    .await
}

/// Somebody's friend, with the name, and with the viewer's row about them.
#[derive(Deserialize)]
struct FriendOf {
    other: Uuid,
    position: i64,
    card: Vec<Card>,
    row: Vec<Row>,
}

/// The names and the viewer's rows come along, since the owner had to be looked up by name first.
async fn friends_of(
    reading: &Reading,
    owner: Uuid,
    viewer: Uuid,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<FriendOf>, Problem> {
    let mut filter = doc! { "owner": owner, "status": "friends" };
    if let Some(before) = before {
        filter.insert("position", doc! { "$lt": before });
    }
    let join = |local: &str, from: String, fields: bson::Document, name: &str| {
        doc! { "$lookup": {
            "from": from,
            "localField": local,
            "foreignField": "_id",
            "pipeline": [{ "$project": fields }],
            "as": name,
        } }
    };
    let row_key = doc! { "owner": viewer, "other": "$other" };
    let pipeline = vec![
        doc! { "$match": filter },
        doc! { "$sort": { "position": -1 } },
        doc! { "$limit": Bson::Int64(limit) },
        doc! { "$project": { "_id": 0, "other": 1, "position": 1, "row_key": row_key } },
        join("other", reading.name::<model::Profile>(), Card::fields(), "card"),
        join("row_key", reading.name::<friends::Friend>(), Row::fields(), "row"),
        doc! { "$unset": "row_key" },
    ];
    reading.aggregate::<friends::Friend, _>(pipeline).await
}
