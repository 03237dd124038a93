//! The counts of posts on screen: told to who watches a post and may see it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::{Message, Subscriber};
use events::post::Visibility;
use events::{
    AccountId, Event, EventStore, LoadError, Namespace, Pair, PostId, Remembered, Scope, Subject, post,
};
use futures::StreamExt;
use futures::stream::{self, Select, select};
use platform::Problem;
use platform::problem::FieldError;
use tokio::sync::watch;

use crate::app::{Gateway, away};
use crate::connection::Connection;
use crate::measure;
use crate::pending::Pending;
use crate::people::Peer;
use crate::watches::Watches;
use crate::wire::{Done, PostCounts, event};

/// How many posts one socket may watch.
pub(crate) const WATCHED_AT_ONCE: usize = 50;
/// A post that many like at once is told of ten times a second, not with each of them.
const BETWEEN_TELLINGS: Duration = Duration::from_millis(100);
/// How many looks at the event store go on at once.
const AT_ONCE: usize = 32;

/// The posts that are watched here.
#[derive(Default)]
pub(crate) struct Posts {
    audiences: Remembered<PostId, Option<Audience>>,
    table: Mutex<Table>,
    untold: Pending<PostId>,
}

#[derive(Default)]
struct Table {
    watches: Watches<PostId>,
    /// What has come and wasn't told yet.
    counts: HashMap<PostId, PostCounts>,
}

/// Whose a post is, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Audience {
    author: AccountId,
    visibility: Visibility,
}

impl Posts {
    /// A connection ended and watches nothing any more.
    pub(crate) fn unwatch(&self, connection: &Connection) {
        let mut table = self.table();
        for post in table.watches.end(connection) {
            table.counts.remove(&post);
        }
        measure::watched_posts(table.watches.count());
    }

    /// Takes in what the projector announced.
    fn announced(&self, post: PostId, message: &Message) {
        let mut table = self.table();
        if !table.watches.is_watched(&post) {
            return;
        }
        match serde_json::from_slice::<PostCounts>(&message.payload) {
            Ok(counts) => {
                table.counts.insert(post, counts);
                self.untold.add([post]);
            }
            Err(error) => tracing::warn!(%error, "an announcement of counts can't be read"),
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets `peer` watch those of `posts` that its person may see, and no others. Whatever they may not see, or
/// isn't there, is left out without a word.
pub(crate) async fn watch(gateway: &Gateway, peer: &Peer, posts: &[PostId]) -> Result<Done, Problem> {
    if posts.len() > WATCHED_AT_ONCE {
        let message = format!("At most {WATCHED_AT_ONCE} posts are watched at once.");
        return Err(Problem::validation(vec![FieldError::new(
            "posts", "too-many", message,
        )]));
    }
    let me = peer.connection.account();
    let posts: HashSet<PostId> = posts.iter().copied().collect();
    let asked = posts.len();
    gateway.lookups.spend(me, asked)?;
    let looks = stream::iter(posts).map(async |post| Ok((post, may_see(gateway, me, post).await?)));
    let mut looks = looks.buffer_unordered(AT_ONCE);
    let mut visible = Vec::new();
    while let Some(look) = looks.next().await {
        let (post, sees) = look.map_err(|error: LoadError| away(&error))?;
        if sees {
            visible.push(post);
        }
    }
    gateway.lookups.found_nothing(me, asked - visible.len());
    let mut table = gateway.posts.table();
    for left in table.watches.set(peer, visible) {
        table.counts.remove(&left);
    }
    measure::watched_posts(table.watches.count());
    Ok(Done {})
}

async fn may_see(gateway: &Gateway, viewer: AccountId, post: PostId) -> Result<bool, LoadError> {
    let store = &gateway.store;
    let audience = gateway.posts.audiences.get(&post, load(store, post)).await?;
    let Some(Audience { author, visibility }) = audience else {
        return Ok(false);
    };
    let Some(pair) = Pair::of(viewer, author) else {
        return Ok(true);
    };
    Ok(gateway.friends.standing(store, pair).await?.sees(visibility))
}

async fn load(store: &EventStore, post: PostId) -> Result<Option<Audience>, LoadError> {
    let history = store.history(&Scope::post(post)).await?;
    let last = history.events.last().map(|recorded| &recorded.event);
    let Some(Event::Post(event)) = last else {
        return Ok(None);
    };
    Ok(match event {
        post::Event::Published(version) | post::Event::Edited(version) => Some(Audience {
            author: version.author,
            visibility: version.visibility,
        }),
        post::Event::Deleted(_) => None,
    })
}

/// What is announced of posts, and what changes who may see them.
pub(crate) struct Heard {
    counts: Subscriber,
    changes: Select<Subscriber, Subscriber>,
}

impl Heard {
    /// Hears of it from now on.
    pub(crate) async fn listen(store: &EventStore) -> Result<Self, async_nats::SubscribeError> {
        let (client, namespace) = (store.client(), store.namespace());
        let changes = |what: &str| namespace.absolute(&format!("live.evt.*.post.*.{what}"));
        Ok(Self {
            counts: client
                .subscribe(namespace.absolute("notify.post.*.counts"))
                .await?,
            changes: select(
                client.subscribe(changes("edited")).await?,
                client.subscribe(changes("deleted")).await?,
            ),
        })
    }
}

/// Takes in what is announced and what changes, until the last socket has left.
pub(crate) async fn follow(gateway: Arc<Gateway>, mut heard: Heard, mut breaks: watch::Receiver<u64>) {
    let namespace = gateway.store.namespace();
    loop {
        tokio::select! {
            () = gateway.empty.cancelled() => return,
            message = heard.counts.next() => {
                let Some(message) = message else { return };
                if let Some(post) = announced_post(namespace, &message.subject) {
                    gateway.posts.announced(post, &message);
                }
            }
            message = heard.changes.next() => {
                let Some(message) = message else { return };
                match changed_post(namespace, &message.subject) {
                    Some(post) => gateway.posts.audiences.changed(&post).await,
                    None => gateway.posts.audiences.forget_all(),
                }
            }
            changed = breaks.changed() => match changed {
                Ok(()) => gateway.posts.audiences.forget_all(),
                Err(_) => return,
            },
        }
    }
}

/// `notify.post.<post>.counts`.
fn announced_post(namespace: &Namespace, subject: &str) -> Option<PostId> {
    let rest = namespace.relative(subject)?.strip_prefix("notify.post.")?;
    rest.strip_suffix(".counts")?.parse().ok()
}

/// `live.evt.<p>.post.<post>.<type>`.
fn changed_post(namespace: &Namespace, subject: &str) -> Option<PostId> {
    Subject::parse(namespace.stored_from_live(subject)?)?
        .id
        .parse()
        .ok()
}

/// Tells those who watch what has come, until the last socket has left.
pub(crate) async fn tell(gateway: Arc<Gateway>) {
    loop {
        tokio::select! {
            () = gateway.empty.cancelled() => return,
            () = gateway.posts.untold.more() => {}
        }
        for post in gateway.posts.untold.take() {
            if let Err(error) = tell_of(&gateway, post).await {
                // The next change brings the counts again, and so does loading the post.
                tracing::warn!(%error, post.id = %post, "counts can't be told");
            }
        }
        tokio::time::sleep(BETWEEN_TELLINGS).await;
    }
}

async fn tell_of(gateway: &Gateway, post: PostId) -> Result<(), LoadError> {
    let (counts, peers) = {
        let mut table = gateway.posts.table();
        let Some(counts) = table.counts.remove(&post) else {
            return Ok(());
        };
        (counts, table.watches.of(&post).to_vec())
    };
    let mut told = 0;
    for peer in peers {
        // They could when they began to watch, but perhaps not any more.
        if may_see(gateway, peer.connection.account(), post).await? && peer.emit(event::POST_COUNTS, &counts)
        {
            told += 1;
        }
    }
    measure::delivered(event::POST_COUNTS, told);
    Ok(())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn subjects_name_their_post() {
        let namespace: Namespace = "t1".parse().unwrap();
        let post = PostId::from(Uuid::from_u128(7));
        let announced = format!("t1.notify.post.{post}.counts");
        assert_eq!(announced_post(&namespace, &announced), Some(post));
        assert_eq!(
            announced_post(&namespace, &format!("notify.post.{post}.counts")),
            None
        );
        let changed = format!("t1.live.evt.3.post.{post}.edited");
        assert_eq!(changed_post(&namespace, &changed), Some(post));
    }
}
