//! Guessing is slow, for whoever guesses and for nobody else.

use futures::future::join_all;
use serde_json::json;

use crate::support::{Answer, Api, PASSWORD, Person, nobody, registration};

const ADDRESS: &str = "x-test-address";
const WRONG: &str = "battery staple";

async fn start(options: &[&str]) -> Api {
    Api::start_with(&[&["--client-address-header", ADDRESS], options].concat()).await
}

async fn log_in(api: &Api, address: &str, login: &str, password: &str) -> Answer {
    let body = json!({ "login": login, "password": password });
    let request = api.post("/v1/auth/login").header(ADDRESS, address);
    request.json(&body).await
}

#[track_caller]
fn wait(answer: Answer) -> u64 {
    let answer = answer.problem(429, "too-many-requests");
    answer.header("retry-after").parse().unwrap()
}

#[tokio::test]
async fn who_guesses_has_to_wait_and_nobody_else_has_to() {
    let api = start(&["--login-limit", "3"]).await;
    api.person("ann").await;
    for _ in 0..3 {
        log_in(&api, "192.0.2.1", "ann", WRONG)
            .await
            .problem(401, "wrong-credentials");
    }
    assert_eq!(wait(log_in(&api, "192.0.2.1", "ann", PASSWORD).await), 15 * 60);
    api.advance(60);
    assert_eq!(wait(log_in(&api, "192.0.2.1", "Ann", PASSWORD).await), 14 * 60);
    log_in(&api, "192.0.2.2", "ann", PASSWORD).await.is(200);
    log_in(&api, "192.0.2.1", "ben", PASSWORD)
        .await
        .problem(401, "wrong-credentials");
    api.advance(14 * 60);
    log_in(&api, "192.0.2.1", "ann", PASSWORD).await.is(200);
}

#[tokio::test]
async fn the_right_password_takes_back_what_was_counted() {
    let api = start(&["--login-limit", "3"]).await;
    api.person("ann").await;
    for _ in 0..5 {
        for _ in 0..2 {
            log_in(&api, "192.0.2.1", "ann", WRONG)
                .await
                .problem(401, "wrong-credentials");
        }
        log_in(&api, "192.0.2.1", "ann", PASSWORD).await.is(200);
    }
}

#[tokio::test]
async fn attempts_are_counted_across_instances_and_many_at_once_are_no_more() {
    let api = start(&[]).await;
    api.person("ann").await;
    let other = api.beside(&["--client-address-header", ADDRESS]).await;
    let attempts = (0..30).map(|n| {
        let api = if n % 2 == 0 { &api } else { &other };
        log_in(api, "192.0.2.1", "ann", WRONG)
    });
    let answers = join_all(attempts).await;
    let checked = answers.iter().filter(|answer| answer.status == 401).count();
    let refused = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!((checked, refused), (10, 20));
}

/// What an outsider sees of many attempts on a name that has been guessed at from everywhere.
async fn attack(api: &Api, name: &str) -> Vec<(u16, String)> {
    let mut seen = Vec::new();
    for n in 0..8 {
        let answer = log_in(api, &format!("198.51.100.{n}"), name, WRONG).await;
        let retry = answer.headers.get("retry-after").cloned();
        seen.push((answer.status.as_u16(), format!("{retry:?} {}", answer.body)));
    }
    seen
}

#[tokio::test]
async fn many_guesses_from_everywhere_delay_only_where_nobody_succeeded_before() {
    let api = start(&["--login-account-limit", "5"]).await;
    let ann = api.person("ann").await;
    let home = Person::from(&log_in(&api, "192.0.2.1", "ann", PASSWORD).await.is(200));
    let seen = attack(&api, "ann").await;
    let statuses: Vec<u16> = seen.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
    assert_eq!(
        attack(&api, "nobody").await,
        seen,
        "nothing tells that ann exists"
    );
    // At home nothing is felt of it, by either name.
    log_in(&api, "192.0.2.1", "ann", PASSWORD).await.is(200);
    log_in(&api, "192.0.2.1", "ann@example.org", PASSWORD)
        .await
        .is(200);
    // Nor on the road, in a browser where she is signed in.
    let body = json!({ "login": "ann", "password": PASSWORD });
    let request = api.post("/v1/auth/login").header(ADDRESS, "203.0.113.1");
    request.cookie(&home.cookie).json(&body).await.is(200);
    let ben = api.person("ben").await;
    let request = api.post("/v1/auth/login").header(ADDRESS, "203.0.113.2");
    wait(request.cookie(&ben.cookie).json(&body).await);
    // Elsewhere she waits once; whoever guesses on doesn't make it longer.
    assert_eq!(wait(log_in(&api, "203.0.113.9", "ann", PASSWORD).await), 20);
    api.advance(19);
    assert_eq!(wait(log_in(&api, "203.0.113.9", "ann", PASSWORD).await), 1);
    attack(&api, "ann").await;
    api.advance(1);
    let away = Person::from(&log_in(&api, "203.0.113.9", "ann", PASSWORD).await.is(200));
    assert_eq!(away.id, ann.id);
}

#[tokio::test]
async fn sign_ups_are_counted_per_address() {
    let api = start(&["--signup-limit", "2"]).await;
    let sign_up = async |address: &str, name: &str| {
        let request = api.post("/v1/auth/signup").header(ADDRESS, address);
        request.json(&registration(name)).await
    };
    sign_up("2001:db8::1", "ann").await.is(201);
    sign_up("2001:db8::2", "ann").await.problem(409, "username-taken");
    let late = api.appends_nothing(sign_up("2001:db8::3", "ben")).await;
    assert_eq!(wait(late), 15 * 60);
    sign_up("2001:db8:1::1", "ben").await.is(201);
}

#[tokio::test]
async fn forgotten_passwords_are_counted_per_address_known_or_not() {
    let api = start(&["--reset-limit", "2"]).await;
    api.person("ann").await;
    for name in ["ann", "nobody"] {
        let forget = async |address: &str| {
            let request = api.post("/v1/auth/password-reset").header(ADDRESS, address);
            let body = json!({ "email": format!("{name}@example.org") });
            request.json(&body).await
        };
        let address = format!("192.0.2.{}", name.len());
        assert_eq!(forget(&address).await.status, 202);
        assert_eq!(forget(&address).await.status, 202);
        assert_eq!(wait(forget(&address).await), 15 * 60);
        assert_eq!(forget("192.0.2.99").await.status, 202);
    }
}

/// A try of a password, by one of the ways there are.
async fn guess(api: &Api, ann: &Person, address: &str, way: &str, password: &str) -> Answer {
    match way {
        "ann" | "ann@example.org" => log_in(api, address, way, password).await,
        "DELETE /v1/me" => {
            let request = api.delete("/v1/me").by(ann).header(ADDRESS, address);
            request.json(&json!({ "password": password })).await
        }
        path => {
            let body = json!({
                "current_password": password, "new_password": "something new",
                "password": password, "email": "new@example.org",
            });
            let request = api.post(path).by(ann).header(ADDRESS, address);
            request.json(&body).await
        }
    }
}

#[tokio::test]
async fn passwords_of_an_account_are_guessed_no_faster_by_all_ways_and_instances_than_by_one() {
    let api = start(&["--login-limit", "5"]).await;
    let beside = api
        .beside(&["--client-address-header", ADDRESS, "--login-limit", "5"])
        .await;
    let ann = api.person("ann").await;
    let ways = [
        ("ann", 401, "wrong-credentials"),
        ("/v1/auth/password", 403, "wrong-password"),
        ("ann@example.org", 401, "wrong-credentials"),
        ("/v1/auth/email", 403, "wrong-password"),
        ("DELETE /v1/me", 403, "wrong-password"),
    ];
    for (n, (way, status, code)) in ways.into_iter().enumerate() {
        let api = if n % 2 == 0 { &api } else { &beside };
        guess(api, &ann, "192.0.2.1", way, WRONG)
            .await
            .problem(status, code);
    }
    for (way, _, _) in ways {
        let answer = guess(&api, &ann, "192.0.2.1", way, PASSWORD).await;
        match way {
            // Log-in doesn't tell that two names are one person's.
            "ann" | "ann@example.org" => drop(answer.problem(401, "wrong-credentials")),
            _ => assert_eq!(wait(answer), 15 * 60),
        }
    }
    // Elsewhere nothing of it is felt.
    guess(&api, &ann, "192.0.2.2", "/v1/auth/password", PASSWORD)
        .await
        .is(204);
    api.advance(15 * 60);
    log_in(&api, "192.0.2.1", "ann", "something new").await.is(200);
}

#[tokio::test]
async fn stolen_access_token_guesses_no_faster_from_many_addresses() {
    let api = start(&["--login-account-limit", "5"]).await;
    let ann = api.person("ann").await;
    log_in(&api, "192.0.2.1", "ann", PASSWORD).await.is(200);
    for n in 0..5 {
        guess(&api, &ann, &format!("198.51.100.{n}"), "/v1/auth/email", WRONG)
            .await
            .problem(403, "wrong-password");
    }
    // From now on one try in twenty seconds from each address.
    let way = "DELETE /v1/me";
    guess(&api, &ann, "198.51.100.9", way, WRONG)
        .await
        .problem(403, "wrong-password");
    assert_eq!(wait(guess(&api, &ann, "198.51.100.9", way, PASSWORD).await), 20);
    // Not where the password was right, nor in a browser that has a session.
    for _ in 0..3 {
        guess(&api, &ann, "192.0.2.1", way, WRONG)
            .await
            .problem(403, "wrong-password");
        let body = json!({ "current_password": WRONG, "new_password": "something new" });
        let request = api.post("/v1/auth/password").by(&ann).cookie(&ann.cookie);
        request
            .header(ADDRESS, "203.0.113.1")
            .json(&body)
            .await
            .problem(403, "wrong-password");
    }
}

#[tokio::test]
async fn repeated_sign_up_is_a_guess_at_the_password_like_any_other() {
    let api = start(&["--login-limit", "3"]).await;
    let sign_up = async |address: &str, password: &str| {
        let mut body = registration("ann");
        body["password"] = json!(password);
        let request = api.post("/v1/auth/signup").key("k").header(ADDRESS, address);
        request.json(&body).await
    };
    let ann = Person::from(&sign_up("192.0.2.9", PASSWORD).await.is(201));
    for _ in 0..2 {
        sign_up("192.0.2.1", WRONG)
            .await
            .problem(422, "idempotency-key-reused");
    }
    log_in(&api, "192.0.2.1", "ann", WRONG)
        .await
        .problem(401, "wrong-credentials");
    assert_eq!(wait(sign_up("192.0.2.1", PASSWORD).await), 15 * 60);
    wait(guess(&api, &ann, "192.0.2.1", "/v1/auth/email", PASSWORD).await);
    assert_eq!(
        Person::from(&sign_up("192.0.2.2", PASSWORD).await.is(201)).id,
        ann.id
    );
}

async fn like(api: &Api, address: &str, by: Option<&Person>) -> Answer {
    let request = api.put(&format!("/v1/posts/{}/like", nobody()));
    let request = request.header(ADDRESS, address);
    match by {
        Some(person) => request.by(person).await,
        None => request.await,
    }
}

#[tokio::test]
async fn every_answer_tells_how_many_requests_are_left() {
    let api = start(&["--account-rate", "3", "--address-rate", "100"]).await;
    let ann = api.person("ann").await;
    let answer = like(&api, "192.0.2.1", Some(&ann))
        .await
        .problem(404, "post-not-found");
    assert_eq!(
        (answer.header("ratelimit"), answer.header("ratelimit-policy")),
        (
            r#""address";r=99;t=1, "account";r=2;t=20"#,
            r#""address";q=100;w=60, "account";q=3;w=60"#
        )
    );
    let answer = api.get("/v1/nothing").header(ADDRESS, "192.0.2.1").await;
    let answer = answer.problem(404, "not-found");
    assert_eq!(answer.header("ratelimit"), r#""address";r=98;t=2"#);
    // What describes the API costs as much to send as the rest; what platforms ask for is free.
    let answer = api.get("/openapi.json").header(ADDRESS, "192.0.2.1").await;
    assert_eq!(answer.header("ratelimit"), r#""address";r=97;t=2"#);
    let answer = api.get("/healthz").await;
    assert!(!answer.headers.contains_key("ratelimit"));
}

#[tokio::test]
async fn an_account_has_its_rate_from_wherever_it_asks() {
    let api = start(&["--account-rate", "3"]).await;
    let (ann, ben) = (api.person("ann").await, api.person("ben").await);
    for n in 1..=3 {
        like(&api, &format!("192.0.2.{n}"), Some(&ann))
            .await
            .problem(404, "post-not-found");
    }
    let refused = api.appends_nothing(like(&api, "192.0.2.4", Some(&ann))).await;
    assert_eq!(
        refused.header("ratelimit").split(", ").last(),
        Some(r#""account";r=0;t=60"#)
    );
    assert_eq!(wait(refused), 20);
    like(&api, "192.0.2.1", Some(&ben))
        .await
        .problem(404, "post-not-found");
    api.advance(20);
    like(&api, "192.0.2.1", Some(&ann))
        .await
        .problem(404, "post-not-found");
}

#[tokio::test]
async fn an_address_has_its_rate_whoever_asks_and_a_forged_token_costs_nobody_theirs() {
    // Two instances share the six.
    let api = start(&["--address-rate", "6", "--rate-instances", "2"]).await;
    let ann = api.person("ann").await;
    let mut forged = ann.clone();
    forged.token.replace_range(forged.token.len() - 9.., "AAAAAAAAA");
    let address = "2001:db8:7:8::9";
    for _ in 0..2 {
        let answer = like(&api, address, Some(&forged))
            .await
            .problem(401, "invalid-token");
        assert!(!answer.header("ratelimit").contains("account"));
    }
    like(&api, address, None).await.problem(401, "missing-token");
    let refused = like(&api, "2001:db8:7:8:a::b", Some(&ann)).await;
    assert_eq!(wait(refused), 20, "the same network");
    let answer = like(&api, "2001:db8:7:9::9", Some(&ann)).await;
    assert!(
        answer.header("ratelimit").ends_with(r#""account";r=599;t=1"#),
        "what was refused for the address cost the account nothing"
    );
}
