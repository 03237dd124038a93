//! Things that happen, as events; the projector makes documents of them.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use events::{
    AccountId, CommandId, CommentId, Event, Expect, MediaId, Meta, NewEvent, Pair, Personal, Position,
    PostId, Scope, SessionId, Stream, account, comment, dm, friendship, inbox, media, person, post, reaction,
    session,
};
use mongodb::options::ClientOptions;
use platform::clock;
use testkit::{Service, TestSystem, random_id};
use uuid::Uuid;

use crate::{api::Api, documents::Commands};

/// A whole system but for the commands: a projector, a query-api, and a pen to write events with.
pub(crate) struct World {
    pub(crate) api: Api,
    pub(crate) projector: Service,
    pub(crate) system: TestSystem,
    began: DateTime<Utc>,
    happened: AtomicU32,
}

/// A message that was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) from: AccountId,
    pub(crate) to: AccountId,
    pub(crate) client_id: Uuid,
    pub(crate) position: Position,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with further arguments for query-api.
    pub(crate) async fn start_with(arguments: &[&str]) -> Self {
        Self::start_so(arguments, |_| {}).await
    }

    /// The same with an eye on what is asked of MongoDB.
    pub(crate) async fn watched(commands: &Commands) -> Self {
        let handler = commands.handler();
        Self::start_so(&[], |options| options.command_event_handler = Some(handler)).await
    }

    async fn start_so(arguments: &[&str], look: impl FnOnce(&mut ClientOptions)) -> Self {
        let system = TestSystem::start().await;
        let environment = system.environment();
        let (projector, api) = tokio::join!(Service::start("projector", &["run"], &environment), async {
            Api::start_with(&system, arguments, look).await.ready().await
        });
        Self {
            api,
            projector,
            system,
            began: clock::now() - TimeDelta::hours(1),
            happened: AtomicU32::new(0),
        }
    }

    /// People by name, all at once. Ids are made of names, so that snapshots stay the same.
    pub(crate) async fn people<const N: usize>(&self, names: [&str; N]) -> [AccountId; N] {
        for name in names {
            self.sign_up(name).await;
        }
        names.map(account)
    }

    pub(crate) async fn sign_up(&self, name: &str) -> Position {
        self.sign_up_as(account(name), name).await
    }

    /// The same of an account of its own, where another had the name before.
    pub(crate) async fn sign_up_as(&self, account: AccountId, name: &str) -> Position {
        let keyring = self.system.store.keyring();
        keyring.create(account).await.expect("a key can be made");
        let mut display_name = name.to_owned();
        display_name[..1].make_ascii_uppercase();
        let signed_up = account::Event::SignedUp(account::SignedUp {
            account,
            personal: Personal::Known(account::Registration {
                username: name.to_owned(),
                email: format!("{name}@example.org"),
                display_name,
                password_hash: "$argon2id$…".to_owned(),
            }),
        });
        self.append(Scope::account(account), signed_up).await
    }

    pub(crate) async fn rename(&self, account: AccountId, display_name: &str) -> Position {
        let updated = account::Event::ProfileUpdated(account::ProfileUpdated {
            account,
            personal: Personal::Known(account::Profile {
                display_name: display_name.to_owned(),
                bio: String::new(),
                location: String::new(),
                website: String::new(),
            }),
        });
        self.append(Scope::account(account), updated).await
    }

    pub(crate) async fn request(&self, by: AccountId, other: AccountId) -> Position {
        let step = friendship::Step { by, other };
        self.between(by, other, friendship::Event::Requested(step)).await
    }

    pub(crate) async fn befriend(&self, one: AccountId, other: AccountId) -> Position {
        self.request(other, one).await;
        let step = friendship::Step { by: one, other };
        self.between(one, other, friendship::Event::Accepted(step)).await
    }

    pub(crate) async fn block(&self, by: AccountId, other: AccountId) -> Position {
        let blocking = friendship::Blocking {
            by,
            other,
            blocked_by: vec![by],
        };
        self.between(by, other, friendship::Event::Blocked(blocking))
            .await
    }

    async fn between(&self, one: AccountId, other: AccountId, event: friendship::Event) -> Position {
        let pair = Pair::of(one, other).expect("two people");
        self.append(Scope::friendship(pair), event).await
    }

    /// `account` has seen all notifications up to a position.
    pub(crate) async fn see(&self, account: AccountId, up_to: Position) -> Position {
        let seen = inbox::Event::NotificationsSeen(inbox::NotificationsSeen {
            account,
            up_to: up_to.sequence,
        });
        self.append(Scope::inbox(account), seen).await
    }

    /// `account` signs in on a device, a moment after what was before.
    pub(crate) async fn sign_in(&self, account: AccountId, session: SessionId, device: &str) -> Position {
        let now = self.next_moment();
        let started = session::Event::Started(session::Session {
            session,
            account,
            generation: 0,
            started_at: now,
            refreshed_at: now,
            expires_at: now + TimeDelta::days(30),
            personal: Personal::Known(session::Device {
                user_agent: device.to_owned(),
                address_prefix: "192.0.2".to_owned(),
            }),
        });
        self.append(Scope::session(session), started).await
    }

    pub(crate) async fn sign_out(&self, account: AccountId, session: SessionId) -> Position {
        let revoked = session::Event::Revoked(session::Revoked {
            session,
            account,
            reason: session::RevocationReason::LoggedOut,
        });
        self.append(Scope::session(session), revoked).await
    }

    pub(crate) async fn sign_out_everywhere(&self, account: AccountId, kept: Option<SessionId>) -> Position {
        let everywhere = account::Event::LoggedOutEverywhere(account::LoggedOutEverywhere {
            account,
            sessions_not_before: self.next_moment(),
            kept_session: kept,
        });
        self.append(Scope::account(account), everywhere).await
    }

    pub(crate) async fn erase(&self, account: AccountId) -> Position {
        let names = TestSystem::names();
        let requested = account::Event::ErasureRequested(account::ErasureRequested {
            account,
            sessions_not_before: DateTime::UNIX_EPOCH,
            username: names.username("gone"),
            email: names.email("gone@example.org"),
        });
        self.append(Scope::account(account), requested).await
    }

    /// The same to the end: what read models hold of the person goes.
    pub(crate) async fn forget(&self, account: AccountId) -> Position {
        self.erase(account).await;
        let erased = account::Event::Erased(account::Erased { account });
        self.append(Scope::account(account), erased).await
    }

    /// What chats hold of a person goes.
    pub(crate) async fn silence(&self, account: AccountId) -> Position {
        let erased = person::Event::Erased(person::Erased { account });
        self.append(Scope::person(Stream::Chat, account), erased).await
    }

    pub(crate) async fn publish(
        &self,
        author: AccountId,
        visibility: post::Visibility,
        text: &str,
    ) -> Position {
        let post = post_id(text);
        let published = post::Event::Published(version(post, author, visibility, text));
        self.append(Scope::post(post), published).await
    }

    /// A picture of 400 by 300 pixels.
    pub(crate) async fn upload(&self, media: MediaId, owner: AccountId) -> Position {
        let uploaded = media::Event::Uploaded(media::Uploaded {
            media,
            owner,
            format: media::Format::Gif,
            bytes: 1_000,
            width: 400,
            height: 300,
            personal: Personal::Known(media::Description {
                blurhash: "LEHV6nWB2yk8".to_owned(),
                alt: "a boat".to_owned(),
            }),
        });
        self.append(Scope::media(media), uploaded).await
    }

    /// A post of one picture.
    pub(crate) async fn show(
        &self,
        author: AccountId,
        visibility: post::Visibility,
        media: MediaId,
    ) -> Position {
        let post = post_id(&media.to_string());
        let published = post::Event::Published(post::Version {
            post,
            author,
            visibility,
            personal: Personal::Known(post::Content {
                blocks: vec![post::Block::Image {
                    media_id: media,
                    alt: "a boat".to_owned(),
                }],
            }),
        });
        self.append(Scope::post(post), published).await
    }

    /// The person's picture is another one.
    pub(crate) async fn wear(&self, account: AccountId, media: MediaId) -> Position {
        let changed = account::Event::AvatarChanged(account::PictureChanged {
            account,
            media: Some(media),
        });
        self.append(Scope::account(account), changed).await
    }

    /// A message that is a picture.
    pub(crate) async fn send_picture(&self, from: AccountId, to: AccountId, media: MediaId) -> Position {
        let sent = dm::Event::Sent(dm::Sent {
            from,
            to,
            client_id: id("message", &media.to_string()),
            personal: Personal::Known(dm::Message {
                text: String::new(),
                media: vec![media],
            }),
        });
        self.append(dm_scope(from, to), sent).await
    }

    /// The post keeps the id that its first text gave it.
    pub(crate) async fn edit(
        &self,
        author: AccountId,
        first_text: &str,
        visibility: post::Visibility,
        text: &str,
    ) -> Position {
        let post = post_id(first_text);
        let edited = post::Event::Edited(version(post, author, visibility, text));
        self.append(Scope::post(post), edited).await
    }

    pub(crate) async fn delete(&self, author: AccountId, text: &str) -> Position {
        let post = post_id(text);
        let deleted = post::Event::Deleted(post::Deleted { post, author });
        self.append(Scope::post(post), deleted).await
    }

    /// `by` likes a post of `author`, which is told by its text.
    pub(crate) async fn like(&self, by: AccountId, author: AccountId, text: &str) -> Position {
        let liked = reaction::Event::Liked(reaction_to(by, author, text));
        self.append(Scope::reaction(post_id(text)), liked).await
    }

    pub(crate) async fn unlike(&self, by: AccountId, author: AccountId, text: &str) -> Position {
        let unliked = reaction::Event::Unliked(reaction_to(by, author, text));
        self.append(Scope::reaction(post_id(text)), unliked).await
    }

    /// `by` says `what` under a post of `author`, which is told by its text.
    pub(crate) async fn comment(
        &self,
        by: AccountId,
        (author, text): (AccountId, &str),
        what: &str,
    ) -> Position {
        let added = comment::Event::Added(said(by, (author, text), what, what));
        self.append(Scope::comment(post_id(text), comment_id(what)), added)
            .await
    }

    /// The comment keeps the id that its first words gave it.
    pub(crate) async fn edit_comment(
        &self,
        by: AccountId,
        (author, text): (AccountId, &str),
        first: &str,
        what: &str,
    ) -> Position {
        let edited = comment::Event::Edited(said(by, (author, text), first, what));
        self.append(Scope::comment(post_id(text), comment_id(first)), edited)
            .await
    }

    /// Its author deletes the comment.
    pub(crate) async fn delete_comment(
        &self,
        by: AccountId,
        (author, text): (AccountId, &str),
        first: &str,
    ) -> Position {
        let deleted = comment::Event::Deleted(comment::Deleted {
            comment: comment_id(first),
            post: post_id(text),
            post_author: author,
            author: by,
            by,
        });
        self.append(Scope::comment(post_id(text), comment_id(first)), deleted)
            .await
    }

    pub(crate) async fn send(&self, from: AccountId, to: AccountId, text: &str) -> Sent {
        self.send_at(from, to, text, self.next_moment()).await
    }

    /// The same at another time than now.
    pub(crate) async fn send_at(
        &self,
        from: AccountId,
        to: AccountId,
        text: &str,
        at: DateTime<Utc>,
    ) -> Sent {
        let client_id = id("message", text);
        let sent = dm::Event::Sent(dm::Sent {
            from,
            to,
            client_id,
            personal: content(text),
        });
        Sent {
            from,
            to,
            client_id,
            position: self.append_at(dm_scope(from, to), sent, at).await,
        }
    }

    pub(crate) async fn edit_message(&self, message: Sent, text: &str) -> Position {
        let edited = dm::Event::Edited(dm::Edited {
            from: message.from,
            to: message.to,
            client_id: message.client_id,
            sent: message.position.sequence,
            personal: content(text),
        });
        self.append(dm_scope(message.from, message.to), edited).await
    }

    pub(crate) async fn delete_message(&self, message: Sent) -> Position {
        self.delete_message_at(message, self.next_moment()).await
    }

    pub(crate) async fn delete_message_at(&self, message: Sent, at: DateTime<Utc>) -> Position {
        let deleted = dm::Event::Deleted(dm::Deleted {
            from: message.from,
            to: message.to,
            client_id: message.client_id,
            sent: message.position.sequence,
        });
        self.append_at(dm_scope(message.from, message.to), deleted, at)
            .await
    }

    /// The receiver reads up to the message; the sender had read up to `senders`.
    pub(crate) async fn read(&self, message: Sent, senders: Option<Position>) -> Position {
        self.read_at(message, senders, self.next_moment()).await
    }

    pub(crate) async fn read_at(
        &self,
        message: Sent,
        senders: Option<Position>,
        at: DateTime<Utc>,
    ) -> Position {
        let pair = Pair::of(message.from, message.to).expect("two people");
        let read_up_to = dm::ReadUpTo::default()
            .with(pair, message.to, message.position.sequence)
            .with(
                pair,
                message.from,
                senders.map_or(0, |position| position.sequence),
            );
        let read = dm::Event::Read(dm::Read {
            by: message.to,
            other: message.from,
            read_up_to,
        });
        self.append_at(dm_scope(message.from, message.to), read, at).await
    }

    async fn append(&self, scope: Scope, event: impl Into<Event>) -> Position {
        self.append_at(scope, event, self.next_moment()).await
    }

    fn next_moment(&self) -> DateTime<Utc> {
        let happened = self.happened.fetch_add(1, Ordering::Relaxed);
        self.began + TimeDelta::seconds(happened.into())
    }

    async fn append_at(&self, scope: Scope, event: impl Into<Event>, at: DateTime<Utc>) -> Position {
        let new = NewEvent {
            scope,
            event: event.into(),
            expect: Expect::Anything,
        };
        let meta = Meta {
            at,
            command_id: CommandId::from(random_id()),
            command_hash: None,
            actor: None,
            traceparent: None,
        };
        let appended = self.system.store.append(new, &meta).await;
        appended.expect("the event is stored").position
    }

    /// Stores what is no event as if it had happened to a post.
    pub(crate) async fn store_nonsense(&self, post: &str) -> Position {
        let store = &self.system.store;
        let subject = store
            .namespace()
            .absolute(&Scope::post(post_id(post)).subject("edited"));
        let jetstream = async_nats::jetstream::new(store.client().clone());
        let stored = jetstream.publish(subject, "no event".into()).await;
        let stored = stored.expect("nats answers").await.expect("it is stored");
        Position::new(Stream::Events, stored.sequence)
    }

    /// Has an operator's command done.
    pub(crate) async fn operate(&self, arguments: &[&str]) {
        let output = testkit::run("projector", arguments, &self.system.environment()).await;
        assert!(output.succeeded, "{output:?}");
    }

    /// Waits until all that has happened is projected.
    pub(crate) async fn settled(&self) {
        for (stream, path) in [
            (Stream::Events, "/v1/feed"),
            (Stream::Events, "/v1/notifications"),
            (Stream::Chat, "/v1/sync"),
            (Stream::Sessions, "/v1/auth/sessions"),
        ] {
            let last = self
                .system
                .store
                .last_position(stream)
                .await
                .expect("the stream is there");
            let nobody = AccountId::from(random_id());
            let answer = self.api.ask_as(nobody, path).after(last).wait(10).send().await;
            assert_eq!(answer.header("echo-consistency"), "applied");
        }
    }
}

pub(crate) fn account(name: &str) -> AccountId {
    AccountId::from(id("account", name))
}

pub(crate) fn post_id(text: &str) -> PostId {
    PostId::from(id("post", text))
}

pub(crate) fn comment_id(first: &str) -> CommentId {
    CommentId::from(id("comment", first))
}

fn id(kind: &str, name: &str) -> Uuid {
    platform::id::derived(Uuid::nil(), format!("{kind} {name}").as_bytes())
}

fn dm_scope(one: AccountId, other: AccountId) -> Scope {
    Scope::dm(Pair::of(one, other).expect("two people"))
}

fn content(text: &str) -> Personal<dm::Message> {
    Personal::Known(dm::Message {
        text: text.to_owned(),
        media: vec![],
    })
}

fn reaction_to(by: AccountId, author: AccountId, text: &str) -> reaction::Reaction {
    reaction::Reaction {
        post: post_id(text),
        post_author: author,
        by,
    }
}

fn said(by: AccountId, (author, text): (AccountId, &str), first: &str, what: &str) -> comment::Version {
    comment::Version {
        comment: comment_id(first),
        post: post_id(text),
        post_author: author,
        author: by,
        personal: Personal::Known(comment::Text {
            text: what.to_owned(),
        }),
    }
}

fn version(post: PostId, author: AccountId, visibility: post::Visibility, text: &str) -> post::Version {
    post::Version {
        post,
        author,
        visibility,
        personal: Personal::Known(post::Content {
            blocks: vec![post::Block::Text {
                text: text.to_owned(),
            }],
        }),
    }
}
