//! A system with people in it, gateways, and command-api.

use chrono::Duration;
use events::account::{self, Registration};
use events::post::Visibility;
use events::{
    AccountId, CommandId, Event, Expect, MediaId, Meta, NewEvent, Pair, Personal, Position, PostId, Scope,
    SessionId, dm, friendship, media, post, reaction, session,
};
use platform::Clock;
use platform::config::Key;
use platform::token::{Audience, Signer};
use serde_json::Value;
use testkit::{NatsServer, Service, TestSystem};

/// One test's system.
pub(crate) struct World {
    pub(crate) system: TestSystem,
    signer: Signer,
}

/// Somebody with an account and a session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) account: AccountId,
    pub(crate) session: SessionId,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::of(TestSystem::start().await)
    }

    /// On a NATS of the test's own.
    pub(crate) async fn on(nats: &NatsServer) -> Self {
        let servers = testkit::servers().with_nats(&nats.url);
        Self::of(TestSystem::on(servers).await)
    }

    fn of(system: TestSystem) -> Self {
        let environment = system.environment();
        let (_, seed) = environment
            .iter()
            .find(|(name, _)| name == "ECHO_TOKEN_SIGNING_KEY")
            .unwrap();
        let audience = Audience {
            issuer: "echo".to_owned(),
            audience: "echo".to_owned(),
        };
        let signer = Signer::new(&seed.parse::<Key>().unwrap(), audience, Clock::system()).unwrap();
        Self { system, signer }
    }

    /// A gateway as a process.
    pub(crate) async fn gateway(&self) -> Service {
        self.gateway_with(&[]).await
    }

    /// A gateway with settings of the test's own.
    pub(crate) async fn gateway_with(&self, settings: &[(&str, &str)]) -> Service {
        let mut environment = self.system.environment();
        environment.extend(
            settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        Service::start("chat-gateway", &["serve"], &environment).await
    }

    /// Any of the real services, for people who all come from one address.
    pub(crate) async fn service(&self, binary: &str, verb: &str) -> Service {
        let mut environment = self.system.environment();
        environment.push(("ECHO_ADDRESS_RATE".to_owned(), "1000000".to_owned()));
        Service::start(binary, &[verb], &environment).await
    }

    /// The real command-api.
    pub(crate) async fn command_api(&self) -> Service {
        Service::start("command-api", &["serve"], &self.system.environment()).await
    }

    /// Somebody who has signed up and logged in.
    pub(crate) async fn person(&self) -> Person {
        let account = AccountId::from(platform::id::random());
        self.system.store.keyring().create(account).await.unwrap();
        let registration = Registration {
            username: format!("p{}", &account.uuid().simple().to_string()[..20]),
            email: format!("{account}@example.com"),
            display_name: "Somebody".to_owned(),
            password_hash: String::new(),
        };
        let signed_up = account::Event::SignedUp(account::SignedUp {
            account,
            personal: Personal::Known(registration),
        });
        self.append(account, Scope::account(account), signed_up).await;
        Person {
            account,
            session: SessionId::from(platform::id::random()),
        }
    }

    /// Two people who are friends.
    pub(crate) async fn friends(&self) -> (Person, Person) {
        let (one, other) = (self.person().await, self.person().await);
        self.befriend(one, other).await;
        (one, other)
    }

    pub(crate) async fn befriend(&self, one: Person, other: Person) {
        let step = friendship::Step {
            by: one.account,
            other: other.account,
        };
        self.append(
            one.account,
            scope_of(one, other),
            friendship::Event::Accepted(step),
        )
        .await;
    }

    pub(crate) async fn part(&self, one: Person, other: Person) {
        let step = friendship::Step {
            by: one.account,
            other: other.account,
        };
        self.append(
            one.account,
            scope_of(one, other),
            friendship::Event::Removed(step),
        )
        .await;
    }

    /// `one` blocks `other`.
    pub(crate) async fn block(&self, one: Person, other: Person) {
        let blocked = friendship::Event::Blocked(friendship::Blocking {
            by: one.account,
            other: other.account,
            blocked_by: vec![one.account],
        });
        self.append(one.account, scope_of(one, other), blocked).await;
    }

    /// A post of `author`'s.
    pub(crate) async fn post(&self, author: Person, visibility: Visibility) -> PostId {
        let post = PostId::from(platform::id::random());
        let version = version(post, author, visibility);
        self.append(author.account, Scope::post(post), post::Event::Published(version))
            .await;
        post
    }

    /// `by` likes a post of `author`'s.
    pub(crate) async fn like(&self, post: PostId, author: Person, by: Person) {
        let liked = reaction::Event::Liked(reaction::Reaction {
            post,
            post_author: author.account,
            by: by.account,
        });
        self.append(by.account, Scope::reaction(post), liked).await;
    }

    /// The same post for others, or fewer.
    pub(crate) async fn show(&self, post: PostId, author: Person, visibility: Visibility) {
        let version = version(post, author, visibility);
        self.append(author.account, Scope::post(post), post::Event::Edited(version))
            .await;
    }

    /// What the projector would announce.
    pub(crate) async fn announce(&self, subject: &str, payload: &Value) {
        let (store, namespace) = (&self.system.store, self.system.store.namespace());
        store
            .client()
            .publish(namespace.absolute(subject), payload.to_string().into())
            .await
            .unwrap();
        store.client().flush().await.unwrap();
    }

    /// The bucket that gateways share.
    pub(crate) async fn presence_bucket(&self) -> async_nats::jetstream::kv::Store {
        let store = &self.system.store;
        async_nats::jetstream::new(store.client().clone())
            .get_key_value(store.namespace().presence_bucket())
            .await
            .unwrap()
    }

    /// Forgets `person`, as far as a gateway hears of it.
    pub(crate) async fn erase(&self, person: Person) {
        let erased = account::Event::Erased(account::Erased {
            account: person.account,
        });
        self.append(person.account, Scope::account(person.account), erased)
            .await;
    }

    /// A message, stored without anybody's socket.
    pub(crate) async fn message(&self, from: Person, to: Person, text: &str) -> Position {
        let pair = Pair::of(from.account, to.account).unwrap();
        let sent = dm::Event::Sent(dm::Sent {
            from: from.account,
            to: to.account,
            client_id: platform::id::random(),
            personal: Personal::Known(dm::Message {
                text: text.to_owned(),
                media: Vec::new(),
            }),
        });
        self.append(from.account, Scope::dm(pair), sent).await
    }

    /// A picture of `owner`'s, as far as it is told of.
    pub(crate) async fn picture(&self, owner: Person) -> MediaId {
        let media = MediaId::from(platform::id::random());
        let uploaded = media::Event::Uploaded(media::Uploaded {
            media,
            owner: owner.account,
            format: media::Format::Png,
            bytes: 70,
            width: 40,
            height: 30,
            personal: Personal::Known(media::Description {
                blurhash: "LEHV6nWB2yk8".to_owned(),
                alt: "a cat".to_owned(),
            }),
        });
        self.append(owner.account, Scope::media(media), uploaded).await;
        media
    }

    /// The picture is gone.
    pub(crate) async fn delete_picture(&self, owner: Person, media: MediaId) {
        let deleted = media::Event::Deleted(media::Deleted {
            media,
            owner: owner.account,
            reason: media::DeletionReason::Unused,
        });
        self.append(owner.account, Scope::media(media), deleted).await;
    }

    /// An event of a conversation of the test's own making.
    pub(crate) async fn append_dm(&self, by: Person, event: dm::Event) -> Position {
        let scope = Scope::dm(event.pair().unwrap());
        self.append(by.account, scope, event).await
    }

    /// Logs `person` out.
    pub(crate) async fn revoke(&self, person: Person) {
        let revoked = session::Event::Revoked(session::Revoked {
            session: person.session,
            account: person.account,
            reason: session::RevocationReason::LoggedOut,
        });
        self.append(person.account, Scope::session(person.session), revoked)
            .await;
    }

    /// Logs `person` out on all devices, this very session included.
    pub(crate) async fn revoke_all(&self, person: Person) {
        let everywhere = account::Event::LoggedOutEverywhere(account::LoggedOutEverywhere {
            account: person.account,
            sessions_not_before: platform::clock::now() + Duration::seconds(1),
            kept_session: None,
        });
        self.append(person.account, Scope::account(person.account), everywhere)
            .await;
    }

    async fn append(&self, actor: AccountId, scope: Scope, event: impl Into<Event>) -> Position {
        let meta = Meta {
            at: platform::clock::now(),
            command_id: CommandId::from(platform::id::random()),
            command_hash: None,
            actor: Some(actor),
            traceparent: None,
        };
        let new = NewEvent {
            scope,
            event: event.into(),
            expect: Expect::Anything,
        };
        self.system.store.append(new, &meta).await.unwrap().position
    }

    /// An access token of `person` for a quarter of an hour.
    pub(crate) fn token(&self, person: Person) -> String {
        self.token_for(person, Duration::minutes(15))
    }

    /// An access token that ends so much from now, or so long ago.
    pub(crate) fn token_for(&self, person: Person, lifetime: Duration) -> String {
        self.signer
            .sign(person.account.uuid(), person.session.uuid(), lifetime)
            .unwrap()
    }
}

impl Person {
    pub(crate) fn id(self) -> Value {
        self.account.to_string().into()
    }
}

fn version(post: PostId, author: Person, visibility: Visibility) -> post::Version {
    post::Version {
        post,
        author: author.account,
        visibility,
        personal: Personal::Known(post::Content { blocks: Vec::new() }),
    }
}

fn scope_of(one: Person, other: Person) -> Scope {
    Scope::friendship(Pair::of(one.account, other.account).unwrap())
}

/// A new id for a message.
pub(crate) fn message_id() -> String {
    platform::id::random().to_string()
}

/// The sequence in a position's text.
pub(crate) fn sequence(position: &Value) -> u64 {
    position.as_str().unwrap().parse::<Position>().unwrap().sequence
}

/// A metric of a service, if it has it yet.
pub(crate) async fn metric(service: &Service, name: &str) -> Option<f64> {
    let url = format!("http://{}/metrics", service.admin_address);
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok())
}

/// A metric of a service, read again until it is as wanted.
pub(crate) async fn metric_becomes(service: &Service, name: &str, wanted: f64) {
    let read = async {
        while metric(service, name).await != Some(wanted) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), read)
        .await
        .unwrap_or_else(|_| panic!("{name} doesn't become {wanted}"));
}
