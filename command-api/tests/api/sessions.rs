//! Log-in, refresh and log-out.

use platform::config::Key;
use platform::token::{Audience, Signer};
use serde_json::json;

use crate::support::{Answer, Api, PASSWORD, Person, registration, text_post};

const DAY: i64 = 24 * 60 * 60;

async fn refresh(api: &Api, token: &str) -> Answer {
    api.post("/v1/auth/refresh").cookie(token).await
}

#[tokio::test]
async fn one_logs_in_by_username_or_address_in_any_case() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    for login in ["ann", "ANN", "ann@example.org", "Ann@Example.Org"] {
        let body = json!({ "login": login, "password": PASSWORD });
        let answer = api.post("/v1/auth/login").json(&body).await.is(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        let again = Person::from(&answer);
        assert_eq!(again.id, ann.id);
        api.post("/v1/posts")
            .by(&again)
            .json(&text_post("Hi"))
            .await
            .is(201);
    }
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_get_the_same_answer() {
    let api = Api::start().await;
    api.person("ann").await;
    let attempt = async |login: &str, password: &str| {
        let body = json!({ "login": login, "password": password });
        let answer = api
            .appends_nothing(api.post("/v1/auth/login").json(&body).into_future())
            .await;
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        answer.problem(401, "wrong-credentials").body
    };
    let wrong = attempt("ann", "battery staple").await;
    for (login, password) in [
        ("ben", PASSWORD),
        ("ben@example.org", PASSWORD),
        ("a\0b", "x"),
        ("ann", &"x".repeat(999)),
    ] {
        assert_eq!(attempt(login, password).await, wrong);
    }
    api.post("/v1/auth/login")
        .json(&json!({}))
        .await
        .invalid(&[("login", "required"), ("password", "required")]);
}

#[tokio::test]
async fn each_refresh_replaces_the_token() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let mut token = ann.cookie.clone();
    for _ in 0..3 {
        api.advance(10 * 60);
        let answer = refresh(&api, &token).await.is(200);
        let next = Person::from(&answer);
        assert_eq!(next.id, ann.id);
        assert_ne!(next.cookie, token);
        api.post("/v1/posts")
            .by(&next)
            .json(&text_post("Hi"))
            .await
            .is(201);
        token = next.cookie;
    }
}

#[tokio::test]
async fn the_token_just_replaced_is_honoured_for_a_minute() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let second = refresh(&api, &ann.cookie).await.is(200);
    api.advance(60);
    let repeated = api.appends_nothing(refresh(&api, &ann.cookie)).await.is(200);
    assert_eq!(repeated.cookie(), second.cookie(), "both hold the current token");
    assert_eq!(repeated.header("echo-position"), second.header("echo-position"));
    refresh(&api, &second.cookie()).await.is(200);
}

#[tokio::test]
async fn two_tabs_that_refresh_at_once_both_stay_signed_in() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let tabs = futures::future::join_all((0..8).map(|_| refresh(&api, &ann.cookie))).await;
    let tokens: Vec<String> = tabs.into_iter().map(|answer| answer.is(200).cookie()).collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    assert_eq!(api.positions().await[2], 2, "started and refreshed once");
}

#[tokio::test]
async fn a_token_used_again_later_revokes_its_session() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let thief = refresh(&api, &ann.cookie).await.is(200);
    api.advance(61);
    let caught = refresh(&api, &ann.cookie).await.problem(401, "session-ended");
    assert!(
        caught.header("set-cookie").starts_with("echo_refresh=; "),
        "the browser forgets it"
    );
    assert!(caught.header("set-cookie").contains("Max-Age=0"));
    api.appends_nothing(async {
        refresh(&api, &thief.cookie()).await.problem(401, "session-ended");
        refresh(&api, &ann.cookie).await.problem(401, "session-ended");
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_without_use() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    api.advance(30 * DAY - 1);
    let next = refresh(&api, &ann.cookie).await.is(200).cookie();
    api.advance(30 * DAY);
    api.appends_nothing(refresh(&api, &next))
        .await
        .problem(401, "session-ended");
}

#[tokio::test]
async fn session_ends_after_the_days_that_are_set_however_often_it_is_used() {
    let api = Api::start_with(&["--session-days", "40"]).await;
    let mut token = api.person("ann").await.cookie;
    api.advance(20 * DAY);
    token = refresh(&api, &token).await.is(200).cookie();
    api.advance(20 * DAY - 60);
    let last = refresh(&api, &token).await.is(200);
    // Neither token outlives the session.
    assert_eq!(last.body["expires_in"], 60);
    assert!(last.header("set-cookie").contains("Max-Age=60;"));
    let person = Person::from(&last);
    api.advance(60);
    api.appends_nothing(async {
        let ended = refresh(&api, &person.cookie).await.problem(401, "session-ended");
        assert!(ended.header("set-cookie").contains("Max-Age=0"));
    })
    .await;
    api.advance(5);
    let post = api.post("/v1/posts").by(&person).json(&text_post("Hi"));
    post.await.problem(401, "token-expired");
    let body = json!({ "login": "ann", "password": PASSWORD });
    let again = Person::from(&api.post("/v1/auth/login").json(&body).await.is(200));
    refresh(&api, &again.cookie).await.is(200);
}

#[tokio::test]
async fn no_token_a_foreign_token_and_a_changed_token_are_refused() {
    let api = Api::start().await;
    let (ann, ben) = (api.person("ann").await, api.person("ben").await);
    let (id, rest) = ann.cookie.split_once('.').unwrap();
    let (other, _) = ben.cookie.split_once('.').unwrap();
    api.appends_nothing(async {
        api.post("/v1/auth/refresh")
            .await
            .problem(401, "missing-refresh-token");
        for token in [
            "x",
            "a.b.c",
            &format!("{other}.{rest}"),
            &format!("{id}.1{}", &rest[1..]),
        ] {
            refresh(&api, token).await.problem(401, "session-ended");
        }
    })
    .await;
}

#[tokio::test]
async fn pages_of_other_origins_may_not_use_the_cookie() {
    let api = Api::start_with(&["--allowed-origins", "https://app.example.org"]).await;
    let ann = api.person("ann").await;
    for path in ["/v1/auth/refresh", "/v1/auth/logout"] {
        let request = api
            .post(path)
            .cookie(&ann.cookie)
            .header("origin", "https://evil.example.org");
        api.appends_nothing(request.into_future())
            .await
            .problem(403, "origin-not-allowed");
    }
    let allowed = api
        .post("/v1/auth/refresh")
        .cookie(&ann.cookie)
        .header("origin", "https://app.example.org")
        .await;
    allowed.is(200);
}

#[tokio::test]
async fn a_page_of_another_scheme_is_of_another_origin() {
    let api = Api::start_with(&["--public-url", "https://echo.example.org/app"]).await;
    let ann = api.person("ann").await;
    let here = api.authority().to_owned();
    let from = |origin: String, by: Option<&str>| {
        let request = api
            .post("/v1/auth/refresh")
            .cookie(&ann.cookie)
            .header("origin", &origin);
        match by {
            Some(scheme) => request.header("x-forwarded-proto", scheme),
            None => request,
        }
    };
    for (origin, by) in [
        (format!("https://{here}"), None),
        (format!("http://{here}"), Some("https")),
        (format!("chrome-extension://{here}"), None),
        (format!("file://{here}"), None),
        (format!("http://ann@{here}"), None),
        ("http://echo.example.org".to_owned(), None),
        ("null".to_owned(), None),
    ] {
        api.appends_nothing(from(origin, by).into_future())
            .await
            .problem(403, "origin-not-allowed");
    }
    for (origin, by) in [
        (format!("http://{here}"), None),
        (format!("https://{here}"), Some("https")),
        ("https://echo.example.org".to_owned(), None),
    ] {
        from(origin, by).await.is(200);
    }
}

#[tokio::test]
async fn a_secure_cookie_has_a_name_that_nobody_plants_and_the_old_one_still_counts() {
    let api = Api::start_with(&["--cookie-secure", "true"]).await;
    let answer = api
        .post("/v1/auth/signup")
        .json(&registration("ann"))
        .await
        .is(201);
    let cookies = |answer: &Answer| -> Vec<String> {
        let cookies = answer.headers.get_all("set-cookie").iter();
        cookies.map(|value| value.to_str().unwrap().to_owned()).collect()
    };
    let token = |answer: &Answer| {
        let [secure, old] = <[String; 2]>::try_from(cookies(answer)).unwrap();
        assert!(
            secure.ends_with("; Path=/v1/auth; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure"),
            "{secure}"
        );
        assert!(
            old.starts_with("echo_refresh=; Path=/v1/auth; Max-Age=0; "),
            "{old}"
        );
        let (name, rest) = secure.split_once('=').unwrap();
        assert_eq!(name, "__Secure-echo_refresh");
        rest.split(';').next().unwrap().to_owned()
    };
    let refreshed = |cookies: String| api.post("/v1/auth/refresh").header("cookie", &cookies);

    // Signed in before the name changed: the session goes on under the new one.
    let first = token(&answer);
    let second = token(&refreshed(format!("echo_refresh={first}")).await.is(200));
    // A cookie of the old name that somebody planted doesn't count beside it.
    let planted = format!("echo_refresh=planted; __Secure-echo_refresh={second}");
    let third = token(&refreshed(planted).await.is(200));

    let out = api
        .post("/v1/auth/logout")
        .header("cookie", &format!("__Secure-echo_refresh={third}"))
        .await
        .is(204);
    let gone: Vec<String> = cookies(&out);
    assert!(
        gone.len() == 2
            && gone
                .iter()
                .all(|cookie| cookie.contains("=; ") && cookie.contains("Max-Age=0")),
        "{gone:?}"
    );
}

#[tokio::test]
async fn logging_out_ends_the_session_once() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let out = api.post("/v1/auth/logout").by(&ann).await.is(204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(out.header("echo-position"), "s2");
    refresh(&api, &ann.cookie).await.problem(401, "session-ended");
    let again = api
        .appends_nothing(api.post("/v1/auth/logout").by(&ann).into_future())
        .await
        .is(204);
    assert_eq!(again.header("echo-position"), "s2");
}

#[tokio::test]
async fn logging_out_needs_the_token_or_the_cookie() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    api.post("/v1/auth/logout").await.problem(401, "missing-token");
    api.post("/v1/auth/logout")
        .header("authorization", "Bearer x")
        .await
        .problem(401, "invalid-token");
    // An access token that ended long ago is no obstacle.
    api.advance(60 * 60);
    api.post("/v1/auth/logout")
        .by(&ann)
        .cookie(&ann.cookie)
        .await
        .is(204);
    refresh(&api, &ann.cookie).await.problem(401, "session-ended");
}

#[tokio::test]
async fn an_access_token_of_an_ended_session_is_soon_refused() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    api.post("/v1/auth/logout").by(&ann).await.is(204);
    let refused = async {
        loop {
            let answer = api.post("/v1/posts").by(&ann).json(&text_post("Hi")).await;
            if answer.status == 401 {
                return answer;
            }
        }
    };
    let answer = tokio::time::timeout(std::time::Duration::from_secs(1), refused)
        .await
        .expect("within a second");
    answer.problem(401, "session-ended");
}

#[tokio::test]
async fn other_sessions_go_on_when_one_ends() {
    let api = Api::start().await;
    let phone = api.person("ann").await;
    let desk = Person::from(
        &api.post("/v1/auth/login")
            .json(&json!({ "login": "ann", "password": PASSWORD }))
            .await,
    );
    api.post("/v1/auth/logout").by(&phone).await.is(204);
    refresh(&api, &desk.cookie).await.is(200);
}

#[tokio::test]
async fn tokens_of_two_signing_keys_are_good_while_one_replaces_the_other() {
    let before = Api::start().await;
    let ann = before.person("ann").await;
    let seed = Key::new([7; 32]);
    let audience = Audience {
        issuer: "echo".to_owned(),
        audience: "echo".to_owned(),
    };
    let signer = Signer::new(&seed, audience, before.clock.clone()).unwrap();
    // First every instance learns the next public key, then they begin to sign with it.
    let public = signer.public_key().to_string();
    let during = before.beside(&["--token-verifying-keys", &public]).await;
    let after = before.beside(&["--token-signing-key", &seed.to_base64()]).await;
    let body = json!({ "login": "ann", "password": PASSWORD });
    let again = Person::from(&after.post("/v1/auth/login").json(&body).await.is(200));
    for api in [&during, &after] {
        for person in [&ann, &again] {
            let post = api.post("/v1/posts").by(person).json(&text_post("Hi"));
            post.await.is(201);
        }
        let jwks = api.get("/.well-known/jwks.json").await;
        assert_eq!(jwks.body["keys"].as_array().unwrap().len(), 2);
    }
    let post = before.post("/v1/posts").by(&again).json(&text_post("Hi"));
    post.await.problem(401, "invalid-token");
}
