//! A little world of people in which things happen at random, each of them valid, and which knows what must
//! have become of it.

use std::{collections::BTreeMap, time::Duration};

use bson::doc;
use chrono::TimeDelta;
use events::{
    AccountId, CommandId, Event, Expect, MediaId, Meta, NewEvent, Pair, Personal, Position, PostId, Scope,
    SessionId, Stream, account, dm, friendship, inbox, media, post, session,
};
use futures::TryStreamExt;
use mongodb::Database;
use read_model::{Document, chat, feed, friends, posts, profiles, versioned, writer_of};
use testkit::{TestSystem, at, random_id};
use uuid::Uuid;

use crate::responses::Responses;

/// A source of chance that can be told again: a test prints its seed.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        println!("seed {seed}");
        Self(seed | 1)
    }

    /// Below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        // Xorshift64: plenty for picking what happens next.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("below a usize")
    }
}

struct Message {
    from: AccountId,
    to: AccountId,
    client_id: Uuid,
    sequence: u64,
}

/// What two people are to each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tie {
    Nothing,
    AskedBy(AccountId),
    Friends,
    BlockedBy(AccountId),
}

pub(crate) struct World {
    system: TestSystem,
    pub(crate) chance: Chance,
    people: Vec<AccountId>,
    ties: BTreeMap<Pair, Tie>,
    pictures: Vec<(MediaId, AccountId)>,
    posts: Vec<(PostId, AccountId)>,
    deleted_posts: Vec<(PostId, AccountId)>,
    messages: Vec<Message>,
    reads: BTreeMap<Pair, dm::ReadUpTo>,
    pub(crate) responses: Responses,
    pub(crate) happened: i64,
}

impl World {
    pub(crate) async fn new(system: &TestSystem, seed: u64) -> Self {
        let mut world = Self {
            system: system.clone(),
            chance: Chance::new(seed),
            people: vec![],
            ties: BTreeMap::new(),
            pictures: vec![],
            posts: vec![],
            deleted_posts: vec![],
            messages: vec![],
            reads: BTreeMap::new(),
            responses: Responses::default(),
            happened: 0,
        };
        for _ in 0..3 {
            world.sign_up().await;
        }
        world
    }

    /// Something happens.
    pub(crate) async fn step(&mut self) -> Position {
        match self.chance.below(140) {
            0..3 => self.sign_up().await,
            3..8 => self.update_profile().await,
            8..25 => self.turn_tie().await,
            25..45 => self.publish().await,
            45..55 => self.edit_post().await,
            55..60 => self.delete_post().await,
            60..85 => self.send().await,
            85..90 => self.edit_message().await,
            90..93 => self.delete_message().await,
            93..108 => self.react().await,
            108..123 => self.comment().await,
            123..127 => self.upload().await,
            127..130 => self.sign_in().await,
            130..133 => self.look().await,
            _ => self.read().await,
        }
    }

    /// So many things happen.
    pub(crate) async fn steps(&mut self, count: usize) {
        for _ in 0..count {
            self.step().await;
        }
    }

    pub(crate) async fn sign_up(&mut self) -> Position {
        let account = AccountId::from(random_id());
        let keyring = self.system.store.keyring();
        // Whatever is down comes back.
        while let Err(error) = keyring.create(account).await {
            again(&error).await;
        }
        let n = self.people.len();
        self.people.push(account);
        let signed_up = account::Event::SignedUp(account::SignedUp {
            account,
            personal: Personal::Known(account::Registration {
                username: format!("person{n}"),
                email: format!("person{n}@example.org"),
                display_name: format!("Person {n}"),
                password_hash: "$argon2id$…".to_owned(),
            }),
        });
        self.append(Scope::account(account), signed_up.into()).await
    }

    async fn update_profile(&mut self) -> Position {
        let account = self.someone();
        let updated = account::Event::ProfileUpdated(account::ProfileUpdated {
            account,
            personal: Personal::Known(account::Profile {
                display_name: format!("Somebody {}", self.happened),
                bio: "Sails.".to_owned(),
                location: String::new(),
                website: String::new(),
            }),
        });
        self.append(Scope::account(account), updated.into()).await
    }

    /// Turns what two people are to each other into the next thing that it can become.
    async fn turn_tie(&mut self) -> Position {
        let (by, other) = self.two();
        let pair = Pair::of(by, other).expect("two people");
        let tie = self.ties.get(&pair).copied().unwrap_or(Tie::Nothing);
        let step = friendship::Step { by, other };
        let block = self.chance.below(6) == 0;
        let (event, tie) = match tie {
            Tie::BlockedBy(who) => {
                let unblocked = friendship::Blocking {
                    by: who,
                    other: pair.other(who).expect("one of the two"),
                    blocked_by: vec![],
                };
                (friendship::Event::Unblocked(unblocked), Tie::Nothing)
            }
            _ if block => {
                let blocked = friendship::Blocking {
                    by,
                    other,
                    blocked_by: vec![by],
                };
                (friendship::Event::Blocked(blocked), Tie::BlockedBy(by))
            }
            Tie::Nothing => (friendship::Event::Requested(step), Tie::AskedBy(by)),
            Tie::AskedBy(asker) if asker == by => (friendship::Event::Cancelled(step), Tie::Nothing),
            Tie::AskedBy(_) if self.chance.below(5) == 0 => (friendship::Event::Declined(step), Tie::Nothing),
            Tie::AskedBy(_) => (friendship::Event::Accepted(step), Tie::Friends),
            Tie::Friends => (friendship::Event::Removed(step), Tie::Nothing),
        };
        self.ties.insert(pair, tie);
        self.append(Scope::friendship(pair), event.into()).await
    }

    pub(crate) async fn publish(&mut self) -> Position {
        let (author, post) = (self.someone(), PostId::from(random_id()));
        self.posts.push((post, author));
        let published = post::Event::Published(self.version(post, author));
        self.append(Scope::post(post), published.into()).await
    }

    async fn edit_post(&mut self) -> Position {
        // Sometimes one that is gone already: that must change nothing.
        let gone = self.chance.below(5) == 0;
        let among = if gone { &self.deleted_posts } else { &self.posts };
        if among.is_empty() {
            return self.publish().await;
        }
        let n = self.chance.below(among.len());
        let (post, author) = if gone {
            self.deleted_posts[n]
        } else {
            self.posts[n]
        };
        let edited = post::Event::Edited(self.version(post, author));
        self.append(Scope::post(post), edited.into()).await
    }

    async fn delete_post(&mut self) -> Position {
        if self.posts.is_empty() {
            return self.publish().await;
        }
        let n = self.chance.below(self.posts.len());
        let (post, author) = self.posts.swap_remove(n);
        self.deleted_posts.push((post, author));
        self.responses.forget(post);
        let deleted = post::Event::Deleted(post::Deleted { post, author });
        self.append(Scope::post(post), deleted.into()).await
    }

    /// A post, its author, and whether it is there: at times it is gone already.
    pub(crate) fn some_post(&mut self) -> Option<(PostId, AccountId, bool)> {
        let gone = !self.deleted_posts.is_empty() && self.chance.below(8) == 0;
        let among = if gone { &self.deleted_posts } else { &self.posts };
        let n = self.chance.below(among.len().max(1));
        among.get(n).map(|(post, author)| (*post, *author, !gone))
    }

    fn version(&mut self, post: PostId, author: AccountId) -> post::Version {
        let visibility = match self.chance.below(2) {
            0 => post::Visibility::Public,
            _ => post::Visibility::Friends,
        };
        post::Version {
            post,
            author,
            visibility,
            personal: Personal::Known(post::Content {
                blocks: self.blocks(author),
            }),
        }
    }

    /// A text, and all of the author's pictures.
    fn blocks(&self, author: AccountId) -> Vec<post::Block> {
        let text = post::Block::Text {
            text: format!("text {}", self.happened),
        };
        let own = self.pictures.iter().filter(|(_, owner)| *owner == author);
        let pictures = own.map(|(media, _)| post::Block::Image {
            media_id: *media,
            alt: String::new(),
        });
        pictures.chain([text]).collect()
    }

    /// Somebody logs in on another device.
    async fn sign_in(&mut self) -> Position {
        let (account, session) = (self.someone(), SessionId::from(random_id()));
        // The database forgets sessions once they have expired.
        let now = platform::clock::now();
        let started = session::Event::Started(session::Session {
            session,
            account,
            generation: 0,
            started_at: now,
            refreshed_at: now,
            expires_at: now + TimeDelta::days(30),
            personal: Personal::Known(session::Device {
                user_agent: "A browser".to_owned(),
                address_prefix: "192.0.2.0/24".to_owned(),
            }),
        });
        self.append(Scope::session(session), started.into()).await
    }

    /// Somebody looks at their notifications.
    async fn look(&mut self) -> Position {
        let account = self.someone();
        let end = loop {
            match self.system.store.last_position(Stream::Events).await {
                Ok(end) => break end,
                Err(error) => again(&error).await,
            }
        };
        let seen = inbox::Event::NotificationsSeen(inbox::NotificationsSeen {
            account,
            up_to: end.sequence,
        });
        self.append(Scope::inbox(account), seen.into()).await
    }

    /// Somebody uploads a picture, and at times wears it.
    async fn upload(&mut self) -> Position {
        let (owner, media) = (self.someone(), MediaId::from(random_id()));
        self.pictures.push((media, owner));
        let uploaded = media::Event::Uploaded(media::Uploaded {
            media,
            owner,
            format: media::Format::Jpeg,
            bytes: 1_000,
            width: 400,
            height: 300,
            personal: Personal::Known(media::Description {
                blurhash: "LEHV6nWB2yk8".to_owned(),
                alt: String::new(),
            }),
        });
        let position = self.append(Scope::media(media), uploaded.into()).await;
        if self.chance.below(2) == 0 {
            return position;
        }
        let worn = account::Event::AvatarChanged(account::PictureChanged {
            account: owner,
            media: Some(media),
        });
        self.append(Scope::account(owner), worn.into()).await
    }

    async fn send(&mut self) -> Position {
        // Sometimes an id is used again: the first message stands.
        let again = !self.messages.is_empty() && self.chance.below(8) == 0;
        let (from, to, client_id) = if again {
            let n = self.chance.below(self.messages.len());
            let message = &self.messages[n];
            (message.from, message.to, message.client_id)
        } else {
            let (from, to) = self.two();
            (from, to, random_id())
        };
        let sent = dm::Event::Sent(dm::Sent {
            from,
            to,
            client_id,
            personal: self.text(),
        });
        let pair = Pair::of(from, to).expect("two people");
        let position = self.append(Scope::dm(pair), sent.into()).await;
        if !again {
            self.messages.push(Message {
                from,
                to,
                client_id,
                sequence: position.sequence,
            });
        }
        position
    }

    async fn edit_message(&mut self) -> Position {
        let Some((from, to, client_id, sent)) = self.some_message() else {
            return self.send().await;
        };
        let edited = dm::Event::Edited(dm::Edited {
            from,
            to,
            client_id,
            sent,
            personal: self.text(),
        });
        let pair = Pair::of(from, to).expect("two people");
        self.append(Scope::dm(pair), edited.into()).await
    }

    async fn delete_message(&mut self) -> Position {
        let Some((from, to, client_id, sent)) = self.some_message() else {
            return self.send().await;
        };
        let deleted = dm::Event::Deleted(dm::Deleted {
            from,
            to,
            client_id,
            sent,
        });
        let pair = Pair::of(from, to).expect("two people");
        self.append(Scope::dm(pair), deleted.into()).await
    }

    async fn read(&mut self) -> Position {
        let Some((_, by, _, sent)) = self.some_message() else {
            return self.send().await;
        };
        let n = self.messages.iter().position(|message| message.sequence == sent);
        let other = self.messages[n.expect("it was just found")].from;
        let pair = Pair::of(by, other).expect("two people");
        let read_up_to = self.reads.entry(pair).or_default().with(pair, by, sent);
        self.reads.insert(pair, read_up_to);
        let read = dm::Event::Read(dm::Read {
            by,
            other,
            read_up_to,
        });
        self.append(Scope::dm(pair), read.into()).await
    }

    fn some_message(&mut self) -> Option<(AccountId, AccountId, Uuid, u64)> {
        let count = self.messages.len();
        let message = &self.messages[self.chance.below(count.max(1)).min(count.checked_sub(1)?)];
        Some((message.from, message.to, message.client_id, message.sequence))
    }

    fn text(&self) -> Personal<dm::Message> {
        Personal::Known(dm::Message {
            text: format!("text {}", self.happened),
            media: vec![],
        })
    }

    pub(crate) fn someone(&mut self) -> AccountId {
        let n = self.chance.below(self.people.len());
        self.people[n]
    }

    fn two(&mut self) -> (AccountId, AccountId) {
        let n = self.chance.below(self.people.len());
        let m = (n + 1 + self.chance.below(self.people.len() - 1)) % self.people.len();
        (self.people[n], self.people[m])
    }

    pub(crate) async fn append(&mut self, scope: Scope, event: Event) -> Position {
        self.happened += 1;
        let meta = Meta {
            at: at(self.happened),
            command_id: CommandId::from(random_id()),
            command_hash: None,
            actor: None,
            traceparent: None,
        };
        loop {
            let new = NewEvent {
                scope: scope.clone(),
                event: event.clone(),
                expect: Expect::Anything,
            };
            // Tried again it is the same event still, whatever became of the first try.
            match self.system.store.append(new, &meta).await {
                Ok(appended) => return appended.position,
                Err(error) => again(&error).await,
            }
        }
    }

    /// Compares what this world knows of itself with what was projected of it.
    pub(crate) async fn check(&self, database: &Database) {
        assert_eq!(count::<profiles::Profile>(database).await, self.people.len());
        assert_eq!(count::<posts::Post>(database).await, self.posts.len());
        // Everybody has their own posts and their friends'.
        let of = |person: AccountId| self.posts.iter().filter(|(_, author)| *author == person).count();
        let friends = self.ties.iter().filter(|(_, tie)| **tie == Tie::Friends);
        let shared: usize = friends.map(|(pair, _)| of(pair.lo()) + of(pair.hi())).sum();
        assert_eq!(count::<feed::Entry>(database).await, self.posts.len() + shared);
        assert_eq!(count::<chat::Message>(database).await, self.messages.len());
        let written = all::<posts::Author>(database).await;
        let befriended = all::<friends::Counts>(database).await;
        for person in &self.people {
            let id = read_model::uuid(*person);
            let authored = self.posts.iter().filter(|(_, author)| author == person).count();
            let author = written.iter().find(|author| author.account == id);
            assert_eq!(author.map_or(0, |author| author.post_count), number(authored));
            let ties = || self.ties.iter().filter(|(pair, _)| pair.contains(*person));
            let friends = ties().filter(|(_, tie)| **tie == Tie::Friends).count();
            let asked = |tie: &Tie| matches!(tie, Tie::AskedBy(asker) if asker != person);
            let requests = ties().filter(|(_, tie)| asked(tie)).count();
            let counts = befriended.iter().find(|counts| counts.account == id);
            let counted = counts.map_or((0, 0), |counts| (counts.friends, counts.incoming_requests));
            assert_eq!(counted, (number(friends), number(requests)));
        }
        self.check_responses(database).await;
    }
}

/// A pause before something is tried again that a server in trouble refused.
async fn again(error: &impl std::fmt::Display) {
    println!("trying again: {error}");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

pub(crate) fn number(count: usize) -> i64 {
    i64::try_from(count).expect("a small world")
}

async fn count<D: Document>(database: &Database) -> usize {
    let collection = database.collection::<bson::Document>(&name::<D>());
    let count = collection.count_documents(doc! {}).await.expect("mongod answers");
    usize::try_from(count).expect("a small world")
}

pub(crate) async fn all<D: Document>(database: &Database) -> Vec<D> {
    let collection = database.collection::<D>(&name::<D>());
    let found = collection.find(doc! {}).await.expect("mongod answers");
    found.try_collect().await.expect("mongod answers")
}

fn name<D: Document>() -> String {
    let writer = writer_of(D::COLLECTION).expect("every document has a projection");
    versioned(D::COLLECTION, writer.version)
}
