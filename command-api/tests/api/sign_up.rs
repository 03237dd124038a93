//! POST `/v1/auth/signup`

use futures::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Api, Person, registration};

fn with(field: &str, value: impl Into<Value>) -> Value {
    let mut body = registration("ann");
    body[field] = value.into();
    body
}

#[tokio::test]
async fn password_that_is_guessed_first_is_refused() {
    let api = Api::start().await;
    for (password, code) in [
        ("password", "too-common"),
        ("Monkey2019", "too-common"),
        ("aaaaaaaa", "too-simple"),
        ("        ", "too-simple"),
        ("ann_berger", "too-personal"),
        ("mail.ann", "too-personal"),
        ("mail.ann@example.org", "too-personal"),
        ("Wonder Woman 1", "too-personal"),
        ("EchoEcho", "too-personal"),
    ] {
        let body = json!({
            "username": "Ann_Berger", "email": "Mail.Ann@example.org",
            "password": password, "display_name": "Wonder Woman",
        });
        let refused = api.appends_nothing(api.post("/v1/auth/signup").json(&body).into_future());
        refused.await.invalid(&[("password", code)]);
    }
}

#[tokio::test]
async fn a_person_signs_up_and_is_signed_in() {
    let api = Api::start().await;
    let mut body = with("username", "Ann_1");
    body["display_name"] = json!("  Ann Ö.  ");
    let answer = api.post("/v1/auth/signup").json(&body).await.is(201);
    let account = &answer.body["account"];
    assert!(account["id"].as_str().unwrap().parse::<Uuid>().is_ok());
    assert_eq!(
        (&account["username"], &account["display_name"]),
        (&json!("ann_1"), &json!("Ann Ö."))
    );
    assert_eq!(account["avatar"], Value::Null);
    assert_eq!(
        (&answer.body["token_type"], &answer.body["expires_in"]),
        (&json!("Bearer"), &json!(900))
    );
    assert_eq!(answer.body["position"], "e3,s1");
    assert_eq!(answer.header("cache-control"), "no-store");
    let cookie = answer.header("set-cookie");
    for attribute in [
        "; HttpOnly",
        "; SameSite=Strict",
        "; Path=/v1/auth",
        "; Max-Age=2592000",
    ] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "this test serves plain http");
}

#[tokio::test]
async fn the_cookie_is_secure_by_default() {
    let api = Api::start_with(&["--cookie-secure", "true"]).await;
    let answer = api
        .post("/v1/auth/signup")
        .json(&registration("ann"))
        .await
        .is(201);
    assert!(answer.header("set-cookie").ends_with("; Secure"));
}

#[tokio::test]
async fn every_bad_field_is_named_and_nothing_is_appended() {
    let api = Api::start().await;
    let long = |n: usize| "a".repeat(n);
    let cases = [
        (with("username", ""), "username", "required"),
        (with("username", "an"), "username", "too-short"),
        (with("username", long(31)), "username", "too-long"),
        (with("username", "an n"), "username", "invalid"),
        (with("username", "anñ"), "username", "invalid"),
        (with("username", "\u{212a}im"), "username", "invalid"),
        (with("email", "ann"), "email", "invalid"),
        (with("email", "ann@localhost"), "email", "invalid"),
        (
            with("email", format!("ann@{}.org", long(260))),
            "email",
            "too-long",
        ),
        (with("password", "1234567"), "password", "too-short"),
        (with("password", "ü".repeat(129)), "password", "too-long"),
        (with("password", "12345678\0"), "password", "control-character"),
        (with("display_name", " "), "display_name", "required"),
        (with("display_name", "😀".repeat(51)), "display_name", "too-long"),
        (with("display_name", "\u{200b}\u{3164}"), "display_name", "blank"),
        (
            with("display_name", "Ann\u{202e}"),
            "display_name",
            "invisible-character",
        ),
        (
            with("display_name", format!("A{}", "\u{301}".repeat(49))),
            "display_name",
            "too-many-marks",
        ),
        (
            with("display_name", "An\u{1b}n"),
            "display_name",
            "control-character",
        ),
    ];
    api.appends_nothing(async {
        for (body, field, code) in cases {
            api.post("/v1/auth/signup")
                .json(&body)
                .await
                .invalid(&[(field, code)]);
        }
        let empty = api.post("/v1/auth/signup").json(&json!({})).await;
        empty.invalid(&[
            ("username", "required"),
            ("email", "required"),
            ("password", "required"),
            ("display_name", "required"),
        ]);
    })
    .await;
    // The limits themselves are fine.
    let mut body = with("username", long(30));
    body["password"] = json!("üo".repeat(64));
    body["display_name"] = json!("😀".repeat(50));
    api.post("/v1/auth/signup").json(&body).await.is(201);
}

#[tokio::test]
async fn names_of_those_who_run_the_place_are_taken_by_nobody() {
    let api = Api::start().await;
    api.appends_nothing(async {
        for name in [
            "admin",
            "Echo",
            "_support_",
            "m0derator",
            "echo_team",
            "__proto__",
            "settings",
        ] {
            let answer = api.post("/v1/auth/signup").json(&with("username", name)).await;
            let answer = answer.problem(409, "username-reserved");
            assert_eq!(answer.faults(), [("username", "reserved")], "{name}");
        }
    })
    .await;
    api.post("/v1/auth/signup")
        .json(&with("username", "admiral"))
        .await
        .is(201);
}

#[tokio::test]
async fn a_name_is_taken_in_any_case() {
    let api = Api::start().await;
    api.person("ann").await;
    let attempt = async |username: &str, email: &str| {
        let mut body = registration(username);
        body["email"] = json!(email);
        api.appends_nothing(api.post("/v1/auth/signup").json(&body).into_future())
            .await
    };
    let username = attempt("ANN", "other@example.org")
        .await
        .problem(409, "username-taken");
    assert_eq!(username.faults(), [("username", "taken")]);
    let email = attempt("other", "Ann@EXAMPLE.org")
        .await
        .problem(409, "email-taken");
    assert_eq!(email.faults(), [("email", "taken")]);
    let both = attempt("ann", "ann@example.org")
        .await
        .problem(409, "username-taken");
    assert_eq!(both.faults(), [("username", "taken"), ("email", "taken")]);
}

#[tokio::test]
async fn of_a_hundred_who_want_one_name_one_gets_it_and_nothing_partial_is_left() {
    let api = Api::start_with(&["--password-queue", "200"]).await;
    let answers = join_all((0..100).map(|n| {
        let mut body = registration("ann");
        body["email"] = json!(format!("ann{n}@example.org"));
        api.post("/v1/auth/signup").json(&body).into_future()
    }))
    .await;
    let (winners, losers): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
    assert_eq!(winners.len(), 1);
    for loser in losers {
        loser.problem(409, "username-taken");
    }
    assert_eq!(
        api.positions().await,
        [3, 0, 1],
        "one account, one username, one address, one session"
    );
}

#[tokio::test]
async fn a_repeat_under_the_same_key_finds_the_same_account() {
    let api = Api::start().await;
    let body = with("username", "Ann");
    let first = api.post("/v1/auth/signup").key("k-1").json(&body).await.is(201);
    let before = api.positions().await;
    let second = api
        .post("/v1/auth/signup")
        .key("k-1")
        .json(&with("username", "ann"))
        .await
        .is(201);
    assert_eq!(second.body["account"], first.body["account"]);
    assert_ne!(second.body["access_token"], first.body["access_token"]);
    assert_ne!(second.cookie(), first.cookie(), "a session of its own");
    let [events, chat, sessions] = before;
    assert_eq!(api.positions().await, [events, chat, sessions + 1]);
    assert_eq!(second.body["position"], format!("e1,s{}", sessions + 1));
}

#[tokio::test]
async fn the_same_key_with_another_body_or_password_is_refused() {
    let api = Api::start().await;
    api.post("/v1/auth/signup")
        .key("k-1")
        .json(&registration("ann"))
        .await
        .is(201);
    api.appends_nothing(async {
        for body in [
            with("username", "ben"),
            with("email", "ben@example.org"),
            with("display_name", "Ben"),
            with("password", "battery staple"),
        ] {
            let answer = api.post("/v1/auth/signup").key("k-1").json(&body).await;
            answer.problem(422, "idempotency-key-reused");
        }
    })
    .await;
}

#[tokio::test]
async fn the_same_sign_up_sent_many_times_at_once_makes_one_account() {
    let api = Api::start().await;
    let answers = join_all((0..10).map(|_| {
        api.post("/v1/auth/signup")
            .key("k-1")
            .json(&registration("ann"))
            .into_future()
    }))
    .await;
    let people: Vec<Person> = answers
        .into_iter()
        .map(|answer| Person::from(&answer.is(201)))
        .collect();
    assert!(people.iter().all(|person| person.id == people[0].id));
    let [events, ..] = api.positions().await;
    assert_eq!(events, 3);
}

#[tokio::test]
async fn when_the_queue_for_passwords_is_full_the_answer_is_503_at_once() {
    let api = Api::start_with(&["--password-threads", "1", "--password-queue", "1"]).await;
    let answers = join_all((0..20).map(|n| {
        api.post("/v1/auth/signup")
            .json(&registration(&format!("person{n}")))
            .into_future()
    }))
    .await;
    let (busy, served): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 503);
    assert!(!busy.is_empty() && !served.is_empty());
    let appended = 3 * u64::try_from(served.len()).unwrap();
    for answer in busy {
        assert_eq!(answer.problem(503, "busy").header("retry-after"), "2");
    }
    assert_eq!(api.positions().await[0], appended, "who was refused left nothing");
}
