//! A forgotten password and another address, by links in mails that a real SMTP conversation delivers.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::support::{Answer, Api, PASSWORD, Person, text_post};

/// A mail server that keeps what it is given.
struct MailServer {
    url: String,
    mails: mpsc::UnboundedReceiver<Mail>,
}

#[derive(Debug)]
struct Mail {
    to: String,
    text: String,
}

impl Mail {
    fn token(&self) -> &str {
        let (_, rest) = self.text.split_once("#token=").unwrap();
        rest.split_whitespace().next().unwrap()
    }
}

impl MailServer {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (sender, mails) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(receive(connection, sender.clone()));
            }
        });
        Self { url, mails }
    }

    async fn next(&mut self) -> Mail {
        let mail = tokio::time::timeout(std::time::Duration::from_secs(20), self.mails.recv());
        mail.await.expect("a mail comes").unwrap()
    }

    /// Sees to it that no mail has come besides those that were taken, once everything asked for so far is done.
    fn is_empty(&mut self) {
        assert!(self.mails.try_recv().is_err(), "a mail nobody expected");
    }
}

async fn receive(connection: TcpStream, mails: mpsc::UnboundedSender<Mail>) -> Option<()> {
    let (reader, mut writer) = connection.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 test\r\n").await.ok()?;
    let mut to = String::new();
    while let Some(line) = lines.next_line().await.ok()? {
        let answer = match line.get(..4).unwrap_or_default() {
            "RCPT" => {
                to = line.split(['<', '>']).nth(1)?.to_owned();
                "250 fine"
            }
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await.ok()?;
                let mut text = String::new();
                loop {
                    match lines.next_line().await.ok()?? {
                        line if line == "." => break,
                        // The end of a line that was broken for the transport.
                        line if line.ends_with('=') => text.push_str(&line[..line.len() - 1]),
                        line => text.extend([line.as_str(), "\n"]),
                    }
                }
                let text = text.replace("=3D", "=");
                mails.send(Mail { to: to.clone(), text }).ok()?;
                "250 kept"
            }
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    Some(())
}

async fn start() -> (Api, MailServer) {
    start_with(&[]).await
}

async fn start_with(options: &[&str]) -> (Api, MailServer) {
    let server = MailServer::start().await;
    let mail = ["--mail", &server.url, "--public-url", "https://echo.example.org/"];
    let api = Api::start_with(&[&mail, options].concat()).await;
    (api, server)
}

async fn log_in(api: &Api, login: &str, password: &str) -> Answer {
    let body = json!({ "login": login, "password": password });
    api.post("/v1/auth/login").json(&body).await
}

async fn forget(api: &Api, email: &str) {
    let answer = api
        .appends_nothing(
            api.post("/v1/auth/password-reset")
                .json(&json!({ "email": email }))
                .into_future(),
        )
        .await;
    assert_eq!((answer.status.as_u16(), &answer.body), (202, &json!("")));
}

async fn reset(api: &Api, token: &str, password: &str) -> Answer {
    let body = json!({ "token": token, "new_password": password });
    api.post("/v1/auth/password-reset/confirm").json(&body).await
}

#[tokio::test]
async fn a_link_by_mail_sets_a_new_password_once_and_ends_every_session() {
    let (api, mut server) = start().await;
    let ann = api.person("ann").await;
    forget(&api, "Ann@Example.org").await;
    let mail = server.next().await;
    assert_eq!(mail.to, "ann@example.org");
    assert!(
        mail.text
            .contains("https://echo.example.org/reset-password#token=")
    );
    reset(&api, mail.token(), "battery staple").await.is(204);
    log_in(&api, "ann", "battery staple").await.is(200);
    log_in(&api, "ann", PASSWORD)
        .await
        .problem(401, "wrong-credentials");
    let refreshed = api.post("/v1/auth/refresh").cookie(&ann.cookie).await;
    refreshed.problem(401, "session-ended");
    api.appends_nothing(async {
        let again = reset(&api, mail.token(), "something else").await;
        assert_eq!(
            again.problem(422, "link-invalid").faults(),
            [("token", "invalid")]
        );
    })
    .await;
}

#[tokio::test]
async fn nothing_tells_whether_an_address_is_known() {
    let (api, mut server) = start().await;
    api.person("ann").await;
    // The same answer for both, and only one mail: that of the later request comes first.
    forget(&api, "nobody@example.org").await;
    forget(&api, "ann@example.org").await;
    assert_eq!(server.next().await.to, "ann@example.org");
    server.is_empty();
    let bad = api.post("/v1/auth/password-reset").json(&json!({ "email": "x" }));
    bad.await.invalid(&[("email", "invalid")]);
}

#[tokio::test]
async fn a_link_ends_after_an_hour_and_cannot_be_changed_or_used_for_something_else() {
    let (api, mut server) = start().await;
    api.person("ann").await;
    forget(&api, "ann@example.org").await;
    let mail = server.next().await;
    let mut changed = mail.token().to_owned();
    changed.replace_range(70..71, if &changed[70..71] == "A" { "B" } else { "A" });
    api.appends_nothing(async {
        for token in ["x", changed.as_str(), &mail.token()[..40]] {
            reset(&api, token, "battery staple")
                .await
                .problem(422, "link-invalid");
        }
        let elsewhere = json!({ "token": mail.token() });
        let elsewhere = api.post("/v1/auth/email/confirm").json(&elsewhere).await;
        elsewhere.problem(422, "link-invalid");
        reset(&api, "", "short")
            .await
            .invalid(&[("token", "required"), ("new_password", "too-short")]);
        api.advance(60 * 60);
        reset(&api, mail.token(), "battery staple")
            .await
            .problem(422, "link-invalid");
    })
    .await;
}

#[tokio::test]
async fn of_two_who_use_a_link_at_once_one_succeeds() {
    let (api, mut server) = start().await;
    api.person("ann").await;
    forget(&api, "ann@example.org").await;
    let mail = server.next().await;
    let answers = futures::future::join_all(
        ["one password", "two password"].map(|password| reset(&api, mail.token(), password)),
    )
    .await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 422]);
}

#[tokio::test]
async fn nobody_is_flooded_with_mails() {
    let (api, mut server) = start_with(&["--reset-mail-limit", "1"]).await;
    api.person("ann").await;
    forget(&api, "ann@example.org").await;
    assert_eq!(server.next().await.to, "ann@example.org");
    forget(&api, "ann@example.org").await;
    api.person("ben").await;
    forget(&api, "ben@example.org").await;
    assert_eq!(server.next().await.to, "ben@example.org");
    server.is_empty();
    api.advance(15 * 60);
    forget(&api, "ann@example.org").await;
    assert_eq!(server.next().await.to, "ann@example.org");
}

async fn want(api: &Api, person: &Person, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    api.appends_nothing(api.post("/v1/auth/email").by(person).json(&body).into_future())
        .await
}

async fn confirm(api: &Api, token: &str) -> Answer {
    let body = json!({ "token": token });
    api.post("/v1/auth/email/confirm").json(&body).await
}

#[tokio::test]
async fn an_address_changes_when_its_mail_is_answered_and_the_old_one_is_free() {
    let (api, mut server) = start().await;
    let ann = api.person("ann").await;
    assert_eq!(want(&api, &ann, "New@Example.org", PASSWORD).await.status, 202);
    let mail = server.next().await;
    assert_eq!(mail.to, "new@example.org");
    let [events, ..] = api.positions().await;
    let confirmed = confirm(&api, mail.token()).await.is(200);
    assert_eq!(confirmed.body["position"], format!("e{}", events + 3));
    assert_eq!(
        server.next().await.to,
        "ann@example.org",
        "the old address is told"
    );
    log_in(&api, "new@example.org", PASSWORD).await.is(200);
    log_in(&api, "ann@example.org", PASSWORD)
        .await
        .problem(401, "wrong-credentials");
    api.post("/v1/posts")
        .by(&ann)
        .json(&text_post("still here"))
        .await
        .is(201);
    api.appends_nothing(confirm(&api, mail.token()))
        .await
        .problem(422, "link-invalid");
    // Somebody else takes the old one.
    let body = json!({
        "username": "other", "email": "ann@example.org", "password": PASSWORD, "display_name": "Other"
    });
    let other = Person::from(&api.post("/v1/auth/signup").json(&body).await.is(201));
    assert_ne!(other.id, ann.id);
    // And back again is another link: the first one stays used.
    want(&api, &other, "third@example.org", PASSWORD).await;
    confirm(&api, server.next().await.token()).await.is(200);
    assert_eq!(server.next().await.to, "ann@example.org");
    want(&api, &ann, "ann@example.org", PASSWORD).await;
    confirm(&api, server.next().await.token()).await.is(200);
    confirm(&api, mail.token()).await.problem(422, "link-invalid");
}

#[tokio::test]
async fn whether_an_address_is_taken_is_told_only_to_who_reads_its_mail() {
    let (api, mut server) = start().await;
    let (ann, _ben) = (api.person("ann").await, api.person("ben").await);
    assert_eq!(want(&api, &ann, "ben@example.org", PASSWORD).await.status, 202);
    let mail = server.next().await;
    let taken = api.appends_nothing(confirm(&api, mail.token())).await;
    taken.problem(409, "email-taken");
    log_in(&api, "ann@example.org", PASSWORD).await.is(200);
}

#[tokio::test]
async fn an_address_changes_only_for_who_knows_the_password() {
    let (api, mut server) = start().await;
    let ann = api.person("ann").await;
    want(&api, &ann, "new@example.org", "battery staple")
        .await
        .problem(403, "wrong-password");
    want(&api, &ann, "x", "")
        .await
        .invalid(&[("email", "invalid"), ("password", "required")]);
    want(&api, &ann, "ann@example.org", PASSWORD)
        .await
        .invalid(&[("email", "unchanged")]);
    // A new password makes the link worthless.
    want(&api, &ann, "new@example.org", PASSWORD).await;
    let mail = server.next().await;
    let body: Value = json!({ "current_password": PASSWORD, "new_password": "battery staple" });
    api.post("/v1/auth/password").by(&ann).json(&body).await.is(204);
    confirm(&api, mail.token()).await.problem(422, "link-invalid");
    server.is_empty();
}
