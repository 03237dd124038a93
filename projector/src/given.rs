//! Given these events, when a projection applies them, then there are these documents: without servers.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use bson::{Bson, Document, RawDocumentBuf};
use events::{
    AccountId, CommandId, CommentId, Event, Meta, Personal, Position, PostId, Recorded, Scope, SessionId,
    Stream, Subject, account, comment, dm, friendship, inbox, media, person, post, reaction, session,
};
use testkit::{TestSystem, at};
use uuid::Uuid;

use crate::{
    Announcement, Key, Loaded, Projection, Shard, Sweep,
    engine::batch::{self, Applied, WriteLimits},
    loaded::Change,
};

/// A projection and what it has made of some events.
pub(crate) struct Given {
    projection: Arc<dyn Projection>,
    shards: u32,
    documents: HashMap<Key, RawDocumentBuf>,
    announcements: Vec<Announcement>,
}

impl Given {
    /// A projection of one shard.
    pub(crate) fn new(projection: impl Projection) -> Self {
        Self::sharded(projection, 1)
    }

    /// A projection of several shards, which share nothing but the place of their documents.
    pub(crate) fn sharded(projection: impl Projection, shards: u32) -> Self {
        Self {
            projection: Arc::new(projection),
            shards,
            documents: HashMap::new(),
            announcements: Vec::new(),
        }
    }

    /// Applies events at the positions 1, 2, 3 …, each in a batch of its own; and once more all in one
    /// batch, which must come to the same.
    pub(crate) fn events(self, events: impl IntoIterator<Item = Event>) -> Self {
        let recorded: Vec<_> = (1..).zip(events).map(|(n, event)| recorded(n, event)).collect();
        self.recorded(&recorded)
    }

    /// The same, each so many hours after midnight.
    pub(crate) fn hourly(self, events: impl IntoIterator<Item = (i64, Event)>) -> Self {
        let recorded = (1..).zip(events).map(|(n, (hour, event))| {
            let mut recorded = recorded(n, event);
            recorded.meta.at += chrono::TimeDelta::hours(hour);
            recorded
        });
        self.recorded(&recorded.collect::<Vec<_>>())
    }

    fn recorded(self, events: &[Recorded]) -> Self {
        let mut at_once = Self {
            projection: self.projection.clone(),
            shards: self.shards,
            documents: HashMap::new(),
            announcements: Vec::new(),
        };
        at_once.batch(events);
        let mut one_by_one = self;
        for event in events {
            one_by_one.batch(std::slice::from_ref(event));
        }
        assert_eq!(at_once.all(), one_by_one.all(), "batches make a difference");
        one_by_one
    }

    fn batch(&mut self, events: &[Recorded]) {
        for index in 0..self.shards {
            let shard = Shard {
                index,
                count: self.shards,
            };
            let mut rest = events;
            while !rest.is_empty() {
                let (sweeps, count) = batch::cut(&*self.projection, shard, rest);
                for sweep in &sweeps {
                    // Whoever takes over in the midst of an event sweeps again.
                    self.sweep(sweep);
                    self.sweep(sweep);
                }
                self.apply(shard, &rest[..count]);
                rest = &rest[count..];
            }
        }
    }

    fn apply(&mut self, shard: Shard, events: &[Recorded]) {
        let needs = batch::needs(&*self.projection, shard, events);
        let makes = batch::makes(&*self.projection, shard, events);
        assert!(
            makes.iter().all(|key| needs.contains(key)),
            "what is made is needed"
        );
        // Nothing is remembered, so that everything that is made is presumed absent.
        let mut loaded = Loaded::asked(needs.clone());
        let missing = loaded.presume(needs.iter().cloned().collect(), &makes);
        self.find(missing, &mut loaded);
        let applied = self.applied(shard, events, loaded);
        // What the engine would be told by an insert.
        let there = |(key, change): (&Key, Change<'_>)| {
            matches!(change, Change::Insert(_)) && self.documents.contains_key(key)
        };
        let proven = batch::is_proven(&*self.projection, shard, events, &applied.loaded);
        let mistaken = applied.loaded.written().any(there) || !proven;
        let applied = if mistaken {
            self.applied(shard, events, self.load(needs))
        } else {
            applied
        };
        let news = applied.news.into_iter();
        self.announcements.extend(news.map(|news| news.announcement));
        self.store(&applied.loaded);
    }

    fn applied(&self, shard: Shard, events: &[Recorded], loaded: Loaded) -> Applied {
        let unlimited = WriteLimits {
            documents: usize::MAX,
            bytes: usize::MAX,
        };
        let applied = batch::apply(&*self.projection, shard, events, loaded, unlimited);
        assert!(applied.refused.is_none(), "{:?}", applied.refused);
        applied
    }

    fn sweep(&mut self, sweep: &Sweep) {
        let mut found: Vec<(Document, RawDocumentBuf)> = self
            .documents
            .iter()
            .filter(|(key, _)| key.collection() == sweep.find.collection)
            .map(|(_, raw)| (bson::deserialize_from_slice(raw.as_bytes()).unwrap(), raw.clone()))
            .filter(|(document, _)| sweep.find.matches(document))
            .collect();
        if let Some(newest) = sweep.find.newest {
            found.sort_by_key(|(document, _)| std::cmp::Reverse(document.get_i64("position").unwrap()));
            found.truncate(newest as usize);
        } else {
            found.sort_by_key(|(document, _)| document.get("_id").map(ToString::to_string));
        }
        // Small pages, so that their borders show.
        for page in found.chunks(2) {
            let page: Vec<_> = page.iter().map(|(_, raw)| raw.clone()).collect();
            let mut loaded = self.load(sweep.needs(&page).unwrap());
            sweep.apply(&page, &mut loaded).unwrap();
            self.store(&loaded);
        }
    }

    fn load(&self, needs: impl IntoIterator<Item = Key>) -> Loaded {
        let needs: Vec<_> = needs.into_iter().collect();
        let mut loaded = Loaded::asked(needs.clone());
        self.find(needs, &mut loaded);
        loaded
    }

    fn find(&self, keys: Vec<Key>, loaded: &mut Loaded) {
        for key in keys {
            if let Some(document) = self.documents.get(&key) {
                loaded.found(key, document.clone());
            }
        }
    }

    fn store(&mut self, loaded: &Loaded) {
        for (key, change) in loaded.written() {
            match change {
                Change::Insert(document) => {
                    let before = self.documents.insert(key.clone(), document.clone());
                    assert_eq!(before, None, "inserted twice");
                }
                Change::Put(document) => {
                    self.documents.insert(key.clone(), document.clone());
                }
                Change::Delete => {
                    self.documents.remove(key);
                }
            }
        }
    }

    /// All that was announced, in order.
    pub(crate) fn announcements(&self) -> &[Announcement] {
        &self.announcements
    }

    /// The document with this id.
    pub(crate) fn document<D: read_model::Document>(&self, id: D::Id) -> Option<D> {
        let raw = self.documents.get(&Key::of::<D>(id))?;
        Some(bson::deserialize_from_slice(raw.as_bytes()).unwrap())
    }

    /// All documents of a type.
    pub(crate) fn documents_of<D: read_model::Document>(&self) -> Vec<D> {
        let of_type = |(key, raw): (&Key, &RawDocumentBuf)| {
            (key.collection() == D::COLLECTION).then(|| bson::deserialize_from_slice(raw.as_bytes()).unwrap())
        };
        self.documents.iter().filter_map(of_type).collect()
    }

    /// All documents, in a fixed order.
    pub(crate) fn all(&self) -> Vec<(String, Bson)> {
        let printed = |(key, raw): (&Key, &RawDocumentBuf)| {
            let document: Document = bson::deserialize_from_slice(raw.as_bytes()).unwrap();
            let id = document.get("_id").cloned().unwrap_or_default();
            (format!("{} {id}", key.collection()), Bson::Document(document))
        };
        let sorted: BTreeMap<_, _> = self.documents.iter().map(printed).collect();
        sorted.into_iter().collect()
    }
}

/// An event as it stands in its stream.
pub(crate) fn recorded(sequence: u64, event: Event) -> Recorded {
    let scope = scope(&event);
    Recorded {
        position: Position::new(scope.stream(), sequence),
        subject: Subject::parse(&scope.subject(event.event_type())).unwrap(),
        meta: Meta {
            at: at(i64::try_from(sequence).unwrap()),
            command_id: CommandId::from(Uuid::from_u128(sequence.into())),
            command_hash: None,
            actor: None,
            traceparent: None,
        },
        event,
    }
}

fn scope(event: &Event) -> Scope {
    match event {
        Event::Account(event) => Scope::account(match event {
            account::Event::SignedUp(event) => event.account,
            account::Event::ProfileUpdated(event) => event.account,
            account::Event::AvatarChanged(event) | account::Event::CoverChanged(event) => event.account,
            account::Event::ErasureRequested(event) => event.account,
            account::Event::Erased(event) => event.account,
            account::Event::EmailChanged(event) => event.account,
            account::Event::LoggedOutEverywhere(event) => event.account,
            account::Event::PasswordChanged(event) => event.account,
        }),
        Event::Friendship(event) => Scope::friendship(event.pair().unwrap()),
        Event::Post(post::Event::Published(version) | post::Event::Edited(version)) => {
            Scope::post(version.post)
        }
        Event::Post(post::Event::Deleted(deleted)) => Scope::post(deleted.post),
        Event::Reaction(reaction::Event::Liked(reaction) | reaction::Event::Unliked(reaction)) => {
            Scope::reaction(reaction.post)
        }
        Event::Comment(comment::Event::Added(version) | comment::Event::Edited(version)) => {
            Scope::comment(version.post, version.comment)
        }
        Event::Comment(comment::Event::Deleted(deleted)) => Scope::comment(deleted.post, deleted.comment),
        Event::Media(media::Event::Uploaded(event)) => Scope::media(event.media),
        Event::Dm(event) => Scope::dm(event.pair().unwrap()),
        Event::Inbox(inbox::Event::NotificationsSeen(seen)) => Scope::inbox(seen.account),
        Event::Session(event) => Scope::session(match event {
            session::Event::Started(session) | session::Event::Refreshed(session) => session.session,
            session::Event::Revoked(revoked) => revoked.session,
        }),
        Event::Person(person::Event::Erased(erased)) => Scope::person(Stream::Chat, erased.account),
        event => panic!("no projection looks at {event:?}"),
    }
}

/// The event as it is read after its owner's key is gone.
pub(crate) fn unreadable(event: Event) -> Event {
    match event {
        Event::Account(account::Event::SignedUp(mut event)) => {
            event.personal = Personal::Erased;
            Event::Account(account::Event::SignedUp(event))
        }
        Event::Account(account::Event::ProfileUpdated(mut event)) => {
            event.personal = Personal::Erased;
            Event::Account(account::Event::ProfileUpdated(event))
        }
        Event::Account(account::Event::EmailChanged(mut event)) => {
            event.personal = Personal::Erased;
            Event::Account(account::Event::EmailChanged(event))
        }
        Event::Session(session::Event::Started(mut event)) => {
            event.personal = Personal::Erased;
            Event::Session(session::Event::Started(event))
        }
        Event::Post(post::Event::Published(mut event)) => {
            event.personal = Personal::Erased;
            Event::Post(post::Event::Published(event))
        }
        Event::Post(post::Event::Edited(mut event)) => {
            event.personal = Personal::Erased;
            Event::Post(post::Event::Edited(event))
        }
        Event::Comment(comment::Event::Added(mut event)) => {
            event.personal = Personal::Erased;
            Event::Comment(comment::Event::Added(event))
        }
        Event::Comment(comment::Event::Edited(mut event)) => {
            event.personal = Personal::Erased;
            Event::Comment(comment::Event::Edited(event))
        }
        Event::Media(media::Event::Uploaded(mut event)) => {
            event.personal = Personal::Erased;
            Event::Media(media::Event::Uploaded(event))
        }
        Event::Dm(dm::Event::Sent(mut event)) => {
            event.personal = Personal::Erased;
            Event::Dm(dm::Event::Sent(event))
        }
        Event::Dm(dm::Event::Edited(mut event)) => {
            event.personal = Personal::Erased;
            Event::Dm(dm::Event::Edited(event))
        }
        event => event,
    }
}

/// Person `n`.
pub(crate) fn someone(n: u128) -> AccountId {
    AccountId::from(Uuid::from_u128(n))
}

/// The id of person or post `n` in the database.
pub(crate) fn account(n: u128) -> bson::Uuid {
    read_model::uuid(Uuid::from_u128(n))
}

pub(crate) fn signed_up(n: u128, username: &str) -> Event {
    Event::Account(account::Event::SignedUp(account::SignedUp {
        account: someone(n),
        personal: Personal::Known(account::Registration {
            username: username.to_owned(),
            email: format!("{username}@example.org"),
            display_name: username.to_owned(),
            password_hash: "$argon2id$…".to_owned(),
        }),
    }))
}

pub(crate) fn erasure_requested(n: u128) -> Event {
    let names = TestSystem::names();
    Event::Account(account::Event::ErasureRequested(account::ErasureRequested {
        account: someone(n),
        sessions_not_before: at(0),
        username: names.username("x"),
        email: names.email("x@example.org"),
    }))
}

pub(crate) fn uploaded(media: u128, owner: u128) -> Event {
    Event::Media(media::Event::Uploaded(media::Uploaded {
        media: Uuid::from_u128(media).into(),
        owner: someone(owner),
        format: media::Format::Jpeg,
        bytes: 1_000,
        width: 400,
        height: 300,
        personal: Personal::Known(media::Description {
            blurhash: "LEHV6nWB2yk8".to_owned(),
            alt: "a boat".to_owned(),
        }),
    }))
}

/// A post that shows pictures, published or edited.
pub(crate) fn shown(post: u128, author: u128, media: &[u128]) -> Event {
    let picture = |media: &u128| post::Block::Image {
        media_id: Uuid::from_u128(*media).into(),
        alt: "a boat".to_owned(),
    };
    Event::Post(post::Event::Published(post::Version {
        personal: Personal::Known(post::Content {
            blocks: media.iter().map(picture).collect(),
        }),
        ..version(post, author, "")
    }))
}

pub(crate) fn avatar(n: u128, media: Option<u128>) -> Event {
    Event::Account(account::Event::AvatarChanged(account::PictureChanged {
        account: someone(n),
        media: media.map(|media| Uuid::from_u128(media).into()),
    }))
}

pub(crate) fn erased(n: u128) -> Event {
    Event::Account(account::Event::Erased(account::Erased { account: someone(n) }))
}

/// What the streams of messages and of sessions are told of it.
pub(crate) fn person_erased(n: u128) -> Event {
    Event::Person(person::Event::Erased(person::Erased { account: someone(n) }))
}

pub(crate) fn email_changed(n: u128, email: &str) -> Event {
    Event::Account(account::Event::EmailChanged(account::EmailChanged {
        account: someone(n),
        personal: Personal::Known(account::Email {
            email: email.to_owned(),
        }),
    }))
}

pub(crate) fn logged_out_everywhere(n: u128, not_before: i64, kept: Option<u128>) -> Event {
    Event::Account(account::Event::LoggedOutEverywhere(
        account::LoggedOutEverywhere {
            account: someone(n),
            sessions_not_before: at(not_before),
            kept_session: kept.map(session_id),
        },
    ))
}

pub(crate) fn session_started(n: u128, account: u128) -> Event {
    Event::Session(session::Event::Started(session(n, account, 0)))
}

/// The session, last used at a moment.
pub(crate) fn session_refreshed(n: u128, account: u128, moment: i64) -> Event {
    Event::Session(session::Event::Refreshed(session(n, account, moment)))
}

pub(crate) fn session_revoked(n: u128, account: u128) -> Event {
    Event::Session(session::Event::Revoked(session::Revoked {
        session: session_id(n),
        account: someone(account),
        reason: session::RevocationReason::LoggedOut,
    }))
}

fn session(n: u128, account: u128, used: i64) -> session::Session {
    session::Session {
        session: session_id(n),
        account: someone(account),
        generation: 0,
        started_at: at(0),
        refreshed_at: at(used),
        expires_at: at(1_000_000),
        personal: Personal::Known(session::Device {
            user_agent: "Mozilla/5.0".to_owned(),
            address_prefix: "192.0.2".to_owned(),
        }),
    }
}

fn session_id(n: u128) -> SessionId {
    SessionId::from(Uuid::from_u128(n))
}

/// Person `n` has seen all notifications up to a position.
pub(crate) fn seen(n: u128, up_to: u64) -> Event {
    Event::Inbox(inbox::Event::NotificationsSeen(inbox::NotificationsSeen {
        account: someone(n),
        up_to,
    }))
}

pub(crate) fn friendship(what: &str, by: u128, other: u128) -> Event {
    let step = friendship::Step {
        by: someone(by),
        other: someone(other),
    };
    Event::Friendship(match what {
        "requested" => friendship::Event::Requested(step),
        "accepted" => friendship::Event::Accepted(step),
        "declined" => friendship::Event::Declined(step),
        "cancelled" => friendship::Event::Cancelled(step),
        "removed" => friendship::Event::Removed(step),
        what => panic!("nobody {what} anybody"),
    })
}

pub(crate) fn blocked(by: u128, other: u128, blocked_by: &[u128]) -> Event {
    Event::Friendship(friendship::Event::Blocked(blocking(by, other, blocked_by)))
}

pub(crate) fn unblocked(by: u128, other: u128, blocked_by: &[u128]) -> Event {
    Event::Friendship(friendship::Event::Unblocked(blocking(by, other, blocked_by)))
}

fn blocking(by: u128, other: u128, blocked_by: &[u128]) -> friendship::Blocking {
    friendship::Blocking {
        by: someone(by),
        other: someone(other),
        blocked_by: blocked_by.iter().copied().map(someone).collect(),
    }
}

pub(crate) fn published(post: u128, author: u128, text: &str) -> Event {
    Event::Post(post::Event::Published(version(post, author, text)))
}

pub(crate) fn edited(post: u128, author: u128, text: &str) -> Event {
    Event::Post(post::Event::Edited(version(post, author, text)))
}

pub(crate) fn deleted(post: u128, author: u128) -> Event {
    Event::Post(post::Event::Deleted(post::Deleted {
        post: PostId::from(Uuid::from_u128(post)),
        author: someone(author),
    }))
}

fn version(post: u128, author: u128, text: &str) -> post::Version {
    post::Version {
        post: PostId::from(Uuid::from_u128(post)),
        author: someone(author),
        visibility: post::Visibility::Public,
        personal: Personal::Known(post::Content {
            blocks: vec![post::Block::Text {
                text: text.to_owned(),
            }],
        }),
    }
}

pub(crate) fn liked(post: u128, post_author: u128, by: u128) -> Event {
    Event::Reaction(reaction::Event::Liked(reaction(post, post_author, by)))
}

pub(crate) fn unliked(post: u128, post_author: u128, by: u128) -> Event {
    Event::Reaction(reaction::Event::Unliked(reaction(post, post_author, by)))
}

fn reaction(post: u128, post_author: u128, by: u128) -> reaction::Reaction {
    reaction::Reaction {
        post: PostId::from(Uuid::from_u128(post)),
        post_author: someone(post_author),
        by: someone(by),
    }
}

/// A comment `n` under a post, which is told with its author.
pub(crate) fn comment_added(n: u128, post: (u128, u128), author: u128, text: &str) -> Event {
    Event::Comment(comment::Event::Added(comment_version(n, post, author, text)))
}

pub(crate) fn comment_edited(n: u128, post: (u128, u128), author: u128, text: &str) -> Event {
    Event::Comment(comment::Event::Edited(comment_version(n, post, author, text)))
}

pub(crate) fn comment_deleted(n: u128, (post, post_author): (u128, u128), author: u128, by: u128) -> Event {
    Event::Comment(comment::Event::Deleted(comment::Deleted {
        comment: CommentId::from(Uuid::from_u128(n)),
        post: PostId::from(Uuid::from_u128(post)),
        post_author: someone(post_author),
        author: someone(author),
        by: someone(by),
    }))
}

fn comment_version(n: u128, (post, post_author): (u128, u128), author: u128, text: &str) -> comment::Version {
    comment::Version {
        comment: CommentId::from(Uuid::from_u128(n)),
        post: PostId::from(Uuid::from_u128(post)),
        post_author: someone(post_author),
        author: someone(author),
        personal: Personal::Known(comment::Text {
            text: text.to_owned(),
        }),
    }
}

pub(crate) fn message_sent(from: u128, to: u128, client_id: u128, text: &str) -> Event {
    Event::Dm(dm::Event::Sent(dm::Sent {
        from: someone(from),
        to: someone(to),
        client_id: Uuid::from_u128(client_id),
        personal: message(text),
    }))
}

pub(crate) fn message_edited(from: u128, to: u128, client_id: u128, sent: u64, text: &str) -> Event {
    Event::Dm(dm::Event::Edited(dm::Edited {
        from: someone(from),
        to: someone(to),
        client_id: Uuid::from_u128(client_id),
        sent,
        personal: message(text),
    }))
}

pub(crate) fn message_deleted(from: u128, to: u128, client_id: u128, sent: u64) -> Event {
    Event::Dm(dm::Event::Deleted(dm::Deleted {
        from: someone(from),
        to: someone(to),
        client_id: Uuid::from_u128(client_id),
        sent,
    }))
}

pub(crate) fn read(by: u128, other: u128, (lo, hi): (u64, u64)) -> Event {
    Event::Dm(dm::Event::Read(dm::Read {
        by: someone(by),
        other: someone(other),
        read_up_to: dm::ReadUpTo { lo, hi },
    }))
}

fn message(text: &str) -> Personal<dm::Message> {
    Personal::Known(dm::Message {
        text: text.to_owned(),
        media: vec![],
    })
}
