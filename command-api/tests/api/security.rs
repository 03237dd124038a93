//! What whoever watches over security sees of attacks: lines, and nobody's name in them.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::mail_server::MailServer;
use crate::support::{Answer, Api, PASSWORD, Person, registration, text_post};

const ADDRESS: &str = "x-test-address";
const WRONG: &str = "battery staple";

/// All that this process logs, as a service would; one test has a process of its own.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn start() -> Self {
        let log = Self::default();
        let writer = log.clone();
        tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_max_level(tracing_subscriber::filter::LevelFilter::INFO)
            .with_writer(move || writer.clone())
            .init();
        log
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines of the target `security` since the last time, as `event` and `reason`.
    fn security(&self) -> Vec<Value> {
        let text = self.text();
        self.0.lock().unwrap().clear();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        lines
            .filter(|line: &Value| line["target"] == "security")
            .collect()
    }

    #[track_caller]
    fn tells(&self, expected: &[(&str, Option<&str>)]) -> Vec<Value> {
        let lines = self.security();
        let told: Vec<(&str, Option<&str>)> = lines
            .iter()
            .map(|line| (line["event"].as_str().unwrap(), line["reason"].as_str()))
            .collect();
        assert_eq!(told, expected);
        for line in &lines {
            let text = line.to_string();
            for secret in ["annwinter", "example.org", PASSWORD, WRONG, "192.0.2.7"] {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
        lines
    }
}

async fn log_in(api: &Api, login: &str, password: &str) -> Answer {
    let body = json!({ "login": login, "password": password });
    let request = api.post("/v1/auth/login").header(ADDRESS, "192.0.2.7");
    request.json(&body).await
}

async fn change_password(api: &Api, person: &Person, password: &str) -> Answer {
    let body = json!({ "current_password": password, "new_password": "something new" });
    let request = api
        .post("/v1/auth/password")
        .by(person)
        .header(ADDRESS, "192.0.2.7");
    request.json(&body).await
}

#[tokio::test]
async fn guesses_leave_lines_that_name_nobody_and_belong_together() {
    let log = Log::start();
    let api = Api::start_with(&["--client-address-header", ADDRESS, "--login-limit", "2"]).await;
    let ann = api.person("annwinter").await;
    log.tells(&[]);

    log_in(&api, "annwinter", WRONG).await;
    log_in(&api, "AnnWinter", WRONG).await;
    log_in(&api, "annwinter", WRONG).await;
    let lines = log.tells(&[
        ("log-in-failed", None),
        ("log-in-failed", None),
        ("log-in-throttled", Some("name")),
    ]);
    for line in &lines {
        assert_eq!(line["name.hash"], lines[0]["name.hash"], "one name, one hash");
        assert_eq!(line["name.hash"].as_str().unwrap().len(), 12);
        assert_eq!(line["address.prefix"], "192.0.2");
    }
    log_in(&api, "annwinter@example.org", PASSWORD).await;
    let by_address = log.tells(&[("log-in-throttled", Some("account"))]);
    assert_ne!(by_address[0]["name.hash"], lines[0]["name.hash"]);
    log_in(&api, "nobody", WRONG).await;
    log.tells(&[("log-in-failed", None)]);

    change_password(&api, &ann, PASSWORD).await;
    let lines = log.tells(&[("password-throttled", None)]);
    api.advance(15 * 60);
    let ann = Person::from(&log_in(&api, "annwinter", PASSWORD).await.is(200));
    change_password(&api, &ann, WRONG).await;
    change_password(&api, &ann, PASSWORD).await.is(204);
    let more = log.tells(&[("password-refused", None), ("password-changed", None)]);
    for line in &more {
        assert_eq!(line["account.hash"], lines[0]["account.hash"]);
    }
    assert!(!log.text().contains("annwinter"));
}

#[tokio::test]
async fn refused_tokens_origins_and_rights_leave_lines() {
    let log = Log::start();
    let api = Api::start_with(&["--client-address-header", ADDRESS, "--account-rate", "3"]).await;
    let (ann, ben) = (api.person("annwinter").await, api.person("ben").await);
    let post = api.post("/v1/posts").by(&ann).json(&text_post("Hi"));
    let post = format!("/v1/posts/{}", post.await.is(201).body["id"].as_str().unwrap());

    // Without a token nobody attacks anything.
    api.delete(&post).await.problem(401, "missing-token");
    log.tells(&[]);
    let mut forged = ann.clone();
    forged.token.replace_range(forged.token.len() - 9.., "AAAAAAAAA");
    api.delete(&post)
        .by(&forged)
        .header(ADDRESS, "2001:db8:7:8::9")
        .await
        .problem(401, "invalid-token");
    let lines = log.tells(&[("token-refused", Some("signature"))]);
    assert_eq!(lines[0]["address.prefix"], "2001:db8:7");
    assert_eq!(lines[0]["http.route"], "/v1/posts/{id}");
    assert_eq!(
        lines[0]["account.hash"],
        Value::Null,
        "a forged token is nobody's"
    );

    api.delete(&post).by(&ben).await.problem(403, "not-author");
    let lines = log.tells(&[("access-refused", Some("not-author"))]);
    let hash = lines[0]["account.hash"].clone();
    for _ in 0..2 {
        api.delete(&post).by(&ben).await.problem(403, "not-author");
    }
    api.delete(&post).by(&ben).await.problem(429, "too-many-requests");
    let lines = log.security();
    let limited = lines.last().unwrap();
    assert_eq!(
        (&limited["event"], &limited["reason"]),
        (&json!("rate-limited"), &json!("account"))
    );
    assert_eq!(limited["account.hash"], hash);

    let evil = api
        .post("/v1/auth/refresh")
        .cookie(&ann.cookie)
        .header("origin", "https://evil.example.org");
    evil.await.problem(403, "origin-not-allowed");
    log.tells(&[("origin-refused", Some("origin-not-allowed"))]);

    let next = api.post("/v1/auth/refresh").cookie(&ann.cookie).await.is(200);
    api.advance(61);
    api.post("/v1/auth/refresh")
        .cookie(&ann.cookie)
        .await
        .problem(401, "session-ended");
    log.tells(&[("refresh-reused", None), ("token-refused", Some("revoked"))]);
    api.advance(15 * 60);
    api.delete(&post)
        .by(&Person::from(&next))
        .await
        .problem(401, "token-expired");
    log.tells(&[("token-refused", Some("expired"))]);
}

#[tokio::test]
async fn links_in_mails_leave_lines() {
    let log = Log::start();
    let mut server = MailServer::start().await;
    let options = [
        "--mail",
        &server.url,
        "--reset-mail-limit",
        "1",
        "--reset-limit",
        "3",
        "--signup-limit",
        "1",
    ];
    let api = Api::start_with(&options).await;
    let ann = api.person("annwinter").await;
    api.post("/v1/auth/signup")
        .json(&registration("ben"))
        .await
        .problem(429, "too-many-requests");
    log.tells(&[("sign-up-throttled", None)]);
    let forget = async || {
        let body = json!({ "email": "annwinter@example.org" });
        api.post("/v1/auth/password-reset").json(&body).await
    };
    forget().await;
    let mail = server.next().await;
    let asked = log.tells(&[("reset-requested", None)]);
    let use_link = async |token: &str| {
        let body = json!({ "token": token, "new_password": "something new" });
        api.post("/v1/auth/password-reset/confirm").json(&body).await
    };
    use_link(mail.token()).await.is(204);
    server.next().await;
    use_link(mail.token()).await.problem(422, "link-invalid");
    use_link("x").await.problem(422, "link-invalid");
    let lines = log.tells(&[
        ("reset-used", None),
        ("link-refused", Some("replaced")),
        ("link-refused", Some("expired")),
    ]);
    assert_eq!(lines[0]["account.hash"], lines[1]["account.hash"]);

    forget().await;
    let body = json!({ "login": "annwinter", "password": "something new" });
    let again = Person::from(&api.post("/v1/auth/login").json(&body).await.is(200));
    assert_eq!(again.id, ann.id);
    // Two mails too many are refused in the background, the fourth request at once.
    forget().await;
    forget().await.problem(429, "too-many-requests");
    let lines = loop {
        let lines = log.text();
        if lines.matches("reset-throttled").count() == 3 {
            break log.security();
        }
        tokio::task::yield_now().await;
    };
    let throttled = |reason: &str| {
        let same = |line: &&Value| line["event"] == "reset-throttled" && line["reason"] == reason;
        let found: Vec<&Value> = lines.iter().filter(same).collect();
        assert!(
            found
                .iter()
                .all(|line| line["name.hash"] == asked[0]["name.hash"])
        );
        found.len()
    };
    assert_eq!((throttled("name"), throttled("address")), (2, 1));
    server.is_empty();
}

#[tokio::test]
async fn attack_writes_no_more_lines_than_are_set_and_tells_how_many_it_left_out() {
    let log = Log::start();
    let api = Api::start_with(&["--security-lines", "3", "--login-limit", "100"]).await;
    for _ in 0..10 {
        log_in(&api, "nobody", WRONG)
            .await
            .problem(401, "wrong-credentials");
    }
    let lines = log.tells(&[("log-in-failed", None); 3]);
    assert!(lines.iter().all(|line| line["left_out"].is_null()));
    api.advance(60);
    log_in(&api, "nobody", WRONG).await;
    let lines = log.tells(&[("log-in-failed", None)]);
    assert_eq!(lines[0]["left_out"], 7);
}
