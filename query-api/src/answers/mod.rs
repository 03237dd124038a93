//! What answers look like in JSON. Ids are UUIDs, positions opaque strings, times RFC 3339 with milliseconds.

mod chat;
mod comment;
mod export;
mod list;
mod notification;
mod person;
mod post;
mod session;
mod time;

pub(crate) use chat::{
    Change, MessageMedia, MessageView, Messages, Peer, RecentChat, Sidebar, SidebarFriend, Sync,
};
pub(crate) use comment::{CommentView, LikeView};
pub(crate) use export::{
    Export, ExportedAccount, ExportedComment, ExportedConversation, ExportedKind, ExportedLike,
    ExportedMedia, ExportedMessage, ExportedNotification, ExportedPost, ExportedRelationship, ExportedStatus,
    ExportedVersion,
};
pub(crate) use list::{
    BlockedPersonList, CommentList, FoundPersonList, FriendList, FriendRequestList, LikeList, List,
    NotificationList, PersonList, PostList, PostVersionList, RecentChatList, SessionList, SuggestionList,
};
pub(crate) use notification::{Excerpt, NotificationView, UnreadCount};
pub(crate) use person::{
    BlockedPerson, Counts, FoundPerson, Friend, FriendRequest, Me, Person, Profile, Relationship, Suggestion,
    Unread,
};
pub(crate) use post::{PostBlock, PostVersion, PostView};
pub(crate) use session::SessionView;
