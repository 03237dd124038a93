//! What every handler has at hand.

use std::sync::Arc;

use async_nats::jetstream::kv;
use axum::extract::FromRef;
use chrono::Duration;
use events::{EventStore, NameHasher, Revocations};
use media::{Links, MediaService};
use platform::Clock;
use platform::extract::ClientAddressHeader;
use platform::origin::Origin;
use platform::rate_limit::RateLimits;
use platform::security::{self, SecurityLog};
use platform::token::{Signer, Verifier};
use secrecy::SecretString;

use crate::aggregates::Aggregates;
use crate::config::ServeConfig;
use crate::erasures::Erasures;
use crate::limits::Limits;
use crate::mail::Outbox;
use crate::mail_tokens::MailTokens;
use crate::passwords::{self, Passwords};
use crate::quotas::Quotas;
use crate::refresh_token::RefreshTokens;
use crate::stand_ins::StandIns;

/// What paths begin with whose requests are counted: all but health and metrics.
const COUNTED: &[&str] = &["/v1/", "/docs", "/openapi.json", "/.well-known/"];

/// The state of the service. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    store: EventStore,
    aggregates: Aggregates,
    revocations: Revocations,
    names: NameHasher,
    signer: Signer,
    verifier: Verifier,
    refresh_tokens: RefreshTokens,
    passwords: Passwords,
    limits: Limits,
    quotas: Quotas,
    rates: RateLimits,
    security: SecurityLog,
    mail_tokens: MailTokens,
    media: MediaService,
    links: Links,
    outbox: Outbox,
    erasures: Erasures,
    stand_ins: StandIns,
    session_lifetime: Duration,
    public_url: String,
    public_origin: Option<Origin>,
    clock: Clock,
    cookie_secure: bool,
    allowed_origins: Vec<String>,
    client_address: ClientAddressHeader,
}

/// Why the service can't start with the keys that it was given.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The signing key can't be used.
    #[error("ECHO_TOKEN_SIGNING_KEY: {0}")]
    SigningKey(#[from] platform::token::Error),
    /// The permanent key can't be used.
    #[error("ECHO_PERMANENT_KEY: {0}")]
    PermanentKey(#[from] events::InvalidKeys),
    /// The pictures can't be kept as configured.
    #[error("ECHO_MEDIA_STORE")]
    Media(#[from] media::store::OpenError),
    /// Argon2 refuses its own parameters.
    #[error(transparent)]
    Passwords(#[from] passwords::Error),
}

impl App {
    /// Puts the service together.
    pub(crate) fn new(
        config: &ServeConfig,
        (store, aggregates): (EventStore, Aggregates),
        revocations: Revocations,
        (attempts, quotas): (kv::Store, kv::Store),
        (outbox, erasures): (Outbox, Erasures),
        stand_ins: StandIns,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let audience = config.audience();
        let links = config.media.open()?;
        let signer = Signer::new(&config.token_signing_key, audience.clone(), clock.clone())?;
        let keys = config
            .token_verifying_keys
            .0
            .iter()
            .copied()
            .chain([signer.public_key()]);
        let verifier = Verifier::new(keys, &audience, clock.clone());
        let client_address = ClientAddressHeader(config.client_address_header.clone());
        let rates = RateLimits::new(
            config.rates(),
            COUNTED,
            verifier.clone(),
            client_address.clone(),
            clock.clone(),
        );
        Ok(Self(Arc::new(Inner {
            names: NameHasher::new(&SecretString::from(config.permanent_key.to_base64()))?,
            verifier,
            rates,
            refresh_tokens: RefreshTokens::new(&config.permanent_key),
            passwords: Passwords::new(config.password_threads(), usize::from(config.password_queue))?,
            limits: Limits::new(
                attempts,
                &config.permanent_key,
                config.limits.clone(),
                clock.clone(),
            ),
            security: SecurityLog::new(&config.media.media_url_key, config.security_lines, clock.clone()),
            quotas: Quotas::new(quotas, config.quotas.clone(), clock.clone()),
            mail_tokens: MailTokens::new(&config.permanent_key),
            public_url: config.mail.public_url.as_str().trim_end_matches('/').to_owned(),
            public_origin: Origin::of_url(config.mail.public_url.as_str()),
            media: MediaService::new(links.store().clone(), &config.uploads),
            links,
            outbox,
            erasures,
            stand_ins,
            session_lifetime: config.session_lifetime(),
            cookie_secure: config.cookie_secure,
            allowed_origins: config.allowed_origins.0.clone(),
            client_address,
            store,
            aggregates,
            revocations,
            signer,
            clock,
        })))
    }

    /// The events.
    pub fn store(&self) -> &EventStore {
        &self.0.store
    }

    /// What is remembered of aggregates that commands look at.
    pub(crate) fn aggregates(&self) -> &Aggregates {
        &self.0.aggregates
    }

    /// Who is signed out although their access token may still be good.
    pub fn revocations(&self) -> &Revocations {
        &self.0.revocations
    }

    /// The pseudonyms of names.
    pub fn names(&self) -> &NameHasher {
        &self.0.names
    }

    /// Makes access tokens.
    pub fn signer(&self) -> &Signer {
        &self.0.signer
    }

    /// Checks access tokens.
    pub fn verifier(&self) -> &Verifier {
        &self.0.verifier
    }

    /// Makes and reads refresh tokens.
    pub fn refresh_tokens(&self) -> &RefreshTokens {
        &self.0.refresh_tokens
    }

    /// Hashes and checks passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// Counts attempts.
    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Counts what is added.
    pub(crate) fn quotas(&self) -> &Quotas {
        &self.0.quotas
    }

    /// Counts requests.
    pub(crate) fn rates(&self) -> RateLimits {
        self.0.rates.clone()
    }

    /// Where it is written what happens for security's sake.
    pub(crate) fn security(&self) -> &SecurityLog {
        &self.0.security
    }

    /// What is needed to write of refused requests.
    pub(crate) fn watch(&self) -> security::Watch {
        security::Watch {
            log: self.0.security.clone(),
            verifier: self.0.verifier.clone(),
            header: self.0.client_address.clone(),
        }
    }

    /// Makes and checks the tokens in mails.
    pub(crate) fn mail_tokens(&self) -> &MailTokens {
        &self.0.mail_tokens
    }

    /// Takes pictures in.
    pub(crate) fn media(&self) -> &MediaService {
        &self.0.media
    }

    /// Where pictures are to be had.
    pub(crate) fn links(&self) -> &Links {
        &self.0.links
    }

    /// Where mails are left to be sent.
    pub(crate) fn outbox(&self) -> &Outbox {
        &self.0.outbox
    }

    /// Where erasures are left to be carried out.
    pub(crate) fn erasures(&self) -> &Erasures {
        &self.0.erasures
    }

    /// Accounts to load where there is none to load.
    pub(crate) fn stand_ins(&self) -> &StandIns {
        &self.0.stand_ins
    }

    /// How long a session may last, however often it is used.
    pub(crate) fn session_lifetime(&self) -> Duration {
        self.0.session_lifetime
    }

    /// A link to a page of Echo. The token stands where browsers tell it to no server.
    pub(crate) fn link(&self, page: &str, token: &str) -> String {
        format!("{}/{page}#token={token}", self.0.public_url)
    }

    /// The address of a page of Echo, for mails.
    pub(crate) fn page(&self, page: &str) -> String {
        format!("{}/{page}", self.0.public_url)
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Whether the refresh cookie travels by https alone.
    pub fn cookie_secure(&self) -> bool {
        self.0.cookie_secure
    }

    /// Where people have Echo in their browsers.
    pub(crate) fn public_origin(&self) -> Option<&Origin> {
        self.0.public_origin.as_ref()
    }

    /// Whether pages of `origin` may use the refresh cookie although the API is elsewhere.
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.0.allowed_origins.iter().any(|allowed| allowed == origin)
    }
}

impl FromRef<App> for Verifier {
    fn from_ref(app: &App) -> Self {
        app.0.verifier.clone()
    }
}

impl FromRef<App> for ClientAddressHeader {
    fn from_ref(app: &App) -> Self {
        app.0.client_address.clone()
    }
}
