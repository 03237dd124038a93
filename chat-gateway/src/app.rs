//! Puts the gateway together and runs it.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Event;
use axum::Router;
use axum::middleware::from_fn_with_state;
use events::{EventStore, KeyError, Keyring, LoadError, Revocations};
use platform::extract::ClientAddressHeader;
use platform::health::{Component, Readiness};
use platform::security::{self, SecurityLog};
use platform::serve::{Listeners, Options};
use platform::shutdown::Shutdown;
use platform::token::{Claims, Verifier};
use platform::{Clock, Problem};
use socketioxide::{ParserConfig, SocketIo};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Limits, ServeConfig};
use crate::connection::{Connection, identity};
use crate::friends::{self, Friends};
use crate::limits::{Lookups, Slots};
use crate::link::{self, Pace};
use crate::network::{self, Knocks};
use crate::origin::{self, Allowed};
use crate::packets::{self, Packets};
use crate::people::People;
use crate::pictures::Pictures;
use crate::polls::{self, FirstPings};
use crate::posts::Posts;
use crate::presence::Presence;
use crate::welcome::{self, Welcomes};
use crate::{connect, drain, handshake, measure, posts, presence, sessions};

/// A client that has opened a transport says who it is within this time, or the transport is closed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A poll may hang until the next ping, at most 25 s; a request that takes longer than this is lost.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);
/// What a socket reads at once, for which it holds a buffer. Longer frames are read in parts.
const READ_BUFFER: usize = 1_024;
/// We take no binary attachments. A few are let through to be refused with an answer.
const ATTACHMENTS: usize = 4;

/// What every part of a gateway has at hand.
pub(crate) struct Gateway {
    pub(crate) store: EventStore,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) address_header: ClientAddressHeader,
    pub(crate) people: Arc<People>,
    pub(crate) slots: Slots,
    pub(crate) lookups: Lookups,
    pub(crate) welcomes: Welcomes,
    pub(crate) friends: Friends,
    pub(crate) presence: Presence,
    pub(crate) posts: Posts,
    pub(crate) pictures: Pictures,
    pub(crate) shutdown: Shutdown,
    /// Set off at the end, when all have left.
    pub(crate) empty: CancellationToken,
    /// The tasks of people and sockets. They end with their sockets, so the drain awaits them.
    pub(crate) tasks: TaskTracker,
    pub(crate) security: SecurityLog,
    verifier: Verifier,
    revocations: Revocations,
}

/// Why the gateway can't run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Signals can't be listened to.
    #[error("signals can't be handled")]
    Signals(#[from] std::io::Error),
    /// An address can't be listened on.
    #[error(transparent)]
    Bind(#[from] platform::serve::BindError),
    /// The metrics' recorder can't be installed.
    #[error("the metrics' recorder can't be installed: {0}")]
    Metrics(String),
    /// NATS can't be reached.
    #[error("NATS can't be reached")]
    Connect(#[from] async_nats::ConnectError),
    /// The bucket of keys can't be opened.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The streams can't be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The pictures can't be found as configured.
    #[error("ECHO_MEDIA_STORE")]
    Media(#[from] media::store::OpenError),
    /// A subscription can't be made.
    #[error("can't subscribe")]
    Subscribe(#[from] async_nats::SubscribeError),
    /// It was asked to end, and something didn't in time.
    #[error("some connections or tasks had to be cut off")]
    CutOff,
}

impl Gateway {
    /// The claims of a token, if it is to be believed now and its session isn't over.
    pub(crate) fn believe(&self, token: &str) -> Result<Claims, Problem> {
        let claims = self.verifier.verify(token)?;
        self.check_revoked(&claims)?;
        Ok(claims)
    }

    /// Refuses who is signed out.
    pub(crate) fn check_revoked(&self, claims: &Claims) -> Result<(), Problem> {
        let (account, session, since) = identity(claims);
        if self.revocations.ended(account, session, since) {
            return Err(Problem::unauthorized("session-revoked", "The session was ended."));
        }
        Ok(())
    }

    /// Lets a connection go that has ended: it gets nothing any more and watches nobody.
    pub(crate) fn let_go(&self, connection: &Arc<Connection>) {
        if self.people.detach(connection) {
            self.presence.changed(connection.account());
        }
        self.presence.unwatch(connection);
        self.posts.unwatch(connection);
    }

    /// Reads the revocations once more, after a break, in which word of destroyed keys may have been missed too.
    pub(crate) async fn reseed_revocations(&self) -> Result<(), LoadError> {
        self.store.keyring().forget_all();
        let (client, namespace) = (self.store.client(), self.store.namespace());
        self.revocations.seed(client, namespace, self.clock.now()).await
    }
}

/// The event store or NATS can't be asked just now.
pub(crate) fn away(cause: &impl std::fmt::Display) -> Problem {
    let wait = Duration::from_secs(1);
    Problem::unavailable(
        "unavailable",
        "This can't be done at the moment; try again.",
        wait,
    )
    .with_cause(cause.to_string())
}

/// Runs the gateway until it is asked to end.
pub async fn serve(config: ServeConfig) -> Result<(), StartError> {
    let metrics = platform::telemetry::metrics().map_err(|error| StartError::Metrics(error.to_string()))?;
    measure::describe();
    let shutdown = Shutdown::on_signals()?;
    let readiness = Readiness::new();
    let listeners = Listeners::bind(Some(config.listen), config.admin_listen).await?;
    let (breaks_sender, breaks) = watch::channel(0);
    let nats = readiness.component("nats");
    let client = events::connect(&config.connection(), move |event| {
        heard(event, &nats, &breaks_sender);
    })
    .await?;
    let clock = Clock::system();
    let jetstream = async_nats::jetstream::new(client.clone());
    let keyring = Keyring::open(&jetstream, &config.namespace, config.master_keys.clone()).await?;
    let store = EventStore::new(client.clone(), config.namespace.clone(), keyring);
    let keys = store.keyring().listen(&config.namespace).await?;
    let (revocations, revocation_feed) = Revocations::start(&client, &config.namespace, clock.now()).await?;
    let presence = Presence::new(&store);
    let present = presence.listen().await?;
    let erased = client
        .subscribe(store.namespace().absolute("live.evt.*.account.*.erased"))
        .await?;
    let heard_of_posts = posts::Heard::listen(&store).await?;
    let friendships = client.subscribe(friends::subjects(&store)).await?;
    let revoked = revocations.listen();
    let gateway = Arc::new(Gateway {
        store,
        verifier: verifier(&config, &clock),
        security: SecurityLog::new(&config.media.media_url_key, config.security_lines, clock.clone()),
        clock,
        limits: config.limits,
        address_header: ClientAddressHeader(config.client_address_header.clone()),
        people: Arc::default(),
        slots: Slots::new(&config.limits),
        lookups: Lookups::new(&config.limits),
        welcomes: Welcomes::default(),
        friends: Friends::default(),
        presence,
        posts: Posts::default(),
        pictures: Pictures::new(config.media.open()?),
        empty: CancellationToken::new(),
        revocations,
        shutdown: shutdown.clone(),
        tasks: TaskTracker::new(),
    });
    let (router, io) = routes(&gateway, &config);
    spawn(&gateway, "revocations", revocation_feed.run());
    spawn(&gateway, "keys", keys.run());
    shutdown.spawn("sessions", sessions::follow(Arc::clone(&gateway), revoked));
    shutdown.spawn(
        "sessions after breaks",
        sessions::after_breaks(Arc::clone(&gateway), breaks.clone()),
    );
    shutdown.spawn(
        "friends",
        friends::follow(Arc::clone(&gateway), friendships, breaks.clone()),
    );
    shutdown.spawn(
        "heart",
        presence::beat(Arc::clone(&gateway), readiness.component("presence")),
    );
    shutdown.spawn("who is here", presence::announce(Arc::clone(&gateway)));
    shutdown.spawn(
        "who is where",
        presence::follow(Arc::clone(&gateway), present, breaks.clone()),
    );
    shutdown.spawn("erased", presence::forget_erased(Arc::clone(&gateway), erased));
    shutdown.spawn("presence", presence::tell(Arc::clone(&gateway)));
    shutdown.spawn(
        "posts",
        posts::follow(Arc::clone(&gateway), heard_of_posts, breaks.clone()),
    );
    shutdown.spawn("counts", posts::tell(Arc::clone(&gateway)));
    shutdown.spawn(
        "welcomes after breaks",
        welcome::after_breaks(Arc::clone(&gateway), breaks),
    );
    shutdown.spawn(
        "welcomes",
        welcome::run(Arc::clone(&gateway), readiness.component("stream")),
    );
    let (jitter, all) = (config.drain_jitter(), config.drain() * 9 / 10);
    shutdown.spawn("drain", drain::run(gateway, io, jitter, all));
    let pace = Pace::of(&config.limits);
    let accept = |listener, router, shutdown| link::accept(listener, router, pace, shutdown);
    let ended = platform::serve::run_with(
        listeners,
        router,
        readiness,
        metrics,
        shutdown,
        config.drain(),
        accept,
    )
    .await;
    if ended { Ok(()) } else { Err(StartError::CutOff) }
}

/// Believes the tokens that command-api signs.
fn verifier(config: &ServeConfig, clock: &Clock) -> Verifier {
    let keys = config.token_verifying_keys.0.iter().copied();
    Verifier::new(keys, &config.audience(), clock.clone())
}

/// Runs what goes on for ever until the last socket has left: until then it is to hear of what ends it.
fn spawn(gateway: &Gateway, name: &'static str, work: impl Future<Output = ()> + Send + 'static) {
    let end = gateway.empty.clone();
    gateway.shutdown.spawn(name, async move {
        tokio::select! {
            () = work => {}
            () = end.cancelled() => {}
        }
    });
}

/// Follows the connection to NATS. Each break, and each message that a full buffer lost, counts.
fn heard(event: &Event, nats: &Component, breaks: &watch::Sender<u64>) {
    match event {
        Event::Connected => nats.ok(),
        Event::Disconnected => nats.lacks("disconnected"),
        Event::Closed => nats.lacks("closed"),
        Event::LameDuckMode
        | Event::SlowConsumer(_)
        | Event::Draining
        | Event::ServerError(_)
        | Event::ClientError(_) => {}
    }
    if matches!(
        event,
        Event::Connected | Event::LameDuckMode | Event::SlowConsumer(_)
    ) {
        breaks.send_modify(|count| *count += 1);
    }
}

fn routes(gateway: &Arc<Gateway>, config: &ServeConfig) -> (Router, SocketIo) {
    let payload = config.limits.socket_payload_bytes.get();
    let bytes = usize::try_from(payload).unwrap_or(usize::MAX);
    let parser = ParserConfig::common()
        .max_incoming_binaries(ATTACHMENTS)
        .max_incoming_binary_buf_size(bytes)
        .packet_completion_timeout(CONNECT_TIMEOUT);
    let (service, io) = SocketIo::builder()
        .with_parser(parser)
        .req_path("/socket.io")
        .connect_timeout(CONNECT_TIMEOUT)
        .ping_interval(config.limits.ping())
        .ping_timeout(config.limits.ping())
        .max_buffer_size(usize::from(config.limits.socket_buffer.get()))
        .max_payload(u64::from(payload))
        .ws_max_message_size(bytes)
        .ws_max_frame_size(bytes)
        .ws_read_buffer_size(READ_BUFFER)
        .build_svc();
    connect::listen(gateway, &io);
    let allowed = Allowed {
        public: config.public_url.clone(),
        others: config.allowed_origins.0.clone().into(),
    };
    let knocks = Knocks::new(gateway.address_header.clone(), &config.limits);
    let watch = security::Watch {
        log: gateway.security.clone(),
        verifier: gateway.verifier.clone(),
        header: gateway.address_header.clone(),
    };
    let router = Router::new()
        .route_service("/socket.io/", service)
        .layer(from_fn_with_state(FirstPings::new(&config.limits), polls::amend))
        .layer(from_fn_with_state(
            gateway.address_header.clone(),
            handshake::slim,
        ))
        .layer(from_fn_with_state(
            Packets::new(gateway.address_header.clone(), &config.limits),
            packets::count,
        ))
        .layer(from_fn_with_state(knocks, network::check))
        .layer(from_fn_with_state(allowed, origin::check))
        .layer(from_fn_with_state(watch, security::watch));
    let options = Options {
        request_timeout: REQUEST_TIMEOUT,
        ..Options::default()
    };
    (platform::serve::layered(router, options), io)
}
