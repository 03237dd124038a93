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
    reading::Reading,
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
        reading.by_ids::<posts::Post, _>(ids).await
    }

    /// The post as the viewer sees it; nothing if it isn't for them.
    pub(crate) fn shown(self, people: &People, liked: &Liked) -> Option<PostView> {
        let visible = people.standing(self.author).sees(self.visibility);
        let author = people.person(self.author).filter(|_| visible)?;
        Some(self.by(author, liked, people.pictures()))
    }

    /// The post as an answer. Whether the viewer may see it has been decided.
    pub(crate) fn by(self, author: Person, liked: &Liked, pictures: &Pictures) -> PostView {
        let liked = liked.0.contains(&self.id);
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
    /// Which of `posts` the viewer likes; nothing is asked about those that nobody likes.
    pub(crate) async fn among<'a>(
        reading: &Reading,
        viewer: Uuid,
        posts: impl IntoIterator<Item = &'a Row>,
    ) -> Result<Self, Problem> {
        let liked = posts.into_iter().filter(|post| post.like_count > 0);
        let liked: Vec<Uuid> = liked.map(|post| post.id).collect();
        Self::read(reading, viewer, liked).await
    }

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
        let ids: Vec<LikeId> = posts
            .into_iter()
            .map(|post| LikeId { post, by: viewer })
            .collect();
        let rows: Vec<Row> = reading.by_ids::<posts::Like, _>(ids).await?;
        Ok(Self(rows.into_iter().map(|row| row.id.post).collect()))
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
        reading.by_id::<posts::Post, _>(post).await
    }

    /// What the viewer is towards the author; a 404, as for a missing post, if they may not see it.
    pub(crate) fn pass(&self, people: &People) -> Result<Standing, Problem> {
        let standing = people.standing(self.author);
        let visible = standing.sees(self.visibility) && people.person(self.author).is_some();
        visible.then_some(standing).ok_or_else(problems::no_such_post)
    }
}
