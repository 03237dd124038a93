//! Made-up events, about as people cause them.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use events::{
    AccountId, CommandId, CommentId, Event, EventStore, Expect, Meta, NewEvent, Pair, Personal, Position,
    PostId, Scope, SessionId, account, comment, dm, friendship, post, reaction, session,
};
use testkit::{TestSystem, random_id};
use tokio::task::JoinSet;

/// So many events for each person.
const EVENTS_PER_PERSON: usize = 250;
/// At least.
const FEWEST_PEOPLE: usize = 50;
/// Friends that each person asks for.
const FRIENDS: usize = 5;
/// How many appends are under way at once; what happens in one such lot knows nothing of the rest of it.
const IN_FLIGHT: usize = 250;
/// About what people write.
const TEXT: &str = "It rained all morning, so we stayed in and baked bread. The second loaf came out better than \
                    the first, which says more about the oven than about us; next time we start with the oven.";

/// An event that was appended: where, when it was sent, and when that was acknowledged.
#[derive(Clone, Copy)]
pub(crate) struct Appended {
    pub(crate) position: Position,
    pub(crate) acknowledged: Instant,
}

/// What has happened so far, and what happens next.
pub(crate) struct Happening {
    store: EventStore,
    chance: u64,
    people: Vec<AccountId>,
    posts: Vec<(PostId, AccountId)>,
    friends: Vec<(AccountId, AccountId)>,
}

impl Happening {
    pub(crate) fn new(system: &TestSystem) -> Self {
        Self {
            store: system.store.clone(),
            chance: 0x9e37_79b9_7f4a_7c15,
            people: vec![],
            posts: vec![],
            friends: vec![],
        }
    }

    /// So many events happen, as fast as they can be appended.
    pub(crate) async fn happen(&mut self, count: usize) {
        let people = (count / EVENTS_PER_PERSON).max(FEWEST_PEOPLE);
        let mut left = count;
        for lot in (0..people).collect::<Vec<_>>().chunks(IN_FLIGHT) {
            let mut events = Vec::new();
            for n in lot {
                events.push(self.sign_up(*n).await);
            }
            left = left.saturating_sub(events.len());
            self.append(events).await;
        }
        let ties = self.ties();
        for step in [friendship::Event::Requested, friendship::Event::Accepted] {
            let events: Vec<_> = ties
                .iter()
                .map(|(pair, by, other)| {
                    let (by, other) = (*by, *other);
                    (
                        Scope::friendship(*pair),
                        Event::from(step(friendship::Step { by, other })),
                    )
                })
                .collect();
            left = left.saturating_sub(events.len());
            for lot in events.chunks(IN_FLIGHT) {
                self.append(lot.to_vec()).await;
            }
        }
        while left > 0 {
            let lot = self.next(left.min(IN_FLIGHT));
            left -= lot.len();
            self.append(lot).await;
        }
    }

    /// Events happen at an even rate; gives when each was acknowledged.
    pub(crate) async fn happen_evenly(&mut self, rate: u32, seconds: u32) -> Vec<Appended> {
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / rate);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        let mut appends = JoinSet::new();
        for _ in 0..rate * seconds {
            ticks.tick().await;
            let (scope, event) = self.next(1).remove(0);
            appends.spawn(append(self.store.clone(), scope, event));
        }
        appends.join_all().await
    }

    fn ties(&mut self) -> Vec<(Pair, AccountId, AccountId)> {
        let mut known = HashSet::new();
        let mut ties = Vec::new();
        for by in self.people.clone() {
            for _ in 0..FRIENDS {
                let other = self.someone();
                let Some(pair) = Pair::of(by, other).filter(|pair| known.insert(*pair)) else {
                    continue;
                };
                self.friends.push((by, other));
                ties.push((pair, by, other));
            }
        }
        ties
    }

    async fn sign_up(&mut self, n: usize) -> (Scope, Event) {
        let account = AccountId::from(random_id());
        self.store.keyring().create(account).await.unwrap();
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
        (Scope::account(account), signed_up.into())
    }

    fn next(&mut self, count: usize) -> Vec<(Scope, Event)> {
        let mut new_posts = Vec::new();
        let events = (0..count).map(|_| self.one(&mut new_posts)).collect();
        self.posts.extend(new_posts);
        events
    }

    fn one(&mut self, new_posts: &mut Vec<(PostId, AccountId)>) -> (Scope, Event) {
        let what = if self.posts.is_empty() { 0 } else { self.below(100) };
        match what {
            0..20 => {
                let (author, post) = (self.someone(), PostId::from(random_id()));
                new_posts.push((post, author));
                let blocks = vec![post::Block::Text {
                    text: TEXT.to_owned(),
                }];
                let version = post::Version {
                    post,
                    author,
                    visibility: post::Visibility::Public,
                    personal: Personal::Known(post::Content { blocks }),
                };
                (Scope::post(post), post::Event::Published(version).into())
            }
            20..50 => {
                let ((post, post_author), by) = (self.some_post(), self.someone());
                let liked = reaction::Event::Liked(reaction::Reaction {
                    post,
                    post_author,
                    by,
                });
                (Scope::reaction(post), liked.into())
            }
            50..65 => {
                let ((post, post_author), author) = (self.some_post(), self.someone());
                let comment = CommentId::from(random_id());
                let added = comment::Event::Added(comment::Version {
                    comment,
                    post,
                    post_author,
                    author,
                    personal: Personal::Known(comment::Text {
                        text: TEXT.to_owned(),
                    }),
                });
                (Scope::comment(post, comment), added.into())
            }
            65..70 => {
                let account = self.someone();
                let updated = account::Event::ProfileUpdated(account::ProfileUpdated {
                    account,
                    personal: Personal::Known(account::Profile {
                        display_name: "Somebody Else".to_owned(),
                        bio: "Sails.".to_owned(),
                        location: String::new(),
                        website: String::new(),
                    }),
                });
                (Scope::account(account), updated.into())
            }
            70..73 => self.sign_in(),
            _ => self.send(),
        }
    }

    fn sign_in(&mut self) -> (Scope, Event) {
        let (account, session) = (self.someone(), SessionId::from(random_id()));
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
        (Scope::session(session), started.into())
    }

    fn send(&mut self) -> (Scope, Event) {
        let n = self.below(self.friends.len());
        let (from, to) = self.friends[n];
        let sent = dm::Event::Sent(dm::Sent {
            from,
            to,
            client_id: random_id(),
            personal: Personal::Known(dm::Message {
                text: TEXT.to_owned(),
                media: vec![],
            }),
        });
        (Scope::dm(Pair::of(from, to).unwrap()), sent.into())
    }

    async fn append(&self, events: Vec<(Scope, Event)>) {
        let mut appends = JoinSet::new();
        for (scope, event) in events {
            appends.spawn(append(self.store.clone(), scope, event));
        }
        appends.join_all().await;
    }

    fn someone(&mut self) -> AccountId {
        let n = self.below(self.people.len());
        self.people[n]
    }

    /// Mostly one of the newest, as it is with posts.
    fn some_post(&mut self) -> (PostId, AccountId) {
        let newest = self.posts.len().min(1_000);
        let n = self.posts.len() - 1 - self.below(newest);
        self.posts[n]
    }

    fn below(&mut self, bound: usize) -> usize {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 7;
        self.chance ^= self.chance << 17;
        usize::try_from(self.chance % bound as u64).unwrap()
    }
}

async fn append(store: EventStore, scope: Scope, event: Event) -> Appended {
    let meta = Meta {
        at: platform::clock::now(),
        command_id: CommandId::from(random_id()),
        command_hash: None,
        actor: None,
        traceparent: None,
    };
    let new = NewEvent {
        scope,
        event,
        expect: Expect::Anything,
    };
    let position = store.append(new, &meta).await.unwrap().position;
    Appended {
        position,
        acknowledged: Instant::now(),
    }
}
