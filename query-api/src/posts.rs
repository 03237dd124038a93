//! Posts as rows and as answers.

use bson::{DateTime, Document as Bson, Uuid, doc};
use events::{Position, Stream};
use platform::Problem;
use read_model::{
    Projection, friends,
    posts::{self, Block, Visibility},
    profiles, sequence,
};
use serde::Deserialize;

use crate::{
    answers::{Person, PostView},
    join::People,
    reading::{Query, Reading},
};

/// What lists of posts by many authors are made of.
pub(crate) const READS: [&Projection; 3] = [&posts::PROJECTION, &profiles::PROJECTION, &friends::PROJECTION];

/// What of a post is shown.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    #[serde(rename = "_id")]
    pub(crate) id: Uuid,
    pub(crate) author: Uuid,
    blocks: Vec<Block>,
    pub(crate) visibility: Visibility,
    created_at: DateTime,
    edited_at: Option<DateTime>,
    pub(crate) position: i64,
    like_count: i64,
    comment_count: i64,
}

impl Row {
    /// The fields of a [`Row`].
    pub(crate) fn fields() -> Bson {
        doc! {
            "author": 1, "blocks": 1, "visibility": 1, "created_at": 1, "edited_at": 1, "position": 1,
            "like_count": 1, "comment_count": 1,
        }
    }

    /// The posts among `ids` that still exist.
    pub(crate) async fn by_ids(reading: &Reading, ids: Vec<Uuid>) -> Result<Vec<Self>, Problem> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let query = Query::all(doc! { "_id": { "$in": ids } }, Self::fields());
        reading.find::<posts::Post, _>(query).await
    }

    /// The post as the viewer sees it; nothing if it isn't for them.
    pub(crate) fn shown(self, people: &People) -> Option<PostView> {
        let visible = people.standing(self.author).sees(self.visibility);
        let author = people.person(self.author).filter(|_| visible)?;
        Some(self.by(author))
    }

    /// The post as an answer. Whether the viewer may see it has been decided.
    pub(crate) fn by(self, author: Person) -> PostView {
        PostView {
            id: self.id.into(),
            author,
            blocks: self.blocks.into_iter().map(Into::into).collect(),
            visibility: self.visibility.into(),
            like_count: self.like_count,
            comment_count: self.comment_count,
            liked: false,
            created_at: self.created_at.to_chrono(),
            edited_at: self.edited_at.map(DateTime::to_chrono),
            position: Position::new(Stream::Events, sequence(self.position)),
        }
    }
}
