//! Posts' and friendships' events to who has which post in their feed.
//!
//! A post goes to its author's feed and to those of the friends that the author has at that moment. Who becomes a
//! friend later gets the newest posts; who no longer is one loses all. Edits and visibility change nothing here:
//! they are looked at when a feed is read.

use bson::Bson;
use events::{AccountId, Event, PostId, Recorded, account, friendship, post};
use read_model::{
    feed::{Audience, AudienceId, Authored, AuthoredId, Entry, EntryId},
    id, position, uuid,
};
use serde::Serialize;

use crate::{Announcement, ApplyError, Key, Loaded, Projection, Shard, Sweep, Topic, Write};

/// How many of each other's posts new friends find in their feeds, the newest.
const NEWEST: u32 = 200;

/// See [`read_model::feed`].
#[derive(Debug)]
pub struct Feed;

/// What an event is to feeds.
enum What {
    /// A post is there.
    Published(PostId, AccountId),
    /// A post is gone.
    Deleted(PostId, AccountId),
    /// The two are friends.
    Befriended(AccountId, AccountId),
    /// The two are not, or no longer.
    Parted(AccountId, AccountId),
    /// Somebody asked to be forgotten, and is.
    Erased(AccountId),
    /// Nothing.
    Nothing,
}

impl Projection for Feed {
    fn model(&self) -> &'static read_model::Projection {
        &read_model::feed::PROJECTION
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &["account", "friendship", "post"]
    }

    fn needs(&self, event: &Recorded, shard: Shard) -> Vec<Key> {
        let audience = |author| Key::of::<Audience>(audience(author, shard));
        match what(event) {
            What::Published(_, author) | What::Deleted(_, author) => vec![audience(author)],
            What::Befriended(one, other) | What::Parted(one, other) => vec![audience(one), audience(other)],
            What::Erased(_) | What::Nothing => vec![],
        }
    }

    fn sweeps(&self, event: &Recorded, shard: Shard) -> Vec<Sweep> {
        match what(event) {
            What::Befriended(one, other) => {
                let each = [(one, other), (other, one)].into_iter();
                each.filter(|(owner, _)| shard.owns(*owner))
                    .map(|(owner, author)| newest(owner, author, shard))
                    .collect()
            }
            What::Parted(one, other) => {
                let each = [(one, other), (other, one)].into_iter();
                each.filter(|(owner, _)| shard.owns(*owner))
                    .map(|(owner, author)| {
                        Sweep::over::<Entry>([("author", bson_id(author))])
                            .with_id("owner", bson_id(owner), "post")
                            .writing(|entry: Entry, _| Ok(vec![Write::delete::<Entry>(entry.id)]))
                    })
                    .collect()
            }
            What::Erased(account) => forgotten(account, shard),
            What::Published(..) | What::Deleted(..) | What::Nothing => vec![],
        }
    }

    fn apply(&self, event: &Recorded, loaded: &Loaded, shard: Shard) -> Result<Vec<Write>, ApplyError> {
        match what(event) {
            What::Published(post, author) => {
                let mut writes = vec![Write::make(&Authored {
                    id: authored(post, shard),
                    author: uuid(author),
                    shard: index(shard),
                    position: position(event.position.sequence),
                })];
                let post = uuid(post);
                for owner in readers(loaded, author, shard)? {
                    writes.push(Write::make(&Entry {
                        id: EntryId { owner, post },
                        owner,
                        post,
                        author: uuid(author),
                        position: position(event.position.sequence),
                    }));
                }
                Ok(writes)
            }
            What::Deleted(post, author) => {
                let mut writes = vec![Write::delete::<Authored>(authored(post, shard))];
                for owner in readers(loaded, author, shard)? {
                    let post = uuid(post);
                    writes.push(Write::delete::<Entry>(EntryId { owner, post }));
                }
                Ok(writes)
            }
            What::Befriended(one, other) => {
                let both = [(one, other), (other, one)];
                change(both, loaded, shard, |friends, friend| {
                    if let Err(place) = friends.binary_search(&friend) {
                        friends.insert(place, friend);
                    }
                })
            }
            What::Parted(one, other) => {
                let both = [(one, other), (other, one)];
                change(both, loaded, shard, |friends, friend| {
                    friends.retain(|other| *other != friend);
                })
            }
            What::Erased(account) => Ok(vec![Write::delete::<Audience>(audience(account, shard))]),
            What::Nothing => Ok(vec![]),
        }
    }

    /// The author's own devices know already.
    fn announce(
        &self,
        event: &Recorded,
        loaded: &Loaded,
        shard: Shard,
    ) -> Result<Vec<Announcement>, ApplyError> {
        #[derive(Serialize)]
        struct Body {
            position: events::Position,
        }
        let What::Published(_, author) = what(event) else {
            return Ok(vec![]);
        };
        let body = Body {
            position: event.position,
        };
        let friends = friends(loaded, author, shard)?;
        let told = friends
            .into_iter()
            .map(|friend| Announcement::new(Topic::Feed(id(friend)), &body));
        Ok(told.collect())
    }
}

fn what(event: &Recorded) -> What {
    match &event.event {
        // Of an author who is erased nothing can be read; the account's event says the rest.
        Event::Post(post::Event::Published(version)) if version.personal.known().is_none() => What::Nothing,
        Event::Post(post::Event::Published(version)) => What::Published(version.post, version.author),
        // An edit changes nothing here, unless it shows that nothing of the author is left.
        Event::Post(post::Event::Edited(version)) if version.personal.known().is_some() => What::Nothing,
        Event::Post(post::Event::Edited(version)) => What::Deleted(version.post, version.author),
        Event::Post(post::Event::Deleted(deleted)) => What::Deleted(deleted.post, deleted.author),
        Event::Friendship(event) => match event {
            friendship::Event::Accepted(step) => What::Befriended(step.by, step.other),
            friendship::Event::Removed(step) => What::Parted(step.by, step.other),
            friendship::Event::Blocked(blocking) => What::Parted(blocking.by, blocking.other),
            friendship::Event::Requested(_)
            | friendship::Event::Declined(_)
            | friendship::Event::Cancelled(_)
            | friendship::Event::Unblocked(_) => What::Nothing,
        },
        Event::Account(event) => match event {
            account::Event::Erased(erased) => What::Erased(erased.account),
            account::Event::SignedUp(_)
            | account::Event::ProfileUpdated(_)
            | account::Event::AvatarChanged(_)
            | account::Event::CoverChanged(_)
            | account::Event::PasswordChanged(_)
            | account::Event::EmailChanged(_)
            | account::Event::LoggedOutEverywhere(_)
            | account::Event::ErasureRequested(_) => What::Nothing,
        },
        Event::Username(_)
        | Event::Email(_)
        | Event::Reaction(_)
        | Event::Comment(_)
        | Event::Media(_)
        | Event::Inbox(_)
        | Event::Report(_)
        | Event::Dm(_)
        | Event::Session(_)
        | Event::Person(_) => What::Nothing,
    }
}

/// Fills the feed of a new friend.
fn newest(owner: AccountId, author: AccountId, shard: Shard) -> Sweep {
    let owner = uuid(owner);
    Sweep::over::<Authored>([("author", bson_id(author)), ("shard", Bson::from(index(shard)))])
        .newest(NEWEST)
        .writing(move |authored: Authored, _| {
            Ok(vec![Write::put(&Entry {
                id: EntryId {
                    owner,
                    post: authored.id.post,
                },
                owner,
                post: authored.id.post,
                author: authored.author,
                position: authored.position,
            })])
        })
}

/// Takes a person out of everybody's feed, and everything out of theirs.
fn forgotten(account: AccountId, shard: Shard) -> Vec<Sweep> {
    let deleting = |sweep: Sweep| {
        sweep.writing(move |entry: Entry, _| {
            let ours = shard
                .owns(id(entry.owner))
                .then(|| Write::delete::<Entry>(entry.id));
            Ok(ours.into_iter().collect())
        })
    };
    let by_them = deleting(Sweep::over::<Entry>([("author", bson_id(account))]));
    let theirs = deleting(Sweep::over::<Entry>([]).with_id("owner", bson_id(account), "post"));
    let authored =
        Sweep::over::<Authored>([("author", bson_id(account)), ("shard", Bson::from(index(shard)))])
            .writing(|authored: Authored, _| Ok(vec![Write::delete::<Authored>(authored.id)]));
    let person = uuid(account);
    let read =
        Sweep::over::<Audience>([("friends", bson_id(account))]).writing(move |mut audience: Audience, _| {
            audience.friends.retain(|friend| *friend != person);
            Ok(vec![kept(&audience)])
        });
    vec![by_them, theirs, authored, read]
}

/// Changes in whose audience whom is; only those whose feeds the shard keeps.
fn change(
    both: [(AccountId, AccountId); 2],
    loaded: &Loaded,
    shard: Shard,
    change: impl Fn(&mut Vec<bson::Uuid>, bson::Uuid),
) -> Result<Vec<Write>, ApplyError> {
    let mut writes = Vec::new();
    for (author, friend) in both {
        if !shard.owns(friend) {
            continue;
        }
        let before = friends(loaded, author, shard)?;
        let mut after = before.clone();
        change(&mut after, uuid(friend));
        if after == before {
            continue;
        }
        writes.push(kept(&Audience {
            id: audience(author, shard),
            friends: after,
        }));
    }
    Ok(writes)
}

/// An audience as it is kept: not at all if nobody is in it.
fn kept(audience: &Audience) -> Write {
    if audience.friends.is_empty() {
        Write::delete::<Audience>(audience.id)
    } else {
        Write::put(audience)
    }
}

fn friends(loaded: &Loaded, author: AccountId, shard: Shard) -> Result<Vec<bson::Uuid>, ApplyError> {
    let audience = loaded.get::<Audience>(audience(author, shard))?;
    Ok(audience.map_or_else(Vec::new, |audience| audience.friends))
}

/// In whose feeds a post of `author` stands, as far as the shard keeps them.
fn readers(loaded: &Loaded, author: AccountId, shard: Shard) -> Result<Vec<bson::Uuid>, ApplyError> {
    let mut readers = friends(loaded, author, shard)?;
    readers.extend(shard.owns(author).then(|| uuid(author)));
    Ok(readers)
}

fn audience(author: AccountId, shard: Shard) -> AudienceId {
    AudienceId {
        author: uuid(author),
        shard: index(shard),
    }
}

fn authored(post: PostId, shard: Shard) -> AuthoredId {
    AuthoredId {
        post: uuid(post),
        shard: index(shard),
    }
}

/// A shard's number as it stands in documents.
fn index(shard: Shard) -> i64 {
    shard.index.into()
}

fn bson_id(account: AccountId) -> Bson {
    uuid(account).into()
}

#[cfg(test)]
mod tests;
