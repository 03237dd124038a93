//! Being forgotten, as the one who asks for it and the others see it.

use std::collections::HashMap;
use std::time::Duration;

use events::{BatchLimits, Scope, Stream};
use serde_json::json;

use crate::support::{Answer, Api, PASSWORD, Person, nobody, registration, text_post};
use crate::watch::eventually;

pub(crate) async fn erase(api: &Api, person: &Person, password: &str) -> Answer {
    let body = json!({ "password": password });
    api.delete("/v1/me").by(person).json(&body).await
}

pub(crate) async fn is_erased(api: &Api, person: &Person) {
    let (store, scope) = (&api.system.store, Scope::account(person.id));
    eventually("the account is erased", async || {
        store.last_of_type(&scope, "erased").await.unwrap().is_some()
    })
    .await;
}

async fn log_in(api: &Api, login: &str) -> Answer {
    let body = json!({ "login": login, "password": PASSWORD });
    api.post("/v1/auth/login").json(&body).await
}

/// How many events of each type there are, in all streams.
async fn count(api: &Api) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for stream in Stream::ALL {
        let (store, limits) = (&api.system.store, BatchLimits::default());
        let mut left = store.last_position(stream).await.unwrap().sequence;
        let reader = store.reader(stream, "count", 0, Duration::from_secs(30), limits);
        let mut reader = reader.await.unwrap();
        while left > 0 {
            for event in reader.next_batch(limits).await.unwrap() {
                let (_, event_type) = event.subject.rsplit_once('.').unwrap();
                *counts.entry(event_type.to_owned()).or_default() += 1;
                left -= 1;
            }
        }
    }
    counts
}

#[tokio::test]
async fn only_who_knows_the_password_is_forgotten() {
    let api = Api::start_with(&["--login-limit", "3"]).await;
    let ann = api.person("ann").await;
    api.appends_nothing(async {
        erase(&api, &ann, "").await.invalid(&[("password", "required")]);
        for _ in 0..3 {
            erase(&api, &ann, "battery staple")
                .await
                .problem(403, "wrong-password");
        }
        let throttled = erase(&api, &ann, PASSWORD).await;
        throttled.problem(429, "too-many-requests").header("retry-after");
    })
    .await;
    // These were guesses, which count at log-in too; it shows that only to her own browser.
    log_in(&api, "ann").await.problem(401, "wrong-credentials");
    let body = json!({ "login": "ann", "password": PASSWORD });
    let at_home = api.post("/v1/auth/login").cookie(&ann.cookie).json(&body);
    at_home.await.problem(429, "too-many-requests");
    api.advance(15 * 60);
    log_in(&api, "ann").await.is(200);
}

#[tokio::test]
async fn of_who_is_forgotten_it_is_not_known_when_they_were_seen_though_no_gateway_runs() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let (store, bucket) = (&api.system.store, api.system.store.namespace().presence_bucket());
    let jetstream = async_nats::jetstream::new(store.client().clone());
    let bucket = jetstream.get_key_value(bucket).await.unwrap();
    let key = format!("{}.{}", ann.id, events::SEEN);
    bucket.put(&key, "2026-01-01T00:00:00Z".into()).await.unwrap();
    assert!(bucket.get(&key).await.unwrap().is_some());
    erase(&api, &ann, PASSWORD).await.is(202);
    is_erased(&api, &ann).await;
    assert!(bucket.get(&key).await.unwrap().is_none());
}

#[tokio::test]
async fn whoever_asked_to_be_forgotten_can_do_nothing_from_then_on() {
    // Nothing but the request itself is done while the test looks.
    let api = Api::start_with(&["--erasure-delay-ms", "600000"]).await;
    let ann = api.person("ann").await;
    let asked = erase(&api, &ann, PASSWORD).await.is(202);
    assert!(asked.header("set-cookie").starts_with("echo_refresh=; "));
    assert!(asked.header("echo-position").starts_with('e'));
    for login in ["ann", "ann@example.org"] {
        log_in(&api, login).await.problem(401, "wrong-credentials");
    }
    let refreshed = api.post("/v1/auth/refresh").cookie(&ann.cookie).await;
    refreshed.problem(401, "session-ended");
    eventually("the token is refused", async || {
        let answer = api.post("/v1/posts").by(&ann).json(&text_post("Hi")).await;
        answer.status == 401
    })
    .await;
    erase(&api, &ann, PASSWORD).await.problem(401, "session-ended");
}

#[tokio::test]
async fn the_name_and_the_address_can_be_taken_again() {
    let api = Api::start_with(&["--erasure-delay-ms", "0"]).await;
    let sign_up = async |key: &str| {
        let request = api.post("/v1/auth/signup").key(key);
        request.json(&registration("ann")).await
    };
    let ann = Person::from(&sign_up("first").await.is(201));
    erase(&api, &ann, PASSWORD).await.is(202);
    is_erased(&api, &ann).await;
    // Whoever was forgotten is not found again by an old key.
    sign_up("first").await.problem(422, "idempotency-key-reused");
    let again = Person::from(&sign_up("second").await.is(201));
    assert_ne!(again.id, ann.id);
    let logged_in = log_in(&api, "ann@example.org").await.is(200);
    assert_eq!(Person::from(&logged_in).id, again.id);
}

#[tokio::test]
async fn asking_twice_at_once_forgets_once() {
    let api = Api::start_with(&["--erasure-delay-ms", "0"]).await;
    let beside = api.beside(&["--erasure-delay-ms", "0"]).await;
    let ann = api.person("ann").await;
    let (one, other) = tokio::join!(erase(&api, &ann, PASSWORD), erase(&beside, &ann, PASSWORD));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 401]);
    is_erased(&api, &ann).await;
    // Both look once more when they start, and whoever starts now.
    let _later = api.beside(&["--erasure-delay-ms", "0"]).await;
    let counts = count(&api).await;
    let of = |event_type: &str| counts.get(event_type).copied().unwrap_or_default();
    assert_eq!((of("erasure_requested"), of("released")), (1, 2), "{counts:?}");
    // One in each stream.
    assert_eq!(of("erased"), 3, "{counts:?}");
}

#[tokio::test]
async fn to_others_there_is_nobody_any_more() {
    let api = Api::start_with(&["--erasure-delay-ms", "0"]).await;
    let (ann, ben) = api.friends().await;
    let post = api
        .post("/v1/posts")
        .by(&ann)
        .json(&text_post("Hi"))
        .await
        .is(201);
    let post = post.body["id"].as_str().unwrap().to_owned();
    erase(&api, &ann, PASSWORD).await.is(202);
    is_erased(&api, &ann).await;
    let message = json!({ "id": nobody(), "text": "Are you there?" });
    let conversation = format!("/v1/conversations/{}/messages", ann.id);
    api.appends_nothing(async {
        let send = api.post(&conversation).json(&message).by(&ben);
        send.await.problem(403, "not-friends");
        for (request, code) in [
            (
                api.post("/v1/friend-requests")
                    .json(&json!({ "user_id": ann.id })),
                "user-not-found",
            ),
            (api.delete(&format!("/v1/friends/{}", ann.id)), "user-not-found"),
            (api.put(&format!("/v1/blocks/{}", ann.id)), "user-not-found"),
            (api.put(&format!("/v1/posts/{post}/like")), "post-not-found"),
            (
                api.post(&format!("/v1/posts/{post}/comments"))
                    .json(&json!({ "text": "Hello?" })),
                "post-not-found",
            ),
        ] {
            request.by(&ben).await.problem(404, code);
        }
    })
    .await;
}
