//! The service put together: what every route shares, the routes, and the tasks behind them.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, FromRequestParts, Request};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, ETAG, VARY};
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use bson::{DateTime, Uuid};
use events::Revocations;
use media::Links;
use mongodb::{
    Client, Database,
    event::{EventHandler, sdam::SdamEvent},
    options::{ClientOptions, SelectionCriteria},
};
use platform::{
    Clock, Problem,
    extract::ClientAddressHeader,
    health::{Component, Readiness},
    rate_limit::{self, RateLimits},
    security::{self, SecurityLog},
    serve::{self, Listeners, Options},
    shutdown::Shutdown,
    telemetry,
    token::{Bearer, Verifier},
};
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;

use crate::{
    bus::{self, Bus},
    config::ServeConfig,
    copies::Copies,
    exports::Exports,
    parked,
    pictures::Pictures,
    problems,
    profiles::Usernames,
    routes,
    suggestions::Suggestions,
    watermarks::{self, Ends, Needs, Watermarks},
};

/// How long to look for a primary before a read is given up: longer than an election takes is no use to a reader.
const FIND_PRIMARY: Duration = Duration::from_secs(2);

/// What every route shares.
#[derive(Clone)]
pub(crate) struct App(Arc<Inner>);

struct Inner {
    verifier: Verifier,
    /// Nothing until they have been read.
    revocations: Arc<OnceLock<Revocations>>,
    database: Database,
    watermarks: Watermarks,
    /// One for each read that may be under way.
    places: Semaphore,
    exports: Exports,
    clock: Clock,
    suggestions: Suggestions,
    usernames: Usernames,
    links: Arc<Links>,
}

impl App {
    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    pub(crate) fn watermarks(&self) -> &Watermarks {
        &self.0.watermarks
    }

    pub(crate) fn places(&self) -> &Semaphore {
        &self.0.places
    }

    /// Places for archives.
    pub(crate) fn exports(&self) -> &Exports {
        &self.0.exports
    }

    pub(crate) fn suggestions(&self) -> &Suggestions {
        &self.0.suggestions
    }

    /// Whose usernames are.
    pub(crate) fn usernames(&self) -> &Usernames {
        &self.0.usernames
    }

    /// Where pictures are to be had.
    pub(crate) fn links(&self) -> &Links {
        &self.0.links
    }

    /// Makes the URLs of one answer.
    pub(crate) fn pictures(&self) -> Pictures {
        Pictures::new(self.0.links.clone(), self.0.clock.now())
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }
}

impl FromRef<App> for Verifier {
    fn from_ref(app: &App) -> Self {
        app.0.verifier.clone()
    }
}

/// Who is reading: the account of the access token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Viewer(pub(crate) Uuid);

impl FromRequestParts<App> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let signed_in = SignedIn::from_request_parts(parts, app).await?;
        Ok(Self(signed_in.account))
    }
}

/// Who is reading, and in which session.
#[derive(Clone)]
pub(crate) struct SignedIn {
    pub(crate) account: Uuid,
    pub(crate) session: Uuid,
    revocations: Revocations,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Bearer(claims) = Bearer::from_request_parts(parts, app).await?;
        let revocations = app.0.revocations.get().ok_or_else(problems::not_ready)?;
        if revocations.ended(claims.sub.into(), claims.sid.into(), claims.session_started_at()) {
            return Err(problems::signed_out());
        }
        // For what is bounded per account on the way.
        parts.extensions.insert(Viewer(Uuid::from(claims.sub)));
        Ok(Self {
            account: Uuid::from(claims.sub),
            session: Uuid::from(claims.sid),
            revocations: revocations.clone(),
        })
    }
}

impl SignedIn {
    /// Whether it was just heard that one of the account's sessions has ended, whatever the read models know.
    pub(crate) fn knows_ended(&self, session: Uuid, started_at: DateTime) -> bool {
        let (account, session) = (read_model::id(self.account), read_model::id(session));
        self.revocations.ended(account, session, started_at.to_chrono())
    }
}

/// Why the service can't start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The connection string is no good.
    #[error("ECHO_MONGO_URL can't be used")]
    Mongo(#[from] mongodb::error::Error),
    /// An address is taken.
    #[error(transparent)]
    Bind(#[from] serve::BindError),
    /// The pictures can't be found as configured.
    #[error("ECHO_MEDIA_STORE")]
    Media(#[from] media::store::OpenError),
    /// The metrics recorder.
    #[error("metrics can't be recorded")]
    Metrics(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Serves until `shutdown`; returns whether everything ended in time.
pub async fn serve(config: &ServeConfig, shutdown: Shutdown) -> Result<bool, StartError> {
    let listeners = Listeners::bind(Some(config.listen), config.admin_listen).await?;
    let mongo = mongo_options(config).await?;
    serve_on(listeners, config, mongo, shutdown).await
}

/// The same on sockets that are bound already and with options for MongoDB of the caller's making.
pub async fn serve_on(
    listeners: Listeners,
    config: &ServeConfig,
    mongo: ClientOptions,
    shutdown: Shutdown,
) -> Result<bool, StartError> {
    let metrics = telemetry::metrics().map_err(|error| StartError::Metrics(error.into()))?;
    watermarks::describe_metrics();
    let readiness = Readiness::new();
    let database = database(config, mongo, readiness.component("mongodb"))?;
    let watermarks = Watermarks::new(
        config.max_waiting_reads,
        config.max_waiting_reads_per_account,
        Copies::new(u64::from(config.copies_mib) << 20),
        Ends::new(config.positions_ahead),
    );
    let clock = Clock::system();
    let revocations = Arc::<OnceLock<Revocations>>::default();
    let verifier = Verifier::new(
        config.token_verifying_keys.0.clone(),
        &config.audience(),
        clock.clone(),
    );
    let rates = RateLimits::new(
        config.rates(),
        &["/v1/"],
        verifier.clone(),
        ClientAddressHeader(config.client_address_header.clone()),
        clock.clone(),
    );
    let watch = security::Watch {
        log: SecurityLog::new(&config.media.media_url_key, config.security_lines, clock.clone()),
        verifier: verifier.clone(),
        header: ClientAddressHeader(config.client_address_header.clone()),
    };
    let app = App(Arc::new(Inner {
        revocations: revocations.clone(),
        verifier,
        database: database.clone(),
        watermarks: watermarks.clone(),
        places: Semaphore::new(config.max_reads.into()),
        exports: Exports::new(config.exports),
        clock: clock.clone(),
        suggestions: Suggestions::new(),
        usernames: Usernames::new(),
        links: Arc::new(config.media.open()?),
    }));

    let bus = Bus {
        connection: config.nats(),
        namespace: config.namespace.clone(),
        clock,
        watermarks: watermarks.clone(),
        revocations,
        connected: readiness.component("nats"),
        revocations_known: readiness.component("revocations"),
    };
    shutdown.spawn("bus", bus::listen(bus, shutdown.clone()));
    let needs = Needs {
        watermarks,
        database,
        seeded: readiness.component("watermarks"),
    };
    shutdown.spawn(
        "checkpoints",
        watermarks::refresh_when_needed(needs, shutdown.clone()),
    );
    Ok(serve::run(
        listeners,
        router(app, rates, watch),
        readiness,
        metrics,
        shutdown,
        config.drain(),
    )
    .await)
}

fn router(app: App, rates: RateLimits, watch: security::Watch) -> Router {
    let (router, _) = routes::all().split_for_parts();
    let router = router
        .layer(from_fn_with_state(app.clone(), parked::mark))
        .route("/openapi.json", get(routes::get_openapi))
        .with_state(app);
    let service = serve::layered_among(router, Options::default(), routes::of_both_apis());
    service
        .layer(from_fn_with_state(rates, rate_limit::limit))
        .layer(from_fn_with_state(watch, security::watch))
        .layer(from_fn(keep_private))
}

/// All that is read here depends on the caller. What has a tag may be kept to be asked about again, the rest not at all;
/// nor is what is about signing in. Outermost, so that refusals are no exception.
async fn keep_private(request: Request, next: Next) -> Response {
    let about_signing_in = request.uri().path().starts_with("/v1/auth/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let kept = if about_signing_in {
        "no-store"
    } else if headers.contains_key(ETAG) {
        "private, no-cache"
    } else {
        "private, no-store"
    };
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static(kept));
    headers
        .entry(VARY)
        .or_insert(HeaderValue::from_static("authorization"));
    response
}

/// How to reach MongoDB.
pub async fn mongo_options(config: &ServeConfig) -> Result<ClientOptions, mongodb::error::Error> {
    let mut options = ClientOptions::parse(config.mongo_url.expose_secret()).await?;
    options.app_name = Some("query-api".to_owned());
    options.max_pool_size = Some(config.mongo_connections.into());
    options.server_selection_timeout = Some(FIND_PRIMARY);
    // What the projector committed and announced is on the primary; elsewhere it may not be yet.
    options.selection_criteria = Some(SelectionCriteria::ReadPreference(
        mongodb::options::ReadPreference::Primary,
    ));
    Ok(options)
}

/// The database; the driver itself tells when it finds and loses the primary.
fn database(
    config: &ServeConfig,
    mut options: ClientOptions,
    primary: Component,
) -> Result<Database, mongodb::error::Error> {
    options.sdam_event_handler = Some(EventHandler::callback(move |event| {
        if let SdamEvent::TopologyDescriptionChanged(change) = event {
            if change.new_description.has_writable_server() {
                primary.ok();
            } else {
                primary.lacks("no primary");
            }
        }
    }));
    Ok(Client::with_options(options)?.database(&config.mongo_database))
}
