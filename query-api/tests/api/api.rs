//! query-api on free ports, and requests to it.

use clap::Parser;
use events::{AccountId, Position, SessionId};
use mongodb::options::ClientOptions;
use platform::{
    Clock,
    serve::Listeners,
    shutdown::Shutdown,
    token::{Audience, Signer},
};
use query_api::config::{Cli, Command, ServeConfig};
use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::Value;
use testkit::{TestSystem, random_id};

/// A running query-api; it ends with the test.
pub(crate) struct Api {
    pub(crate) url: String,
    pub(crate) admin_url: String,
    http: reqwest::Client,
    signer: Signer,
    shutdown: Shutdown,
}

impl Drop for Api {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

impl Api {
    /// Starts it; it needn't be ready yet.
    pub(crate) async fn start(system: &TestSystem) -> Self {
        Self::start_with(system, &[], |_| {}).await
    }

    /// The same with further arguments, and with a look at how it reaches MongoDB.
    pub(crate) async fn start_with(
        system: &TestSystem,
        arguments: &[&str],
        look: impl FnOnce(&mut ClientOptions),
    ) -> Self {
        let config = config(system, arguments);
        let listeners = Listeners::bind(Some(config.listen), config.admin_listen).await;
        let listeners = listeners.expect("loopback has free ports");
        let url = format!("http://{}", listeners.public_address().expect("it is bound"));
        let admin_url = format!("http://{}", listeners.admin_address().expect("it is bound"));
        let mut mongo = query_api::mongo_options(&config).await.expect("a good address");
        look(&mut mongo);
        let shutdown = Shutdown::new();
        tokio::spawn({
            let shutdown = shutdown.clone();
            async move {
                let ended = query_api::serve_on(listeners, &config, mongo, shutdown).await;
                ended.expect("query-api starts");
            }
        });
        let audience = Audience {
            issuer: "echo".to_owned(),
            audience: "echo".to_owned(),
        };
        let key = variable(system, "ECHO_TOKEN_SIGNING_KEY").parse();
        let signer = Signer::new(&key.expect("a key"), audience, Clock::system());
        Self {
            url,
            admin_url,
            http: reqwest::Client::new(),
            signer: signer.expect("a good key"),
            shutdown,
        }
    }

    /// Waits until it can do its job.
    pub(crate) async fn ready(self) -> Self {
        let url = format!("{}/readyz", self.admin_url);
        let asked = async {
            while self.http.get(&url).send().await.expect("it listens").status() != StatusCode::OK {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        let limit = std::time::Duration::from_mins(1);
        tokio::time::timeout(limit, asked)
            .await
            .expect("it becomes ready");
        self
    }

    /// An access token of somebody's.
    pub(crate) fn token(&self, account: AccountId) -> String {
        self.token_in(account, random_id().into())
    }

    /// The same in a given session.
    pub(crate) fn token_in(&self, account: AccountId, session: SessionId) -> String {
        let lifetime = chrono::Duration::minutes(15);
        let token = self.signer.sign(account.into(), session.into(), lifetime);
        token.expect("a good key signs")
    }

    /// A request of nobody's.
    pub(crate) fn ask(&self, path: &str) -> Ask {
        Ask(self.http.get(format!("{}{path}", self.url)))
    }

    /// The same with another method.
    pub(crate) fn ask_by(&self, method: Method, path: &str) -> Ask {
        Ask(self.http.request(method, format!("{}{path}", self.url)))
    }

    /// A request of somebody's.
    pub(crate) fn ask_as(&self, account: AccountId, path: &str) -> Ask {
        self.ask(path).token(&self.token(account))
    }

    /// The answer to somebody; it has to be a good one.
    pub(crate) async fn get(&self, account: AccountId, path: &str) -> Value {
        self.ask_as(account, path).send().await.ok(path)
    }
}

/// A request in the making.
pub(crate) struct Ask(RequestBuilder);

impl Ask {
    pub(crate) fn token(self, token: &str) -> Self {
        Self(self.0.bearer_auth(token))
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }

    /// The answer must have this.
    pub(crate) fn after(self, position: Position) -> Self {
        self.header("Echo-Min-Position", &position.to_string())
    }

    pub(crate) fn wait(self, seconds: u64) -> Self {
        self.header("Prefer", &format!("wait={seconds}"))
    }

    pub(crate) async fn send(self) -> Answer {
        let response = self.0.send().await.expect("query-api answers");
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.expect("the answer is text");
        Answer {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::String(text)),
        }
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }

    /// The body of a good answer.
    #[track_caller]
    pub(crate) fn ok(self, what: &str) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{what}: {}", self.body);
        self.is_kept_private(what);
        self.body
    }

    #[track_caller]
    fn is_kept_private(&self, what: &str) {
        let kept = self.header("cache-control");
        assert!(
            matches!(kept, "private, no-cache" | "private, no-store" | "no-store"),
            "{what}: {kept}"
        );
    }

    /// Checks that it is a problem of this kind.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, code: &str, what: &str) {
        let told = (self.status.as_u16(), self.body["code"].as_str());
        assert_eq!(told, (status, Some(code)), "{what}: {}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json", "{what}");
        self.is_kept_private(what);
    }
}

/// What a list holds under a field.
#[track_caller]
pub(crate) fn each<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    let items = list["items"].as_array().expect("a list");
    items
        .iter()
        .map(|item| item.pointer(field).and_then(Value::as_str).expect("a text"))
        .collect()
}

fn variable(system: &TestSystem, name: &str) -> String {
    let found = system.environment().into_iter().find(|(known, _)| known == name);
    found.expect("it is in the environment").1
}

fn config(system: &TestSystem, arguments: &[&str]) -> ServeConfig {
    let mut all: Vec<String> = ["query-api", "serve"].map(str::to_owned).to_vec();
    for (option, name) in [
        ("--listen", "ECHO_LISTEN"),
        ("--admin-listen", "ECHO_ADMIN_LISTEN"),
        ("--nats-url", "ECHO_NATS_URL"),
        ("--mongo-url", "ECHO_MONGO_URL"),
        ("--mongo-database", "ECHO_MONGO_DATABASE"),
        ("--namespace", "ECHO_NAMESPACE"),
        ("--token-verifying-keys", "ECHO_TOKEN_VERIFYING_KEYS"),
        ("--media-store", "ECHO_MEDIA_STORE"),
        ("--media-url-key", "ECHO_MEDIA_URL_KEY"),
    ] {
        all.extend([option.to_owned(), variable(system, name)]);
    }
    // Tests ask in loops.
    if !arguments.contains(&"--account-rate") {
        all.extend(["--account-rate", "1000000", "--address-rate", "1000000"].map(str::to_owned));
    }
    all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    match Cli::try_parse_from(all).expect("good arguments").command {
        Command::Serve(config) => *config,
        Command::Openapi => unreachable!("it was told to serve"),
    }
}
