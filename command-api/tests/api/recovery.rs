//! A forgotten password and another address, by links in mails that a real SMTP conversation delivers.

use serde_json::{Value, json};

use crate::mail_server::{Mail, MailServer};
use crate::support::{Answer, Api, PASSWORD, Person, text_post};

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

async fn check(api: &Api, token: &str) -> Answer {
    let body = json!({ "token": token });
    api.post("/v1/auth/password-reset/check").json(&body).await
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
    check(&api, mail.token()).await.is(204);
    reset(&api, mail.token(), "battery staple").await.is(204);
    let notice = server.next().await;
    assert_eq!(notice.to, "ann@example.org");
    assert!(notice.text.contains("password of the account ann was changed on"));
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
        check(&api, mail.token()).await.problem(422, "link-invalid");
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
async fn link_sets_no_password_that_is_guessed_first() {
    let (api, mut server) = start().await;
    api.person("ann_berger").await;
    forget(&api, "ann_berger@example.org").await;
    let mail = server.next().await;
    for (new, code) in [
        ("12345678", "too-common"),
        ("        ", "too-simple"),
        ("Ann-Berger-1", "too-personal"),
    ] {
        let refused = api.appends_nothing(reset(&api, mail.token(), new)).await;
        refused.invalid(&[("new_password", code)]);
    }
    reset(&api, mail.token(), "battery staple").await.is(204);
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
    let [old, new] = server.next_two().await;
    assert_eq!(
        (old.to.as_str(), new.to.as_str()),
        ("ann@example.org", "new@example.org")
    );
    for notice in [old, new] {
        assert!(notice.text.contains("the account ann"), "{}", notice.text);
        assert!(!notice.text.contains("#token="), "a notice does nothing");
    }
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
    let [old, _] = server.next_two().await;
    assert_eq!(old.to, "ann@example.org");
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
    let notice = server.next().await;
    assert_eq!(notice.to, "ann@example.org");
    assert!(notice.text.contains("https://echo.example.org/forgot-password"));
    assert!(!notice.text.contains("battery staple") && !notice.text.contains("#token="));
    confirm(&api, mail.token()).await.problem(422, "link-invalid");
    server.is_empty();
}

/// A link to a new password and one to another address, both good.
async fn both_links(api: &Api, server: &mut MailServer, person: &Person) -> [Mail; 2] {
    forget(api, "ann@example.org").await;
    let reset = server.next().await;
    want(api, person, "other@example.org", PASSWORD).await;
    let email = server.next().await;
    check(api, reset.token()).await.is(204);
    [reset, email]
}

async fn are_dead(api: &Api, links: &[Mail; 2]) {
    api.appends_nothing(are_refused(api, links)).await;
}

#[tokio::test]
async fn every_link_dies_when_the_address_changes() {
    let (api, mut server) = start().await;
    let ann = api.person("ann").await;
    let links = both_links(&api, &mut server, &ann).await;
    want(&api, &ann, "new@example.org", PASSWORD).await;
    confirm(&api, server.next().await.token()).await.is(200);
    server.next_two().await;
    are_dead(&api, &links).await;
    // And they stay dead when the old address is back.
    want(&api, &ann, "ann@example.org", PASSWORD).await;
    confirm(&api, server.next().await.token()).await.is(200);
    are_dead(&api, &links).await;
}

#[tokio::test]
async fn every_link_dies_when_the_password_changes() {
    let (api, mut server) = start().await;
    let ann = api.person("ann").await;
    let links = both_links(&api, &mut server, &ann).await;
    for [current, new] in [[PASSWORD, "battery staple"], ["battery staple", PASSWORD]] {
        let body = json!({ "current_password": current, "new_password": new });
        api.post("/v1/auth/password").by(&ann).json(&body).await.is(204);
        are_dead(&api, &links).await;
    }
}

#[tokio::test]
async fn every_link_dies_when_every_session_is_ended_or_the_account_is_erased() {
    let (api, mut server) = start().await;
    let ann = api.person("ann").await;
    let links = both_links(&api, &mut server, &ann).await;
    api.post("/v1/auth/logout-all").by(&ann).await.is(204);
    are_dead(&api, &links).await;
    let ann = Person::from(&log_in(&api, "ann", PASSWORD).await.is(200));
    let links = both_links(&api, &mut server, &ann).await;
    let body = json!({ "password": PASSWORD });
    api.delete("/v1/me").by(&ann).json(&body).await.is(202);
    // What is left of the account is removed meanwhile, so positions move.
    are_refused(&api, &links).await;
}

async fn are_refused(api: &Api, [of_reset, of_email]: &[Mail; 2]) {
    check(api, of_reset.token()).await.problem(422, "link-invalid");
    reset(api, of_reset.token(), "taken over by mail")
        .await
        .problem(422, "link-invalid");
    confirm(api, of_email.token()).await.problem(422, "link-invalid");
}

#[tokio::test]
async fn nobody_is_flooded_with_mails_that_confirm_an_address() {
    let (api, mut server) = start_with(&["--email-mail-limit", "2"]).await;
    let (ann, ben) = (api.person("ann").await, api.person("ben").await);
    let beside = api.beside(&["--email-mail-limit", "2"]).await;
    // One account, whatever the addresses and whichever the instance.
    assert_eq!(want(&api, &ann, "one@example.org", PASSWORD).await.status, 202);
    assert_eq!(server.next().await.to, "one@example.org");
    // The other instance sends no mail, but counts all the same.
    assert_eq!(want(&beside, &ann, "two@example.org", PASSWORD).await.status, 202);
    let refused = want(&api, &ann, "three@example.org", PASSWORD).await;
    assert_eq!(
        refused.problem(429, "too-many-requests").header("retry-after"),
        "900"
    );
    // One recipient, whoever asks.
    assert_eq!(want(&api, &ben, "one@example.org", PASSWORD).await.status, 202);
    assert_eq!(server.next().await.to, "one@example.org");
    want(&api, &ben, "one@example.org", PASSWORD)
        .await
        .problem(429, "too-many-requests");
    api.advance(15 * 60);
    let ann = Person::from(&log_in(&api, "ann", PASSWORD).await.is(200));
    assert_eq!(want(&api, &ann, "one@example.org", PASSWORD).await.status, 202);
    assert_eq!(server.next().await.to, "one@example.org");
    server.is_empty();
}

#[tokio::test]
async fn mails_of_one_kind_that_are_stuck_hold_up_no_other_kind() {
    let (api, mut server) = start().await;
    let ann = api.person("ann").await;
    // More than are worked on at once.
    for name in ["stuck1", "stuck2", "stuck3"] {
        api.person(name).await;
        forget(&api, &format!("{name}@example.org")).await;
    }
    for name in ["stuck4", "stuck5"] {
        want(&api, &ann, &format!("{name}@example.org"), PASSWORD).await;
    }
    let body = json!({ "current_password": PASSWORD, "new_password": "battery staple" });
    api.post("/v1/auth/password").by(&ann).json(&body).await.is(204);
    assert_eq!(server.next().await.to, "ann@example.org");
}
