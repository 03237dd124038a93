//! A namespace, a database and keys for one test.

use std::{env, fs, path::PathBuf};

use async_nats::Client;
use chrono::{DateTime, Utc};
use events::{Connection, EventStore, Keyring, MasterKeys, NameHasher, Namespace};
use secrecy::SecretString;
use serde::Deserialize;

/// Where the servers for tests are.
#[derive(Clone, Debug, Deserialize)]
pub struct Servers {
    /// `nats://…`, without users.
    pub nats_url: String,
    /// `mongodb://…`, a replica set of one.
    pub mongo_url: String,
    /// The binary, for tests that start servers of their own.
    pub nats_server: PathBuf,
    /// The database's, likewise; where nobody says, the one on PATH.
    #[serde(default = "mongod_on_path")]
    pub mongod: PathBuf,
    /// The edge's, likewise; where nobody says, the one on PATH.
    #[serde(default = "caddy_on_path")]
    pub caddy: PathBuf,
}

fn mongod_on_path() -> PathBuf {
    "mongod".into()
}

fn caddy_on_path() -> PathBuf {
    "caddy".into()
}

/// The servers that `cargo xtask test` or `cargo xtask servers` started.
///
/// # Panics
/// When there are none: a test on real servers can't go on without, and says how to start them.
pub fn servers() -> Servers {
    let from_environment = || {
        Some(Servers {
            nats_url: env::var("ECHO_TEST_NATS_URL").ok()?,
            mongo_url: env::var("ECHO_TEST_MONGO_URL").ok()?,
            nats_server: env::var("ECHO_TEST_NATS_SERVER").ok()?.into(),
            mongod: env::var("ECHO_TEST_MONGOD").map_or_else(|_| mongod_on_path(), PathBuf::from),
            caddy: env::var("ECHO_TEST_CADDY").map_or_else(|_| caddy_on_path(), PathBuf::from),
        })
    };
    let from_file = || {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/test-servers.json");
        serde_json::from_str(&fs::read_to_string(file).ok()?).ok()
    };
    from_environment().or_else(from_file).unwrap_or_else(|| {
        panic!("no servers to test against: run `cargo xtask test`, or keep `cargo xtask servers` running")
    })
}

/// A moment for events that a test makes up: so many milliseconds after the first of January 2026.
pub fn at(milliseconds: i64) -> DateTime<Utc> {
    const NEW_YEAR_2026: i64 = 1_767_225_600_000;
    DateTime::from_timestamp_millis(NEW_YEAR_2026 + milliseconds).unwrap_or_default()
}

impl Servers {
    /// The same, but for another NATS: a test's own, or one behind a [`crate::Wire`].
    #[must_use]
    pub fn with_nats(self, url: impl Into<String>) -> Self {
        Self {
            nats_url: url.into(),
            ..self
        }
    }
}

/// Everything of one test's own.
#[derive(Clone, Debug)]
pub struct TestSystem {
    /// The servers it stands on.
    pub servers: Servers,
    /// The name of the namespace; also of the database.
    pub name: String,
    /// Connected to NATS, streams and buckets made.
    pub store: EventStore,
}

impl TestSystem {
    /// A fresh one on the shared servers.
    pub async fn start() -> Self {
        Self::on(servers()).await
    }

    /// A fresh one on given servers.
    pub async fn on(servers: Servers) -> Self {
        Self::replicated(servers, 1).await
    }

    /// A fresh one on given servers, every stream held so many times.
    pub async fn replicated(servers: Servers, replicas: usize) -> Self {
        choose_cryptography();
        let name = format!("t{}", &random_id().simple().to_string()[..20]);
        let namespace: Namespace = name.parse().expect("a test's name is a namespace");
        let client = client(&servers.nats_url).await;
        let jetstream = async_nats::jetstream::new(client.clone());
        Box::pin(events::provision(&jetstream, &namespace, replicas))
            .await
            .expect("streams can be made");
        let keyring = Keyring::open(&jetstream, &namespace, Self::master_keys())
            .await
            .expect("the bucket opens");
        let store = EventStore::new(client, namespace, keyring);
        Self { servers, name, store }
    }

    /// The test's own database.
    pub async fn database(&self) -> mongodb::Database {
        let client = mongodb::Client::with_uri_str(&self.servers.mongo_url)
            .await
            .expect("mongod answers");
        client.database(&self.name)
    }

    /// Makes the pseudonyms of names as the services of this test do.
    pub fn names() -> NameHasher {
        NameHasher::new(&SecretString::from(PERMANENT_KEY)).expect("the test's key is well formed")
    }

    /// Wraps the keys of people as the services of this test do.
    pub fn master_keys() -> MasterKeys {
        MasterKeys::parse(&SecretString::from(MASTER_KEYS)).expect("the test's keys are well formed")
    }

    /// The environment of a service of this test: servers, namespace, keys, any free ports.
    pub fn environment(&self) -> Vec<(String, String)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/test-media");
        let media = format!("folder:{folder}/{}", self.name);
        [
            ("ECHO_LISTEN", "127.0.0.1:0"),
            ("ECHO_ADMIN_LISTEN", "127.0.0.1:0"),
            ("ECHO_NATS_URL", &self.servers.nats_url),
            ("ECHO_MONGO_URL", &self.servers.mongo_url),
            ("ECHO_MONGO_DATABASE", &self.name),
            ("ECHO_NAMESPACE", &self.name),
            ("ECHO_MASTER_KEYS", MASTER_KEYS),
            ("ECHO_PERMANENT_KEY", PERMANENT_KEY),
            ("ECHO_MEDIA_STORE", &media),
            ("ECHO_MEDIA_URL_KEY", PERMANENT_KEY),
            ("ECHO_TOKEN_SIGNING_KEY", TOKEN_SIGNING_KEY),
            ("ECHO_TOKEN_VERIFYING_KEYS", TOKEN_VERIFYING_KEY),
            ("ECHO_LOG", "info"),
            ("ECHO_LOG_FORMAT", "json"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }
}

/// Makes `ring` the cryptography of TLS, as services do. Since a crate of the workspace turns on TLS in `reqwest`, no
/// client of it can be made without, not even one for plain HTTP.
fn choose_cryptography() {
    // Failing means that another test of this process chose first.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// An id that no other test has.
#[expect(
    clippy::disallowed_methods,
    reason = "what a test is called is nobody's clock"
)]
pub fn random_id() -> uuid::Uuid {
    uuid::Uuid::new_v4()
}

/// A connection without a user, as tests have it.
pub(crate) async fn client(url: &str) -> Client {
    let connection = Connection {
        url: url.to_owned(),
        user: None,
        password: None,
        name: "test".to_owned(),
    };
    events::connect(&connection, |_| {})
        .await
        .expect("nats-server answers")
}

// Keys of tests only: public, and worth nothing anywhere else.
const MASTER_KEYS: &str = "test:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const PERMANENT_KEY: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";
/// The secret key of RFC 8032's first test vector, and its public key.
const TOKEN_SIGNING_KEY: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
const TOKEN_VERIFYING_KEY: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
