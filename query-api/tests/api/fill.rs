//! A made-up network, the same every time: some hundred people, thousands of posts and messages.

use events::AccountId;
use mongodb::Database;
use platform::clock;
use read_model::{
    accounts::Account,
    chat::{self, Conversation, ConversationId, Message},
    feed::{Entry, EntryId},
    friends::{self, Friend, FriendId, Status},
    notifications::{Actor, Inbox, Kind, Notification, NotificationId},
    posts::{Author, Block, Comment, Like, LikeId, Post, Version, VersionId, Visibility},
    profiles::{Profile, Word, WordId},
    sessions::Session,
    uuid,
};
use uuid::Uuid;

use crate::documents::insert_into;

/// People, `me` being the first.
const PEOPLE: u32 = 400;
/// The first so many after `me` are friends, the next so many asked `me`, and `me` asked the next.
const FRIENDS: u32 = 150;
const REQUESTS: u32 = 60;
/// Posts, by all in turn.
const POSTS: u32 = 4_000;
/// The post that [`some_post`] tells has so many likes, comments and earlier versions.
pub(crate) const LIKES: u32 = 300;
pub(crate) const COMMENTS: u32 = 250;
pub(crate) const EDITS: u32 = 130;
/// What `me` is told, and from how many devices that was looked at.
const NOTIFICATIONS: u32 = 200;
const SESSIONS: u32 = 60;
/// `me` blocks as many, the last but one and those before.
const BLOCKS: u32 = 80;
/// `me` chats with as many, and as many others chat with each other.
const CHATS: u32 = 120;
const MESSAGES_EACH: u32 = 40;

pub(crate) fn person(n: u32) -> AccountId {
    AccountId::from(Uuid::from_u128(0xacc0_0000 + u128::from(n)))
}

pub(crate) fn post_id(n: u32) -> Uuid {
    Uuid::from_u128(0x9057_0000 + u128::from(n))
}

/// The first post of person 1 that is public.
pub(crate) fn some_post() -> u32 {
    (0..POSTS)
        .find(|n| n % PEOPLE == 1 && visibility(*n) == Visibility::Public)
        .expect("there is one")
}

fn visibility(n: u32) -> Visibility {
    if n.is_multiple_of(3) {
        Visibility::Friends
    } else {
        Visibility::Public
    }
}

fn now() -> bson::DateTime {
    clock::now().into()
}

pub(crate) async fn fill(database: &Database) {
    insert_into(database, (0..PEOPLE).map(profile).collect()).await;
    insert_into(database, (0..PEOPLE).flat_map(words).collect()).await;
    insert_into(database, (0..POSTS).map(post).collect()).await;
    insert_into(database, (0..PEOPLE).map(author).collect()).await;
    insert_into(database, likes()).await;
    insert_into(database, comments()).await;
    insert_into(database, versions()).await;
    insert_into(database, (0..POSTS).flat_map(entries).collect()).await;
    insert_into(database, ties()).await;
    insert_into(database, notifications()).await;
    let unread = Inbox {
        account: uuid(person(0)),
        seen_up_to: 0,
        unread: NOTIFICATIONS.into(),
    };
    insert_into(database, vec![unread]).await;
    insert_into(database, (0..PEOPLE).map(account).collect()).await;
    insert_into(database, sessions()).await;
    insert_into(database, (0..PEOPLE).map(counts).collect()).await;
    let chats = (1..=CHATS)
        .map(|n| (0, n))
        .chain((1..=CHATS).map(|n| (n, n + CHATS)));
    let (conversations, messages): (Vec<_>, Vec<_>) = chats.map(conversation).unzip();
    insert_into(database, conversations).await;
    insert_into(database, messages.into_iter().flatten().collect::<Vec<Message>>()).await;
}

fn profile(n: u32) -> Profile {
    Profile {
        account: uuid(person(n)),
        username: Some(format!("person{n}")),
        display_name: Some(format!("Person {n}")),
        bio: Some(String::new()),
        location: Some(String::new()),
        website: Some(String::new()),
        avatar: None,
        cover: None,
        joined_at: now(),
        erased: false,
        position: i64::from(n) + 1,
    }
}

fn words(n: u32) -> Vec<Word> {
    let profile = profile(n);
    let word = |word: String| Word {
        id: WordId {
            account: profile.account,
            word: word.clone(),
        },
        account: profile.account,
        word,
    };
    profile.words().into_iter().map(word).collect()
}

fn post(n: u32) -> Post {
    Post {
        id: post_id(n).into(),
        author: uuid(person(n % PEOPLE)),
        blocks: vec![Block::Text {
            text: format!("post {n}"),
        }],
        visibility: visibility(n),
        created_at: now(),
        edited_at: None,
        position: 10_000 + i64::from(n),
        changed: 10_000 + i64::from(n),
        like_count: if n == some_post() { LIKES.into() } else { 1 },
        comment_count: if n == some_post() { COMMENTS.into() } else { 1 },
    }
}

/// All of some post's, and one of each other's by `me`.
fn likes() -> Vec<Like> {
    let like = |post: u32, by: u32, n: u32| Like {
        id: LikeId {
            post: post_id(post).into(),
            by: uuid(person(by)),
        },
        post: post_id(post).into(),
        post_author: uuid(person(post % PEOPLE)),
        by: uuid(person(by)),
        at: now(),
        position: 200_000 + i64::from(n),
    };
    let others = (0..POSTS).filter(|post| *post != some_post());
    let here = (0..LIKES).map(|by| like(some_post(), by, by));
    here.chain(others.map(|post| like(post, 0, LIKES + post)))
        .collect()
}

fn comments() -> Vec<Comment> {
    let comment = |post: u32, author: u32, n: u32| Comment {
        id: Uuid::from_u128(0xc033_0000 + u128::from(n)).into(),
        post: post_id(post).into(),
        post_author: uuid(person(post % PEOPLE)),
        author: uuid(person(author)),
        text: format!("comment {n}"),
        created_at: now(),
        edited_at: None,
        position: 300_000 + i64::from(n),
    };
    let others = (0..POSTS).filter(|post| *post != some_post());
    let here = (0..COMMENTS).map(|n| comment(some_post(), n % 100, n));
    here.chain(others.map(|post| comment(post, 0, COMMENTS + post)))
        .collect()
}

fn versions() -> Vec<Version> {
    let version = |n: u32| {
        let position = 9_000 + i64::from(n);
        Version {
            id: VersionId {
                post: post_id(some_post()).into(),
                position,
            },
            post: post_id(some_post()).into(),
            author: uuid(person(1)),
            blocks: vec![Block::Text {
                text: format!("version {n}"),
            }],
            visibility: Visibility::Public,
            at: now(),
            position,
            until: position + 1,
        }
    };
    (0..EDITS).map(version).collect()
}

fn author(n: u32) -> Author {
    Author {
        account: uuid(person(n)),
        post_count: i64::from(POSTS / PEOPLE),
    }
}

/// Everybody's feed has their own posts, and that of `me` those of friends as well.
fn entries(n: u32) -> Vec<Entry> {
    let entry = |owner: u32| Entry {
        id: EntryId {
            owner: uuid(person(owner)),
            post: post_id(n).into(),
        },
        owner: uuid(person(owner)),
        post: post_id(n).into(),
        author: uuid(person(n % PEOPLE)),
        position: 10_000 + i64::from(n),
    };
    match n % PEOPLE {
        0 => vec![entry(0)],
        author @ 1..=FRIENDS => vec![entry(author), entry(0)],
        author => vec![entry(author)],
    }
}

fn ties() -> Vec<Friend> {
    let tie = |owner: u32, other: u32, status: Status| Friend {
        id: FriendId {
            owner: uuid(person(owner)),
            other: uuid(person(other)),
        },
        owner: uuid(person(owner)),
        other: uuid(person(other)),
        status,
        blocks: false,
        blocked_by: false,
        since: now(),
        position: 100_000 + i64::from(other.max(owner)),
    };
    let friends = (1..=FRIENDS).flat_map(|n| [tie(0, n, Status::Friends), tie(n, 0, Status::Friends)]);
    let asked = FRIENDS + 1..=FRIENDS + REQUESTS;
    let incoming = asked.flat_map(|n| [tie(0, n, Status::RequestedBy), tie(n, 0, Status::Requested)]);
    let asked = FRIENDS + REQUESTS + 1..=FRIENDS + 2 * REQUESTS;
    let outgoing = asked.flat_map(|n| [tie(0, n, Status::Requested), tie(n, 0, Status::RequestedBy)]);
    let blocked = PEOPLE - 1 - BLOCKS..PEOPLE - 1;
    let blocked = blocked.map(|n| Friend {
        blocks: true,
        ..tie(0, n, Status::None)
    });
    let among = (1..FRIENDS).flat_map(|n| [tie(n, n + 1, Status::Friends), tie(n + 1, n, Status::Friends)]);
    friends
        .chain(incoming)
        .chain(outgoing)
        .chain(blocked)
        .chain(among)
        .collect()
}

fn counts(n: u32) -> friends::Counts {
    friends::Counts {
        account: uuid(person(n)),
        friends: if n == 0 { FRIENDS.into() } else { 1 },
        incoming_requests: if n == 0 { REQUESTS.into() } else { 0 },
    }
}

/// Two people have written to each other in turn; each has read what came before the last quarter.
pub(crate) fn conversation((one, other): (u32, u32)) -> (Conversation, Vec<Message>) {
    let id = ConversationId {
        lo: uuid(person(one.min(other))),
        hi: uuid(person(one.max(other))),
    };
    let position = |n: u32| i64::from((one * PEOPLE + other) * MESSAGES_EACH + n) + 1;
    let message = |n: u32| {
        let (from, to) = if n.is_multiple_of(2) {
            (id.lo, id.hi)
        } else {
            (id.hi, id.lo)
        };
        let client_id = Uuid::from_u128(0x3e55_0000_0000 + u128::from(position(n).unsigned_abs()));
        Message {
            id: client_id.into(),
            conversation: id,
            members: id.members(),
            from,
            to,
            client_id: client_id.into(),
            text: Some(format!("message {n}")),
            media: vec![],
            position: position(n),
            changed: position(n),
            changed_at: now(),
            sent_at: now(),
            edited_at: None,
            deleted: false,
            erased: false,
            present: true,
        }
    };
    let read = position(MESSAGES_EACH * 3 / 4);
    let conversation = Conversation {
        id,
        members: id.members(),
        last_message: Some(message(MESSAGES_EACH - 1)),
        position: position(MESSAGES_EACH - 1),
        read_up_to: chat::ReadUpTo { lo: read, hi: read },
        changed: 500_000 + position(0),
        changed_at: Some(now()),
    };
    (conversation, (0..MESSAGES_EACH).map(message).collect())
}

/// Likes of and comments on posts of `me`, in turn.
fn notifications() -> Vec<Notification> {
    let notification = |n: u32| {
        let position = 400_000 + i64::from(n);
        let actors = (1..=3).map(|by| Actor {
            account: uuid(person(n % 100 + by)),
            position,
            at: now(),
        });
        let is_like = n.is_multiple_of(2);
        let (kind, actors): (_, Vec<_>) = if is_like {
            (Kind::Like, actors.collect())
        } else {
            (Kind::Comment, actors.take(1).collect())
        };
        Notification {
            id: NotificationId {
                owner: uuid(person(0)),
                id: Uuid::from_u128(0x0711_0000 + u128::from(n)).into(),
            },
            owner: uuid(person(0)),
            kind,
            post: Some(post_id(n % 10 * PEOPLE).into()),
            comment: (!is_like).then(|| Uuid::from_u128(0xc033_0000 + u128::from(n)).into()),
            person: (!is_like).then(|| actors[0].account),
            actor_count: i64::try_from(actors.len()).unwrap_or_default(),
            actors,
            latest: position,
            at: now(),
            position,
            seen: false,
        }
    };
    (0..NOTIFICATIONS).map(notification).collect()
}

fn account(n: u32) -> Account {
    Account {
        account: uuid(person(n)),
        email: format!("person{n}@example.org"),
        sessions_not_before: None,
        kept_session: None,
    }
}

fn sessions() -> Vec<Session> {
    let session = |n: u32| Session {
        id: Uuid::from_u128(0x5e55_0000 + u128::from(n)).into(),
        account: uuid(person(n % 2)),
        user_agent: Some("Mozilla/5.0".to_owned()),
        address_prefix: Some("192.0.2".to_owned()),
        started_at: now(),
        last_used_at: now(),
        expires_at: bson::DateTime::from_millis(now().timestamp_millis() + 3_600_000),
        position: i64::from(n) + 1,
    };
    (0..2 * SESSIONS).map(session).collect()
}
