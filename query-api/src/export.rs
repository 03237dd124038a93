//! The rows of an archive of all that is the caller's.

use bson::{DateTime, Document as Bson, Uuid, doc};
use platform::Problem;
use read_model::{
    accounts,
    chat::{ConversationId, ReadUpTo},
    friends::Status,
    notifications::{Actor, Kind},
    posts::{Block, Visibility},
    profiles,
};
use serde::{Deserialize, Serialize};

use crate::{
    answers::{
        ExportedAccount, ExportedComment, ExportedConversation, ExportedKind, ExportedLike, ExportedMedia,
        ExportedMessage, ExportedNotification, ExportedPost, ExportedRelationship, ExportedStatus,
        ExportedVersion, PostBlock,
    },
    chats,
    pictures::Pictures,
    reading::Reading,
};

/// A row of a collection as it stands in an archive.
pub(crate) trait Shown {
    /// What it becomes.
    type View: Serialize + Send + 'static;

    /// Its fields.
    fn fields() -> Bson;

    /// Whom it names.
    fn people(&self) -> Vec<Uuid> {
        Vec::new()
    }

    /// The row for the archive of `viewer`.
    fn shown(self, viewer: Uuid, pictures: &Pictures) -> Self::View;
}

/// The account and its profile, unless it is gone.
pub(crate) async fn account(reading: &Reading, me: Uuid) -> Result<Option<ExportedAccount>, Problem> {
    #[derive(Deserialize)]
    struct Email {
        email: String,
    }
    #[derive(Deserialize)]
    struct Profile {
        username: Option<String>,
        display_name: Option<String>,
        bio: Option<String>,
        location: Option<String>,
        website: Option<String>,
        avatar: Option<Uuid>,
        cover: Option<Uuid>,
        joined_at: DateTime,
    }
    let (profile, email) = tokio::try_join!(
        reading.by_id::<profiles::Profile, Profile>(me),
        reading.by_id::<accounts::Account, Email>(me)
    )?;
    let pictures = reading.pictures();
    Ok(profile.and_then(|profile| {
        Some(ExportedAccount {
            id: me.into(),
            username: profile.username?,
            email: email.map(|email| email.email),
            display_name: profile.display_name?,
            bio: profile.bio.unwrap_or_default(),
            location: profile.location.unwrap_or_default(),
            website: profile.website.unwrap_or_default(),
            avatar: pictures.large(profile.avatar),
            cover: pictures.large(profile.cover),
            joined_at: profile.joined_at.to_chrono(),
        })
    }))
}

/// A post.
#[derive(Deserialize)]
pub(crate) struct Post {
    #[serde(rename = "_id")]
    id: Uuid,
    blocks: Vec<Block>,
    visibility: Visibility,
    created_at: DateTime,
    edited_at: Option<DateTime>,
    like_count: i64,
    comment_count: i64,
}

impl Shown for Post {
    type View = ExportedPost;

    fn fields() -> Bson {
        doc! {
            "blocks": 1, "visibility": 1, "created_at": 1, "edited_at": 1, "like_count": 1, "comment_count": 1,
        }
    }

    fn shown(self, _: Uuid, pictures: &Pictures) -> ExportedPost {
        ExportedPost {
            id: self.id.into(),
            blocks: PostBlock::all(self.blocks, pictures),
            visibility: self.visibility.into(),
            created_at: self.created_at.to_chrono(),
            edited_at: self.edited_at.map(DateTime::to_chrono),
            like_count: self.like_count,
            comment_count: self.comment_count,
        }
    }
}

/// How a post read before an edit.
#[derive(Deserialize)]
pub(crate) struct Version {
    post: Uuid,
    blocks: Vec<Block>,
    visibility: Visibility,
    at: DateTime,
}

impl Shown for Version {
    type View = ExportedVersion;

    fn fields() -> Bson {
        doc! { "_id": 0, "post": 1, "blocks": 1, "visibility": 1, "at": 1 }
    }

    fn shown(self, _: Uuid, pictures: &Pictures) -> ExportedVersion {
        ExportedVersion {
            post: self.post.into(),
            blocks: PostBlock::all(self.blocks, pictures),
            visibility: self.visibility.into(),
            written_at: self.at.to_chrono(),
        }
    }
}

/// A comment.
#[derive(Deserialize)]
pub(crate) struct Comment {
    #[serde(rename = "_id")]
    id: Uuid,
    post: Uuid,
    text: String,
    created_at: DateTime,
    edited_at: Option<DateTime>,
}

impl Shown for Comment {
    type View = ExportedComment;

    fn fields() -> Bson {
        doc! { "post": 1, "text": 1, "created_at": 1, "edited_at": 1 }
    }

    fn shown(self, _: Uuid, _: &Pictures) -> ExportedComment {
        ExportedComment {
            id: self.id.into(),
            post: self.post.into(),
            text: self.text,
            created_at: self.created_at.to_chrono(),
            edited_at: self.edited_at.map(DateTime::to_chrono),
        }
    }
}

/// A like.
#[derive(Deserialize)]
pub(crate) struct Like {
    post: Uuid,
    at: DateTime,
}

impl Shown for Like {
    type View = ExportedLike;

    fn fields() -> Bson {
        doc! { "_id": 0, "post": 1, "at": 1 }
    }

    fn shown(self, _: Uuid, _: &Pictures) -> ExportedLike {
        ExportedLike {
            post: self.post.into(),
            liked_at: self.at.to_chrono(),
        }
    }
}

/// What another person is to the viewer.
#[derive(Deserialize)]
pub(crate) struct Relationship {
    other: Uuid,
    status: Status,
    blocks: bool,
    since: DateTime,
}

impl Shown for Relationship {
    type View = ExportedRelationship;

    /// Without whether the other one blocks the viewer, who is not to learn of it.
    fn fields() -> Bson {
        doc! { "_id": 0, "other": 1, "status": 1, "blocks": 1, "since": 1 }
    }

    fn people(&self) -> Vec<Uuid> {
        vec![self.other]
    }

    fn shown(self, _: Uuid, _: &Pictures) -> ExportedRelationship {
        ExportedRelationship {
            person: self.other.into(),
            status: match self.status {
                Status::None => ExportedStatus::None,
                Status::Requested => ExportedStatus::Requested,
                Status::RequestedBy => ExportedStatus::RequestedBy,
                Status::Friends => ExportedStatus::Friends,
            },
            blocked: self.blocks,
            since: self.since.to_chrono(),
        }
    }
}

/// A conversation.
#[derive(Deserialize)]
pub(crate) struct Conversation {
    #[serde(rename = "_id")]
    id: ConversationId,
    read_up_to: ReadUpTo,
}

impl Shown for Conversation {
    type View = ExportedConversation;

    fn fields() -> Bson {
        doc! { "read_up_to": 1 }
    }

    fn people(&self) -> Vec<Uuid> {
        self.id.members().to_vec()
    }

    fn shown(self, viewer: Uuid, _: &Pictures) -> ExportedConversation {
        ExportedConversation {
            peer: chats::other(self.id, viewer).into(),
            read_up_to: chats::read_states(self.id, self.read_up_to, viewer).0,
        }
    }
}

/// A message.
#[derive(Deserialize)]
pub(crate) struct Message {
    position: i64,
    from: Uuid,
    to: Uuid,
    text: Option<String>,
    media: Vec<Uuid>,
    sent_at: DateTime,
    edited_at: Option<DateTime>,
    deleted: bool,
}

impl Shown for Message {
    type View = ExportedMessage;

    fn fields() -> Bson {
        doc! {
            "_id": 0, "position": 1, "from": 1, "to": 1, "text": 1, "media": 1, "sent_at": 1, "edited_at": 1,
            "deleted": 1,
        }
    }

    fn shown(self, _: Uuid, pictures: &Pictures) -> ExportedMessage {
        let media = self.media.into_iter().map(|media| pictures.of(media).url);
        ExportedMessage {
            position: chats::at(self.position),
            from: self.from.into(),
            to: self.to.into(),
            text: self.text,
            media: media.collect(),
            sent_at: self.sent_at.to_chrono(),
            edited_at: self.edited_at.map(DateTime::to_chrono),
            deleted: self.deleted,
        }
    }
}

/// Something that the viewer was told of.
#[derive(Deserialize)]
pub(crate) struct Notification {
    kind: Kind,
    post: Option<Uuid>,
    actors: Vec<Actor>,
    actor_count: i64,
    at: DateTime,
    seen: bool,
}

impl Shown for Notification {
    type View = ExportedNotification;

    fn fields() -> Bson {
        doc! { "_id": 0, "kind": 1, "post": 1, "actors": 1, "actor_count": 1, "at": 1, "seen": 1 }
    }

    fn people(&self) -> Vec<Uuid> {
        self.actors.iter().map(|actor| actor.account).collect()
    }

    fn shown(self, _: Uuid, _: &Pictures) -> ExportedNotification {
        ExportedNotification {
            kind: match self.kind {
                Kind::Like => ExportedKind::Like,
                Kind::Comment => ExportedKind::Comment,
                Kind::FriendRequest => ExportedKind::FriendRequest,
                Kind::FriendAccepted => ExportedKind::FriendAccepted,
            },
            post: self.post.map(Into::into),
            actors: self.actors.iter().map(|actor| actor.account.into()).collect(),
            actor_count: self.actor_count,
            at: self.at.to_chrono(),
            seen: self.seen,
        }
    }
}

/// An uploaded picture.
#[derive(Deserialize)]
pub(crate) struct Media {
    #[serde(rename = "_id")]
    id: Uuid,
    width: i64,
    height: i64,
    alt: Option<String>,
    uploaded_at: DateTime,
}

impl Shown for Media {
    type View = ExportedMedia;

    fn fields() -> Bson {
        doc! { "width": 1, "height": 1, "alt": 1, "uploaded_at": 1 }
    }

    fn shown(self, _: Uuid, pictures: &Pictures) -> ExportedMedia {
        ExportedMedia {
            id: self.id.into(),
            url: pictures.of(self.id).url,
            width: self.width,
            height: self.height,
            alt: self.alt,
            uploaded_at: self.uploaded_at.to_chrono(),
        }
    }
}
