//! Posts.

use chrono::{DateTime, Utc};
use read_model::posts::{Block, Visibility};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::pictures::{Pictures, each};

use super::{
    Person,
    time::{millis, millis_or_null},
};

/// A post.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Post)]
pub(crate) struct PostView {
    /// The post's id.
    pub(crate) id: Uuid,
    /// Who wrote it.
    pub(crate) author: Person,
    /// What it says and shows, in order.
    pub(crate) blocks: Vec<PostBlock>,
    /// Who may see it.
    pub(crate) visibility: PostVisibility,
    /// How many people like it.
    #[schema(minimum = 0)]
    pub(crate) like_count: i64,
    /// How many comments stand under it.
    #[schema(minimum = 0)]
    pub(crate) comment_count: i64,
    /// Whether the caller likes it.
    pub(crate) liked: bool,
    /// When it was published.
    #[serde(serialize_with = "millis")]
    pub(crate) created_at: DateTime<Utc>,
    /// When it was last edited, or null.
    #[serde(serialize_with = "millis_or_null")]
    #[schema(required)]
    pub(crate) edited_at: Option<DateTime<Utc>>,
    /// Its place in lists: the later, the newer.
    #[schema(value_type = String, example = "e42")]
    pub(crate) position: events::Position,
}

/// A post as it reads, or read until an edit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PostVersion {
    /// What it said and showed, in order.
    pub(crate) blocks: Vec<PostBlock>,
    /// Who could see it.
    pub(crate) visibility: PostVisibility,
    /// When it was written.
    #[serde(serialize_with = "millis")]
    pub(crate) written_at: DateTime<Utc>,
    /// Whether the post reads so now.
    pub(crate) current: bool,
    /// Its place in the history: the later, the newer.
    #[schema(value_type = String, example = "e42")]
    pub(crate) position: events::Position,
}

/// One block of a post.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum PostBlock {
    /// A paragraph or several.
    Text {
        /// The text.
        text: String,
    },
    /// A picture.
    Image {
        /// The uploaded picture.
        media_id: Uuid,
        /// What it shows, for who can't see it.
        alt: String,
        /// Address of the picture; null if it is gone, as the next five.
        #[schema(required)]
        url: Option<String>,
        /// Address of the picture for a phone's screen: at most 1,080 pixels a side.
        #[schema(required)]
        medium_url: Option<String>,
        /// Address of a small version: a still of at most 480 pixels a side.
        #[schema(required)]
        thumbnail_url: Option<String>,
        /// In pixels.
        #[schema(required)]
        width: Option<u32>,
        /// In pixels.
        #[schema(required)]
        height: Option<u32>,
        /// A blurred preview of a few characters (a blurhash).
        #[schema(required)]
        blurhash: Option<String>,
    },
}

impl PostBlock {
    /// All blocks of a post that the reader may see.
    pub(crate) fn all(blocks: Vec<Block>, pictures: &Pictures) -> Vec<Self> {
        blocks
            .into_iter()
            .map(|block| Self::new(block, pictures))
            .collect()
    }

    fn new(block: Block, pictures: &Pictures) -> Self {
        match block {
            Block::Text { text } => Self::Text { text },
            Block::Image { media_id, alt, facts } => {
                let urls = facts.as_ref().map(|_| pictures.of(media_id));
                let (url, medium_url, thumbnail_url) = each(urls);
                let pixels = |side: i64| u32::try_from(side).ok();
                Self::Image {
                    media_id: media_id.into(),
                    alt,
                    url,
                    medium_url,
                    thumbnail_url,
                    width: facts.as_ref().and_then(|facts| pixels(facts.width)),
                    height: facts.as_ref().and_then(|facts| pixels(facts.height)),
                    blurhash: facts.map(|facts| facts.blurhash),
                }
            }
        }
    }
}

/// Who may see a post, its author apart.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Visibility)]
pub(crate) enum PostVisibility {
    /// Everybody.
    Public,
    /// The author's friends.
    Friends,
}

impl From<Visibility> for PostVisibility {
    fn from(visibility: Visibility) -> Self {
        match visibility {
            Visibility::Public => Self::Public,
            Visibility::Friends => Self::Friends,
        }
    }
}
