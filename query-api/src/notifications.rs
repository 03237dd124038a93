//! Notifications as rows and as answers.

use std::collections::HashMap;

use bson::{DateTime, Document as Bson, Uuid, doc};
use events::{Position, Stream};
use platform::Problem;
use read_model::{
    notifications::{Inbox, Kind, NotificationId},
    posts::{Comment, Post, Visibility},
    sequence,
};
use serde::Deserialize;

use crate::{
    answers::{Excerpt, NotificationView},
    excerpts,
    join::People,
    reading::{Query, Reading},
};

/// Unseen notifications are counted no further.
pub(crate) const MOST_UNREAD: u32 = 100;
/// So many of those who did something are named.
const NAMED: i32 = 3;

/// What of a notification is shown.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    #[serde(rename = "_id")]
    id: NotificationId,
    kind: Kind,
    post: Option<Uuid>,
    comment: Option<Uuid>,
    actors: Vec<Actor>,
    actor_count: i64,
    at: DateTime,
    pub(crate) position: i64,
    seen: bool,
}

#[derive(Debug, Deserialize)]
struct Actor {
    account: Uuid,
}

impl Row {
    /// The fields of a [`Row`].
    pub(crate) fn fields() -> Bson {
        doc! {
            "kind": 1, "post": 1, "comment": 1, "actors": { "$slice": NAMED }, "actor_count": 1, "at": 1,
            "position": 1, "seen": 1,
        }
    }

    /// Who did it, as far as they are named.
    pub(crate) fn actors(&self) -> impl Iterator<Item = Uuid> {
        self.actors.iter().map(|actor| actor.account)
    }

    /// The notification as the viewer sees it. Nothing, if nobody is left whom they meet, or what it is about isn't
    /// there or not for them.
    pub(crate) fn shown(self, people: &People, subjects: &Subjects) -> Option<NotificationView> {
        let actors: Vec<_> = self.actors().map(|actor| people.met(actor)).collect();
        let hidden = actors.iter().filter(|person| person.is_none()).count();
        let actors: Vec<_> = actors.into_iter().flatten().collect();
        let actor_count = self.actor_count - i64::try_from(hidden).unwrap_or_default();
        if actor_count < 1 || (actors.is_empty() && self.kind != Kind::Like) {
            return None;
        }
        let post = match self.post {
            Some(post) => Some(subjects.post(post, people)?),
            None => None,
        };
        let comment = match self.comment {
            Some(comment) => Some(subjects.comment(comment)?),
            None => None,
        };
        Some(NotificationView {
            id: self.id.id.into(),
            kind: self.kind.into(),
            actors,
            actor_count,
            post,
            comment,
            seen: self.seen,
            at: self.at.to_chrono(),
            position: Position::new(Stream::Events, sequence(self.position)),
        })
    }
}

/// The posts and comments that some notifications are about.
#[derive(Debug)]
pub(crate) struct Subjects {
    posts: HashMap<Uuid, PostBeginning>,
    comments: HashMap<Uuid, Beginning>,
}

#[derive(Debug, Deserialize)]
struct PostBeginning {
    #[serde(rename = "_id")]
    id: Uuid,
    author: Uuid,
    visibility: Visibility,
    text: String,
    picture: Option<Uuid>,
}

#[derive(Debug, Deserialize)]
struct Beginning {
    #[serde(rename = "_id")]
    id: Uuid,
    text: String,
}

impl Subjects {
    /// Reads what `rows` are about.
    pub(crate) async fn read(reading: &Reading, rows: &[Row]) -> Result<Self, Problem> {
        let posts: Vec<Uuid> = rows.iter().filter_map(|row| row.post).collect();
        let comments: Vec<Uuid> = rows.iter().filter_map(|row| row.comment).collect();
        let among = |ids: Vec<Uuid>| doc! { "_id": { "$in": ids } };
        let read_posts = async {
            if posts.is_empty() {
                return Ok(Vec::new());
            }
            let fields = doc! {
                "author": 1, "visibility": 1, "text": excerpts::beginning_of_blocks(),
                "picture": excerpts::first_picture(),
            };
            let query = Query::all(among(posts), fields);
            reading.find::<Post, PostBeginning>(query).await
        };
        let read_comments = async {
            if comments.is_empty() {
                return Ok(Vec::new());
            }
            let fields = doc! { "text": excerpts::beginning("$text") };
            let query = Query::all(among(comments), fields);
            reading.find::<Comment, Beginning>(query).await
        };
        let (posts, comments) = tokio::try_join!(read_posts, read_comments)?;
        Ok(Self {
            posts: posts.into_iter().map(|post| (post.id, post)).collect(),
            comments: comments
                .into_iter()
                .map(|comment| (comment.id, comment))
                .collect(),
        })
    }

    fn post(&self, id: Uuid, people: &People) -> Option<Excerpt> {
        let post = self.posts.get(&id)?;
        let visible = people.standing(post.author).sees(post.visibility);
        visible.then(|| Excerpt {
            thumbnail_url: people.pictures().small(post.picture),
            ..excerpt(id, &post.text)
        })
    }

    fn comment(&self, id: Uuid) -> Option<Excerpt> {
        let comment = self.comments.get(&id)?;
        Some(excerpt(id, &comment.text))
    }
}

fn excerpt(id: Uuid, text: &str) -> Excerpt {
    Excerpt {
        id: id.into(),
        text: excerpts::shown(text),
        thumbnail_url: None,
    }
}

/// How many notifications the viewer hasn't seen.
pub(crate) async fn unread(reading: &Reading, viewer: Uuid) -> Result<u32, Problem> {
    #[derive(Deserialize)]
    struct Row {
        unread: i64,
    }
    let row: Option<Row> = reading.by_id::<Inbox, _>(viewer).await?;
    let unread = row.map_or(0, |row| row.unread);
    Ok(u32::try_from(unread).unwrap_or(MOST_UNREAD).min(MOST_UNREAD))
}
