//! A page of a list.

use std::borrow::Cow;

use super::{
    BlockedPerson, CommentView, FoundPerson, Friend, FriendRequest, LikeView, NotificationView, Person,
    PostVersion, PostView, RecentChat, SessionView, Suggestion,
};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ArrayBuilder, ObjectBuilder, Ref, RefOr, Schema, Type, schema::SchemaType},
};

/// A page of a list. In the API's document each has the name of what it lists: `PostList`.
#[derive(Debug, Serialize)]
pub(crate) struct List<T> {
    /// At most `limit` of them.
    pub(crate) items: Vec<T>,
    /// Where the next page begins; null on the last.
    pub(crate) next_cursor: Option<String>,
}

// utoipa composes the schemas of generic types by itself unless it sees a plain name.

/// A page of posts.
pub(crate) type PostList = List<PostView>;
/// A page of a post's comments.
pub(crate) type CommentList = List<CommentView>;
/// A page of a post's likes.
pub(crate) type LikeList = List<LikeView>;
/// A page of a post's versions.
pub(crate) type PostVersionList = List<PostVersion>;
/// A page of people.
pub(crate) type PersonList = List<Person>;
/// A page of people who were searched.
pub(crate) type FoundPersonList = List<FoundPerson>;
/// People who may be known.
pub(crate) type SuggestionList = List<Suggestion>;
/// A page of friends.
pub(crate) type FriendList = List<Friend>;
/// A page of friend requests.
pub(crate) type FriendRequestList = List<FriendRequest>;

/// A page of people whom the caller blocks.
pub(crate) type BlockedPersonList = List<BlockedPerson>;
/// A page of chats.
pub(crate) type RecentChatList = List<RecentChat>;
/// A page of notifications.
pub(crate) type NotificationList = List<NotificationView>;
/// A page of sessions.
pub(crate) type SessionList = List<SessionView>;

impl<T: ToSchema> PartialSchema for List<T> {
    fn schema() -> RefOr<Schema> {
        let cursor = ObjectBuilder::new()
            .schema_type(SchemaType::Array(vec![Type::String, Type::Null]))
            .description(Some("The `cursor` of the next page; null on the last."));
        ObjectBuilder::new()
            .description(Some("A page of a list."))
            .property(
                "items",
                ArrayBuilder::new().items(Ref::from_schema_name(T::name())),
            )
            .property("next_cursor", cursor)
            .required("items")
            .required("next_cursor")
            .into()
    }
}

impl<T: ToSchema> ToSchema for List<T> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("{}List", T::name()))
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}
