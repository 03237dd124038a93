//! The reads that are measured, each as somebody would ask it.

use uuid::Uuid;

use crate::network::{Network, account, post_id, username};

/// One read.
pub(crate) struct Read {
    /// Its name in the report.
    pub(crate) name: &'static str,
    /// The path, for a reader and some number made by chance.
    pub(crate) path: fn(&Network, u32, u32) -> String,
}

/// All of them.
pub(crate) const ALL: &[Read] = &[
    Read {
        name: "me",
        path: |_, _, _| "/v1/me".to_owned(),
    },
    Read {
        name: "feed",
        path: |_, _, _| "/v1/feed".to_owned(),
    },
    Read {
        name: "explore",
        path: |_, _, _| "/v1/explore".to_owned(),
    },
    Read {
        name: "a person",
        path: |network, _, chance| format!("/v1/users/{}", username(network.anybody(chance))),
    },
    Read {
        name: "a person's posts",
        path: |network, _, chance| format!("/v1/users/{}/posts", username(network.anybody(chance))),
    },
    Read {
        name: "a person's friends",
        path: |network, _, chance| format!("/v1/users/{}/friends", username(network.anybody(chance))),
    },
    Read {
        name: "search",
        path: |network, _, chance| format!("/v1/search/users?q={}", &username(network.anybody(chance))[..2]),
    },
    Read {
        name: "suggestions",
        path: |_, _, _| "/v1/suggestions".to_owned(),
    },
    Read {
        name: "friends",
        path: |_, _, _| "/v1/friends".to_owned(),
    },
    Read {
        name: "friend requests",
        path: |_, _, _| "/v1/friend-requests".to_owned(),
    },
    Read {
        name: "a post",
        path: |network, _, chance| format!("/v1/posts/{}", any_post(network, chance)),
    },
    Read {
        name: "comments",
        path: |network, _, chance| format!("/v1/posts/{}/comments", discussed(network, chance)),
    },
    Read {
        name: "likes",
        path: |network, _, chance| format!("/v1/posts/{}/likes", discussed(network, chance)),
    },
    Read {
        name: "history",
        path: |network, _, chance| format!("/v1/posts/{}/history", discussed(network, chance)),
    },
    Read {
        name: "chat sidebar",
        path: |_, _, _| "/v1/chat/sidebar".to_owned(),
    },
    Read {
        name: "messages",
        path: |_, reader, _| format!("/v1/conversations/{}/messages", account(reader + 1)),
    },
    Read {
        name: "sync",
        path: |network, _, _| format!("/v1/sync?after=c{}", network.a_little_ago()),
    },
];

/// Those that are for friends are somebody else's; so one that is for everybody.
fn any_post(network: &Network, chance: u32) -> Uuid {
    post_id(network.public_post(chance))
}

fn discussed(network: &Network, chance: u32) -> Uuid {
    post_id(network.discussed_post(chance))
}
