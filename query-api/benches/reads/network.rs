//! A made-up network of any size, as documents: the same every time.
//!
//! Everybody has twenty friends, the neighbours on a ring, and posts by all in turn. Some people read: they have
//! whole feeds and many chats. The newest posts are much discussed.

use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::Result;
use bson::DateTime;
use events::AccountId;
use mongodb::Database;
use read_model::{
    Document, PROJECTIONS,
    chat::{self, Conversation, ConversationId, Message},
    engine::{Shard, Version as Split, Versions},
    feed::{Entry, EntryId},
    friends::{self, Friend, FriendId, Status},
    posts::{Author, Block, Comment, Like, LikeId, Post, Version, VersionId, Visibility},
    profiles::{Profile, Word, WordId},
    uuid, versioned, writer_of,
};
use serde::Serialize;
use testkit::TestSystem;
use uuid::Uuid;

/// Friends on each side of everybody.
const NEIGHBOURS: u32 = 10;
/// The first so many people read.
const READERS: u32 = 500;
/// Chats of each reader with those who follow, and their messages.
const CHATS: u32 = 20;
const MESSAGES: u32 = 30;
/// The newest posts, and how many like and say something of each, and how often it was edited.
const DISCUSSED: u32 = 100;
const VOICES: u32 = 200;
const EDITS: u32 = 30;
/// Documents in one insertion.
const CHUNK: usize = 2_000;
/// All that is here has been applied.
const WATERMARK: i64 = 1_000_000_000;

/// How many people and posts.
#[derive(Clone, Copy)]
pub(crate) struct Size {
    pub(crate) accounts: u32,
    pub(crate) posts: u32,
}

/// A filled database.
pub(crate) struct Network {
    pub(crate) system: TestSystem,
    database: Database,
    size: Size,
    /// The position of the next event.
    next: AtomicI64,
}

pub(crate) fn account(n: u32) -> AccountId {
    // Scattered over all ids, as random ones are.
    AccountId::from(Uuid::from_u64_pair(scattered(n), n.into()))
}

pub(crate) fn post_id(n: u32) -> Uuid {
    Uuid::from_u64_pair(scattered(!n), n.into())
}

/// Unique, and beginning as many others do.
pub(crate) fn username(n: u32) -> String {
    format!("{}{n}", name(n))
}

/// A number that looks like chance.
pub(crate) fn mixed(n: u32) -> u32 {
    u32::try_from(scattered(n) >> 32).unwrap_or_default()
}

/// The finalizer of `SplitMix64`.
fn scattered(n: u32) -> u64 {
    let mut x = u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Three syllables.
fn name(n: u32) -> String {
    const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
    const VOWELS: &[u8; 5] = b"aeiou";
    let mut chance = mixed(n);
    let mut name = String::new();
    for _ in 0..3 {
        let [consonant, vowel] =
            [chance % 16, chance / 16 % 5].map(|n| usize::try_from(n).unwrap_or_default());
        name.push(CONSONANTS[consonant].into());
        name.push(VOWELS[vowel].into());
        chance /= 80;
    }
    name
}

impl Network {
    pub(crate) async fn fill(size: Size) -> Result<Self> {
        let system = TestSystem::start().await;
        let database = system.database().await;
        let network = Self {
            system,
            database,
            size,
            next: AtomicI64::new(1),
        };
        let (people, posts) = (|| 0..size.accounts, || 0..size.posts);
        network.insert(people().map(|n| network.profile(n))).await?;
        network.insert(people().flat_map(|n| network.words(n))).await?;
        network.insert(people().flat_map(|n| network.ties(n))).await?;
        network.insert(people().map(counts)).await?;
        network.insert(people().map(|n| network.author(n))).await?;
        network.insert(posts().map(|n| network.post(n))).await?;
        network.insert(posts().flat_map(|n| network.entries(n))).await?;
        network.insert(posts().flat_map(|n| network.likes(n))).await?;
        network.insert(posts().flat_map(|n| network.comments(n))).await?;
        network.insert(posts().flat_map(|n| network.versions(n))).await?;
        for some in people().step_by(1_000) {
            let some = some..size.accounts.min(some + 1_000);
            let (chats, messages): (Vec<_>, Vec<_>) = some.flat_map(|n| network.chats(n)).unzip();
            network.insert(chats.into_iter()).await?;
            network.insert(messages.into_iter().flatten()).await?;
        }
        network.finish().await?;
        Ok(network)
    }

    /// Deletes it again.
    pub(crate) async fn drop(self) -> Result<()> {
        Ok(self.database.drop().await?)
    }

    /// Somebody who reads.
    pub(crate) fn reader(&self, chance: u32) -> u32 {
        chance % READERS.min(self.size.accounts / 2)
    }

    pub(crate) fn anybody(&self, chance: u32) -> u32 {
        chance % self.size.accounts
    }

    pub(crate) fn public_post(&self, chance: u32) -> u32 {
        let post = chance % self.size.posts;
        if visibility(post) == Visibility::Public {
            post
        } else {
            post - 1
        }
    }

    pub(crate) fn discussed_post(&self, chance: u32) -> u32 {
        let post = self.size.posts - 2 - chance % (DISCUSSED - 2);
        if visibility(post) == Visibility::Public {
            post
        } else {
            post - 1
        }
    }

    /// The place in the stream of chats after which little has changed.
    pub(crate) fn a_little_ago(&self) -> i64 {
        self.next.load(Ordering::Relaxed) - 1_000
    }

    fn position(&self) -> i64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn neighbours(&self, n: u32) -> impl Iterator<Item = u32> + use<> {
        let all = self.size.accounts;
        (1..=NEIGHBOURS).flat_map(move |d| [(n + d) % all, (n + all - d) % all])
    }

    fn discussed(&self, post: u32) -> bool {
        post + DISCUSSED >= self.size.posts
    }

    fn profile(&self, n: u32) -> Profile {
        Profile {
            account: uuid(account(n)),
            username: Some(username(n)),
            display_name: Some(format!("{} {}", name(n + 1), name(n + 2))),
            bio: Some("Sails, and tells of it.".to_owned()),
            location: Some(String::new()),
            website: Some(String::new()),
            avatar: None,
            cover: None,
            joined_at: now(),
            erased: false,
            position: self.position(),
        }
    }

    fn words(&self, n: u32) -> Vec<Word> {
        let profile = self.profile(n);
        let account = profile.account;
        let word = |word: String| Word {
            id: WordId {
                account,
                word: word.clone(),
            },
            account,
            word,
        };
        profile.words().into_iter().map(word).collect()
    }

    fn ties(&self, n: u32) -> Vec<Friend> {
        let tie = |other: u32| Friend {
            id: FriendId {
                owner: uuid(account(n)),
                other: uuid(account(other)),
            },
            owner: uuid(account(n)),
            other: uuid(account(other)),
            status: Status::Friends,
            blocks: false,
            blocked_by: false,
            since: now(),
            position: self.position(),
        };
        self.neighbours(n).map(tie).collect()
    }

    fn author(&self, n: u32) -> Author {
        Author {
            account: uuid(account(n)),
            post_count: i64::from(self.size.posts / self.size.accounts),
        }
    }

    fn post(&self, n: u32) -> Post {
        let position = self.position();
        let responses = if self.discussed(n) { VOICES.into() } else { 2 };
        Post {
            id: post_id(n).into(),
            author: uuid(account(n % self.size.accounts)),
            blocks: text(n),
            visibility: visibility(n),
            created_at: now(),
            edited_at: None,
            position,
            changed: position,
            like_count: responses,
            comment_count: responses,
        }
    }

    /// In the author's own feed, and in those of friends who read.
    fn entries(&self, n: u32) -> Vec<Entry> {
        let author = n % self.size.accounts;
        let position = self.position();
        let entry = |owner: u32| Entry {
            id: EntryId {
                owner: uuid(account(owner)),
                post: post_id(n).into(),
            },
            owner: uuid(account(owner)),
            post: post_id(n).into(),
            author: uuid(account(author)),
            position,
        };
        let friends = self.neighbours(author).filter(|friend| *friend < READERS);
        friends.chain([author]).map(entry).collect()
    }

    fn voices(&self, post: u32) -> impl Iterator<Item = u32> + use<> {
        let (all, count) = (self.size.accounts, if self.discussed(post) { VOICES } else { 2 });
        (1..=count).map(move |n| (post + n) % all)
    }

    fn likes(&self, post: u32) -> Vec<Like> {
        let like = |by: u32| Like {
            id: LikeId {
                post: post_id(post).into(),
                by: uuid(account(by)),
            },
            post: post_id(post).into(),
            post_author: uuid(account(post % self.size.accounts)),
            by: uuid(account(by)),
            at: now(),
            position: self.position(),
        };
        self.voices(post).map(like).collect()
    }

    fn comments(&self, post: u32) -> Vec<Comment> {
        let comment = |by: u32| {
            let position = self.position();
            Comment {
                id: Uuid::from_u64_pair(position.unsigned_abs(), 1).into(),
                post: post_id(post).into(),
                post_author: uuid(account(post % self.size.accounts)),
                author: uuid(account(by)),
                text: "Well said, and well seen. I would have gone there too.".to_owned(),
                created_at: now(),
                edited_at: None,
                position,
            }
        };
        self.voices(post).map(comment).collect()
    }

    fn versions(&self, post: u32) -> Vec<Version> {
        let edits = if self.discussed(post) {
            EDITS
        } else {
            u32::from(post.is_multiple_of(10))
        };
        let version = |n: u32| Version {
            id: VersionId {
                post: post_id(post).into(),
                position: n.into(),
            },
            post: post_id(post).into(),
            author: uuid(account(post % self.size.accounts)),
            blocks: text(n),
            visibility: Visibility::Public,
            at: now(),
            position: n.into(),
            until: i64::from(n) + 1,
        };
        (0..edits).map(version).collect()
    }

    /// Readers have many, everybody else one.
    fn chats(&self, n: u32) -> Vec<(Conversation, Vec<Message>)> {
        let (chats, messages) = if n < READERS { (CHATS, MESSAGES) } else { (1, 5) };
        let with = |d: u32| self.chat(n, (n + d) % self.size.accounts, messages);
        (1..=chats).map(with).collect()
    }

    fn chat(&self, one: u32, other: u32, count: u32) -> (Conversation, Vec<Message>) {
        let [one, other] = [one, other].map(|n| uuid(account(n)));
        let id = ConversationId {
            lo: one.min(other),
            hi: one.max(other),
        };
        let message = |n: u32| {
            let position = self.position();
            let (from, to) = if n.is_multiple_of(2) {
                (id.lo, id.hi)
            } else {
                (id.hi, id.lo)
            };
            let client_id = Uuid::from_u64_pair(position.unsigned_abs(), 2).into();
            Message {
                id: client_id,
                conversation: id,
                members: id.members(),
                from,
                to,
                client_id,
                text: Some("Shall we meet at the harbour, at eight?".to_owned()),
                media: vec![],
                position,
                changed: position,
                changed_at: now(),
                sent_at: now(),
                edited_at: None,
                deleted: false,
                erased: false,
                present: true,
            }
        };
        let messages: Vec<Message> = (0..count).map(message).collect();
        let last = messages.last().cloned();
        let read = messages[messages.len() / 2].position;
        let conversation = Conversation {
            id,
            members: id.members(),
            position: last.as_ref().map_or(0, |last| last.position),
            last_message: last,
            read_up_to: chat::ReadUpTo { lo: read, hi: read },
            changed: self.position(),
            changed_at: Some(now()),
        };
        (conversation, messages)
    }

    async fn insert<D: Document>(&self, documents: impl Iterator<Item = D>) -> Result<()> {
        let mut documents = documents;
        let collection = self.database.collection::<D>(&name_of::<D>());
        loop {
            let chunk: Vec<D> = documents.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                return Ok(());
            }
            collection.insert_many(chunk).ordered(false).await?;
        }
    }

    /// Indexes, and word that all has been applied.
    async fn finish(&self) -> Result<()> {
        for projection in PROJECTIONS {
            for collection in projection.collections.iter().filter(|c| !c.indexes.is_empty()) {
                let indexes = collection.indexes.iter().map(read_model::Index::model);
                let name = versioned(collection.name, projection.version);
                let collection = self.database.collection::<bson::Document>(&name);
                collection.create_indexes(indexes).await?;
            }
            let shard = Shard {
                id: Shard::id_of(projection.name, projection.version, 0),
                projection: projection.name.to_owned(),
                version: projection.version,
                shard: 0,
                shards: 1,
                owner: None,
                session: None,
                epoch: 1,
                lease_until: DateTime::from_millis(0),
                position: WATERMARK,
                step: 0,
                hold: None,
                hold_until: None,
            };
            let versions = Versions {
                projection: projection.name.to_owned(),
                live: projection.version,
                previous: None,
                switched_at: None,
                latest: projection.version,
                versions: vec![Split {
                    version: projection.version,
                    shards: 1,
                    shape: None,
                }],
            };
            self.put(Shard::COLLECTION, &shard).await?;
            self.put(Versions::COLLECTION, &versions).await?;
        }
        Ok(())
    }

    async fn put<T: Serialize + Send + Sync>(&self, collection: &str, document: &T) -> Result<()> {
        self.database
            .collection::<T>(collection)
            .insert_one(document)
            .await?;
        Ok(())
    }
}

fn name_of<D: Document>() -> String {
    let writer = writer_of(D::COLLECTION).expect("every document has a projection");
    versioned(D::COLLECTION, writer.version)
}

fn now() -> DateTime {
    DateTime::from(testkit::at(0))
}

fn visibility(post: u32) -> Visibility {
    if post % 4 == 3 {
        Visibility::Friends
    } else {
        Visibility::Public
    }
}

fn text(n: u32) -> Vec<Block> {
    let text =
        format!("Number {n}. The harbour in the morning, before anybody is up; the boats hardly move.");
    vec![Block::Text { text }]
}

fn counts(n: u32) -> friends::Counts {
    friends::Counts {
        account: uuid(account(n)),
        friends: (2 * NEIGHBOURS).into(),
        incoming_requests: 0,
    }
}
