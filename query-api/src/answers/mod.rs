//! What answers look like in JSON. Ids are UUIDs, positions opaque strings, times RFC 3339 with milliseconds.

mod chat;
mod comment;
mod list;
mod person;
mod post;
mod time;

pub(crate) use chat::{
    Change, MessageMedia, MessageView, Messages, Peer, RecentChat, Sidebar, SidebarFriend, Sync,
};
pub(crate) use comment::{CommentView, LikeView};
pub(crate) use list::{
    CommentList, FoundPersonList, FriendList, FriendRequestList, LikeList, List, PersonList, PostList,
    PostVersionList, SuggestionList,
};
pub(crate) use person::{
    Counts, FoundPerson, Friend, FriendRequest, Me, Person, Profile, Relationship, Suggestion, Unread,
};
pub(crate) use post::{PostBlock, PostVersion, PostView};
