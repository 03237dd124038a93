//! A running service of a test's own, and someone to talk to it.

use std::future::Future;

use chrono::Duration;
use clap::CommandFactory;
use command_api::Service;
use command_api::config::{Cli, Command, ServeConfig};
use events::{AccountId, Stream};
use platform::shutdown::Shutdown;
use platform::{Clock, clock, id};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::TestSystem;
use uuid::Uuid;

pub(crate) const PASSWORD: &str = "correct horse";

/// The service, in a namespace of its own, by a clock that stands until the test moves it.
pub(crate) struct Api {
    pub(crate) system: TestSystem,
    pub(crate) clock: Clock,
    client: reqwest::Client,
    url: String,
    shutdown: Shutdown,
}

impl Drop for Api {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

impl Api {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts with some settings of the test's own, as options.
    pub(crate) async fn start_with(options: &[&str]) -> Self {
        let (system, clock) = (TestSystem::start().await, Clock::fixed(clock::now()));
        Self::start_on(system, clock, options).await
    }

    /// Starts on a system of the test's own, by the clock on the wall.
    pub(crate) async fn on(system: TestSystem, options: &[&str]) -> Self {
        Self::start_on(system, Clock::system(), options).await
    }

    /// Another instance of the same service.
    pub(crate) async fn beside(&self, options: &[&str]) -> Self {
        Self::start_on(self.system.clone(), self.clock.clone(), options).await
    }

    async fn start_on(system: TestSystem, clock: Clock, options: &[&str]) -> Self {
        let shutdown = Shutdown::new();
        let config = config(&system, options);
        let service = Service::start(config, clock.clone(), shutdown.clone())
            .await
            .unwrap();
        let url = format!("http://{}", service.address().unwrap());
        tokio::spawn(service.run());
        Self {
            system,
            clock,
            client: reqwest::Client::new(),
            url,
            shutdown,
        }
    }

    /// Where it listens: host and port.
    pub(crate) fn authority(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> Request {
        Request(self.client.request(method, format!("{}{path}", self.url)))
    }

    pub(crate) fn post(&self, path: &str) -> Request {
        self.request(Method::POST, path)
    }

    pub(crate) fn put(&self, path: &str) -> Request {
        self.request(Method::PUT, path)
    }

    pub(crate) fn patch(&self, path: &str) -> Request {
        self.request(Method::PATCH, path)
    }

    pub(crate) fn delete(&self, path: &str) -> Request {
        self.request(Method::DELETE, path)
    }

    pub(crate) fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(Duration::seconds(seconds));
    }

    /// Someone new who is signed in.
    pub(crate) async fn person(&self, username: &str) -> Person {
        let answer = self.post("/v1/auth/signup").json(&registration(username)).await;
        Person::from(&answer.is(201))
    }

    /// Two people who are friends.
    pub(crate) async fn friends(&self) -> (Person, Person) {
        let (ann, ben) = (self.person("ann").await, self.person("ben").await);
        self.post("/v1/friend-requests")
            .by(&ann)
            .json(&json!({ "user_id": ben.id }))
            .await
            .is(201);
        self.post(&format!("/v1/friend-requests/{}/accept", ann.id))
            .by(&ben)
            .await
            .is(200);
        (ann, ben)
    }

    /// The last sequence of every stream.
    pub(crate) async fn positions(&self) -> [u64; 3] {
        let mut sequences = [0; 3];
        for (stream, sequence) in Stream::ALL.into_iter().zip(&mut sequences) {
            *sequence = self.system.store.last_position(stream).await.unwrap().sequence;
        }
        sequences
    }

    /// Runs `attempt` and sees to it that no event came of it.
    pub(crate) async fn appends_nothing<T>(&self, attempt: impl IntoFuture<Output = T>) -> T {
        let before = self.positions().await;
        let result = attempt.await;
        assert_eq!(self.positions().await, before, "something was appended");
        result
    }
}

fn config(system: &TestSystem, options: &[&str]) -> ServeConfig {
    let command = Cli::command();
    let serve = command.find_subcommand("serve").unwrap();
    let mut args = vec!["command-api".to_owned(), "serve".to_owned()];
    for (name, value) in system.environment() {
        let option = serve
            .get_arguments()
            .find(|arg| arg.get_env().is_some_and(|env| env == name.as_str()));
        let option = option.and_then(clap::Arg::get_long);
        let overridden = |option: &&str| options.contains(&format!("--{option}").as_str());
        if let Some(option) = option.filter(|option| !overridden(option)) {
            args.extend([format!("--{option}"), value]);
        }
    }
    if !options.contains(&"--cookie-secure") {
        args.extend(["--cookie-secure", "false"].map(str::to_owned));
    }
    args.extend(options.iter().map(|&option| option.to_owned()));
    let Command::Serve(config) = platform::config::try_parse::<Cli>(args).unwrap().command else {
        panic!("serve")
    };
    *config
}

pub(crate) fn registration(username: &str) -> Value {
    json!({
        "username": username,
        "email": format!("{username}@example.org"),
        "password": PASSWORD,
        "display_name": username,
    })
}

/// Someone who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: AccountId,
    pub(crate) token: String,
    pub(crate) cookie: String,
}

impl From<&Answer> for Person {
    fn from(answer: &Answer) -> Self {
        Self {
            id: answer.body["account"]["id"].as_str().unwrap().parse().unwrap(),
            token: answer.body["access_token"].as_str().unwrap().to_owned(),
            cookie: answer.cookie(),
        }
    }
}

#[must_use]
pub(crate) struct Request(reqwest::RequestBuilder);

impl Request {
    pub(crate) fn by(self, person: &Person) -> Self {
        Self(self.0.bearer_auth(&person.token))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        Self(self.0.json(body))
    }

    pub(crate) fn body(self, content_type: &str, body: impl Into<reqwest::Body>) -> Self {
        Self(self.0.header(CONTENT_TYPE, content_type).body(body))
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self(
            self.0
                .header(HeaderName::from_bytes(name.as_bytes()).unwrap(), value),
        )
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    pub(crate) fn cookie(self, token: &str) -> Self {
        self.header("cookie", &format!("theme=dark; echo_refresh={token}"))
    }
}

impl IntoFuture for Request {
    type Output = Answer;
    type IntoFuture = std::pin::Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let response = self.0.send().await.unwrap();
            let (status, headers) = (response.status(), response.headers().clone());
            let text = response.text().await.unwrap();
            let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
            Answer {
                status,
                headers,
                body,
            }
        })
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        if status < 300 && status != 204 {
            assert_eq!(
                self.body["position"],
                self.header("echo-position"),
                "{}",
                self.body
            );
        }
        self
    }

    #[track_caller]
    pub(crate) fn problem(self, status: u16, code: &str) -> Self {
        assert_eq!(
            (self.status.as_u16(), self.body["code"].as_str()),
            (status, Some(code)),
            "{}",
            self.body
        );
        assert_eq!(self.body["status"], status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert!(
            self.body["title"].is_string()
                && self.body["detail"].is_string()
                && self.body["type"].is_string()
        );
        self
    }

    /// A 422 about exactly these fields, with these codes.
    #[track_caller]
    pub(crate) fn invalid(self, expected: &[(&str, &str)]) -> Self {
        let answer = self.problem(422, "validation-failed");
        assert_eq!(answer.faults(), expected, "{}", answer.body);
        answer
    }

    pub(crate) fn faults(&self) -> Vec<(&str, &str)> {
        let errors = self.body["errors"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        errors
            .iter()
            .map(|error| (error["field"].as_str().unwrap(), error["code"].as_str().unwrap()))
            .collect()
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .unwrap_or_else(|| panic!("no {name} in {:?}", self.headers))
            .to_str()
            .unwrap()
    }

    /// The refresh token that the answer sets.
    #[track_caller]
    pub(crate) fn cookie(&self) -> String {
        let cookie = self.header("set-cookie").strip_prefix("echo_refresh=").unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }
}

pub(crate) fn nobody() -> Uuid {
    id::random()
}

pub(crate) fn text_post(text: &str) -> Value {
    json!({ "blocks": [{ "type": "text", "text": text }], "visibility": "public" })
}
