//! Posts as rows and as answers.

use std::collections::HashSet;

use bson::{DateTime, Document as Bson, Uuid, doc};
use events::{Position, Stream};
use platform::Problem;
use read_model::{
    Projection, friends,
    posts::{self, Block, LikeId, Visibility},
    profiles, sequence,
};
use serde::Deserialize;

use crate::{
    answers::{Person, PostBlock, PostView},
    join::People,
    pictures::Pictures,
    problems,
    reading::{Query, Reading},
    visibility::Standing,
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
    pub(crate) fn shown(self, people: &People, liked: &Liked) -> Option<PostView> {
        let visible = people.standing(self.author).sees(self.visibility);
        let author = people.person(self.author).filter(|_| visible)?;
        let liked = liked.0.contains(&self.id);
        Some(self.by(author, liked, people.pictures()))
    }

    /// The post as an answer. Whether the viewer may see it has been decided.
    fn by(self, author: Person, liked: bool, pictures: &Pictures) -> PostView {
        PostView {
            id: self.id.into(),
            author,
            blocks: PostBlock::all(self.blocks, pictures),
            visibility: self.visibility.into(),
            like_count: self.like_count,
            comment_count: self.comment_count,
            liked,
            created_at: self.created_at.to_chrono(),
            edited_at: self.edited_at.map(DateTime::to_chrono),
            position: Position::new(Stream::Events, sequence(self.position)),
        }
    }
}

/// Those among some posts that the viewer likes.
#[derive(Debug)]
pub(crate) struct Liked(HashSet<Uuid>);

impl Liked {
    /// Which of `posts` the viewer likes.
    pub(crate) async fn read(
        reading: &Reading,
        viewer: Uuid,
        posts: impl IntoIterator<Item = Uuid>,
    ) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(rename = "_id")]
            id: LikeId,
        }
        let ids: Vec<Bson> = posts.into_iter().map(|post| like_key(post, viewer)).collect();
        if ids.is_empty() {
            return Ok(Self(HashSet::new()));
        }
        let query = Query::all(doc! { "_id": { "$in": ids } }, doc! { "_id": 1 });
        let rows: Vec<Row> = reading.find::<posts::Like, _>(query).await?;
        Ok(Self(rows.into_iter().map(|row| row.id.post).collect()))
    }
}

fn like_key(post: impl Into<bson::Bson>, by: Uuid) -> Bson {
    doc! { "post": post.into(), "by": by }
}

/// A post together with whether the viewer likes it, where both come by one pipeline.
#[derive(Debug, Deserialize)]
pub(crate) struct RowWithLike {
    post: Row,
    like: Vec<Bson>,
}

impl RowWithLike {
    /// The stages of a pipeline on posts that end in rows of this kind.
    pub(crate) fn stages(reading: &Reading, viewer: Uuid) -> [Bson; 4] {
        let like_key = like_key("$_id", viewer);
        [
            doc! { "$project": Row::fields() },
            doc! { "$project": { "_id": 0, "post": "$$ROOT", "like_key": like_key } },
            doc! { "$lookup": {
                "from": reading.name::<posts::Like>(),
                "localField": "like_key",
                "foreignField": "_id",
                "pipeline": [{ "$project": { "_id": 1 } }],
                "as": "like",
            } },
            doc! { "$unset": "like_key" },
        ]
    }

    /// Its place in lists.
    pub(crate) fn position(&self) -> i64 {
        self.post.position
    }

    /// The post as an answer. Whether the viewer may see it has been decided.
    pub(crate) fn by(self, author: Person, pictures: &Pictures) -> PostView {
        let liked = !self.like.is_empty();
        self.post.by(author, liked, pictures)
    }
}

/// What of a post decides who may see what belongs to it.
#[derive(Debug, Deserialize)]
pub(crate) struct Door {
    pub(crate) author: Uuid,
    pub(crate) visibility: Visibility,
}

impl Door {
    /// That of a post, if there is one.
    pub(crate) async fn read(reading: &Reading, post: Uuid) -> Result<Option<Self>, Problem> {
        let fields = doc! { "_id": 0, "author": 1, "visibility": 1 };
        reading
            .find_one::<posts::Post, _>(doc! { "_id": post }, fields)
            .await
    }

    /// What the viewer is towards the author; a 404, as for a missing post, if they may not see it.
    pub(crate) fn pass(&self, people: &People) -> Result<Standing, Problem> {
        let standing = people.standing(self.author);
        let visible = standing.sees(self.visibility) && people.person(self.author).is_some();
        visible.then_some(standing).ok_or_else(problems::no_such_post)
    }
}
