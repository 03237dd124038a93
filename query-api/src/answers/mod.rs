//! What answers look like in JSON. Ids are UUIDs, positions opaque strings, times RFC 3339 with milliseconds.

mod chat;
mod list;
mod person;
mod post;
mod time;

pub(crate) use chat::{
    Change, MessageMedia, MessageView, Messages, Peer, RecentChat, Sidebar, SidebarFriend, Sync,
};
pub(crate) use list::{FriendList, FriendRequestList, List, PersonList, PostList};
pub(crate) use person::{Counts, Friend, FriendRequest, Me, Person, Profile, Relationship, Unread};
pub(crate) use post::PostView;
