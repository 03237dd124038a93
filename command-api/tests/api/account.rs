//! Logging out everywhere, ending sessions, another password, profile and pictures.

use events::media::{Description, Event as Media, Format, Uploaded};
use events::{AccountId, CommandId, Expect, MediaId, Meta, NewEvent, Personal, Scope};
use platform::id;
use serde_json::{Value, json};

use crate::support::{Answer, Api, PASSWORD, Person, nobody, text_post};

async fn log_in(api: &Api, password: &str) -> Answer {
    let body = json!({ "login": "ann", "password": password });
    api.post("/v1/auth/login").json(&body).await
}

/// Waits until the revocation has come round to the service itself.
async fn is_signed_out(api: &Api, person: &Person) {
    for _ in 0..500 {
        let answer = api.post("/v1/posts").by(person).json(&json!({})).await;
        if answer.status == 401 {
            answer.problem(401, "session-ended");
            return;
        }
        answer.problem(422, "validation-failed");
    }
    panic!("still signed in");
}

async fn is_signed_in(api: &Api, person: &Person) {
    api.post("/v1/posts")
        .by(person)
        .json(&text_post("Hi"))
        .await
        .is(201);
}

async fn refresh(api: &Api, person: &Person) -> Answer {
    api.post("/v1/auth/refresh").cookie(&person.cookie).await
}

#[tokio::test]
async fn logging_out_everywhere_ends_every_session_and_logging_in_again_works_at_once() {
    // The clock stands still: everything happens within one millisecond.
    let api = Api::start().await;
    let (ann, ben) = (api.person("ann").await, api.person("ben").await);
    let phone = Person::from(&log_in(&api, PASSWORD).await.is(200));
    let answer = api.post("/v1/auth/logout-all").by(&ann).await.is(204);
    assert!(answer.header("set-cookie").starts_with("echo_refresh=; "));
    assert!(answer.header("echo-position").starts_with('e'));
    let again = Person::from(&log_in(&api, PASSWORD).await.is(200));
    api.appends_nothing(async {
        for person in [&ann, &phone] {
            refresh(&api, person).await.problem(401, "session-ended");
            is_signed_out(&api, person).await;
        }
    })
    .await;
    is_signed_in(&api, &again).await;
    let again = Person::from(&refresh(&api, &again).await.is(200));
    is_signed_in(&api, &again).await;
    is_signed_in(&api, &ben).await;
    // And once more, within the same millisecond.
    api.post("/v1/auth/logout-all").by(&again).await.is(204);
    is_signed_out(&api, &again).await;
    is_signed_in(&api, &Person::from(&log_in(&api, PASSWORD).await.is(200))).await;
}

#[tokio::test]
async fn a_token_refreshed_before_is_as_dead_as_its_session() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    api.advance(60);
    let refreshed = Person::from(&refresh(&api, &ann).await.is(200));
    let other = Person::from(&log_in(&api, PASSWORD).await.is(200));
    api.post("/v1/auth/logout-all").by(&other).await.is(204);
    refresh(&api, &refreshed).await.problem(401, "session-ended");
    is_signed_out(&api, &refreshed).await;
}

#[tokio::test]
async fn one_ends_ones_own_sessions_and_nobody_elses() {
    let api = Api::start().await;
    let (ann, ben) = (api.person("ann").await, api.person("ben").await);
    let phone = Person::from(&log_in(&api, PASSWORD).await.is(200));
    let (session, _) = phone.cookie.split_once('.').unwrap();
    let path = format!("/v1/auth/sessions/{session}");
    api.appends_nothing(async {
        api.delete(&path).by(&ben).await.problem(404, "session-not-found");
        api.delete(&format!("/v1/auth/sessions/{}", nobody()))
            .by(&ann)
            .await
            .problem(404, "session-not-found");
    })
    .await;
    let ended = api.delete(&path).by(&ann).await.is(204);
    is_signed_out(&api, &phone).await;
    refresh(&api, &phone).await.problem(401, "session-ended");
    is_signed_in(&api, &ann).await;
    let again = api
        .appends_nothing(api.delete(&path).by(&ann).into_future())
        .await;
    assert_eq!(
        again.is(204).header("echo-position"),
        ended.header("echo-position")
    );
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions_and_keeps_this_one() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let phone = Person::from(&log_in(&api, PASSWORD).await.is(200));
    let body = json!({ "current_password": PASSWORD, "new_password": "battery staple" });
    let change = api.post("/v1/auth/password").by(&ann).key("k").json(&body);
    let changed = change.await.is(204);
    is_signed_out(&api, &phone).await;
    refresh(&api, &phone).await.problem(401, "session-ended");
    is_signed_in(&api, &ann).await;
    is_signed_in(&api, &Person::from(&refresh(&api, &ann).await.is(200))).await;
    log_in(&api, PASSWORD).await.problem(401, "wrong-credentials");
    log_in(&api, "battery staple").await.is(200);
    // The answer got lost and the client asks again.
    api.appends_nothing(async {
        let repeat = api.post("/v1/auth/password").by(&ann).key("k").json(&body);
        let repeated = repeat.await.is(204);
        assert_eq!(repeated.header("echo-position"), changed.header("echo-position"));
        let other = json!({ "current_password": "battery staple", "new_password": "something else" });
        let other = api.post("/v1/auth/password").by(&ann).key("k").json(&other);
        other.await.problem(422, "idempotency-key-reused");
    })
    .await;
}

#[tokio::test]
async fn new_password_is_not_one_that_is_guessed_first() {
    let api = Api::start().await;
    let ann = api.person("ann_berger").await;
    let attempt = async |new: &str| {
        let body = json!({ "current_password": PASSWORD, "new_password": new });
        api.post("/v1/auth/password").by(&ann).json(&body).await
    };
    api.appends_nothing(async {
        for (new, code) in [
            ("qwertyuiop", "too-common"),
            ("PASSWORD1", "too-common"),
            ("aaaaaaaa", "too-simple"),
            (
                "\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}\u{200b}",
                "too-simple",
            ),
            ("Ann_Berger", "too-personal"),
            ("bergerann99", "too-personal"),
            ("ann_berger@example.org", "too-personal"),
            ("echo2026!", "too-personal"),
            // Four characters, whichever keyboard typed them.
            ("u\u{308}o\u{308}u\u{308}o\u{308}", "too-short"),
        ] {
            attempt(new).await.invalid(&[("new_password", code)]);
        }
    })
    .await;
    attempt("Zu\u{308}rich\u{a0}am See").await.is(204);
    for typed in ["Zu\u{308}rich\u{a0}am See", "Z\u{fc}rich am See"] {
        let body = json!({ "login": "ann_berger", "password": typed });
        api.post("/v1/auth/login").json(&body).await.is(200);
    }
}

#[tokio::test]
async fn who_does_not_know_the_password_does_not_change_it() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let attempt = async |current: &str, new: &str| {
        let body = json!({ "current_password": current, "new_password": new });
        api.appends_nothing(api.post("/v1/auth/password").by(&ann).json(&body).into_future())
            .await
    };
    attempt("battery staple", "something new")
        .await
        .problem(403, "wrong-password");
    attempt("", "short")
        .await
        .invalid(&[("current_password", "required"), ("new_password", "too-short")]);
    log_in(&api, PASSWORD).await.is(200);
}

#[tokio::test]
async fn of_two_who_change_the_password_at_once_one_succeeds() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let answers = futures::future::join_all(["one password", "two password"].map(|new| {
        let body = json!({ "current_password": PASSWORD, "new_password": new });
        api.post("/v1/auth/password").by(&ann).json(&body).into_future()
    }))
    .await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 403]);
}

async fn update(api: &Api, person: &Person, body: &Value) -> Answer {
    api.patch("/v1/me/profile").by(person).json(body).await
}

#[tokio::test]
async fn a_profile_changes_in_what_is_given() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let told = json!({
        "display_name": " Ann B. ", "bio": "Two\nlines 😀", "location": "Bern", "website": "https://example.org/ann"
    });
    let answer = update(&api, &ann, &told).await.is(200);
    assert_eq!(answer.body["display_name"], "Ann B.");
    assert_eq!(answer.body["bio"], "Two\nlines 😀");
    let answer = update(&api, &ann, &json!({ "location": "" })).await.is(200);
    assert_eq!(
        (
            &answer.body["location"],
            &answer.body["bio"],
            &answer.body["website"]
        ),
        (
            &json!(""),
            &json!("Two\nlines 😀"),
            &json!("https://example.org/ann")
        )
    );
    let again = api
        .appends_nothing(update(&api, &ann, &json!({ "location": "" })))
        .await
        .is(200);
    assert_eq!(again.body, answer.body);
    let account = log_in(&api, PASSWORD).await.is(200).body["account"].clone();
    assert_eq!(account["display_name"], "Ann B.");
}

#[tokio::test]
async fn null_is_no_text_of_a_profile_and_an_array_is_no_profile() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    api.appends_nothing(async {
        for field in ["display_name", "bio", "location", "website"] {
            let answer = update(&api, &ann, &json!({ "bio": "Something", (field): null })).await;
            answer.problem(400, "unexpected-json");
        }
        for body in [json!([]), json!(["Ann"]), json!("Ann")] {
            update(&api, &ann, &body).await.problem(400, "unexpected-json");
        }
    })
    .await;
}

#[tokio::test]
async fn every_bad_field_of_a_profile_is_named() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let body = json!({
        "display_name": " ", "bio": "😀".repeat(301), "location": "a\nb", "website": "javascript:alert(1)"
    });
    api.appends_nothing(update(&api, &ann, &body)).await.invalid(&[
        ("display_name", "required"),
        ("bio", "too-long"),
        ("location", "control-character"),
        ("website", "invalid"),
    ]);
    let limits =
        json!({ "display_name": "😀".repeat(50), "bio": "😀".repeat(300), "location": "x".repeat(100) });
    update(&api, &ann, &limits).await.is(200);
}

/// Records an upload, as the route for uploads does.
async fn upload(api: &Api, owner: AccountId) -> MediaId {
    let media = MediaId::from(id::random());
    let uploaded = Uploaded {
        media,
        owner,
        format: Format::Png,
        bytes: 1,
        width: 1,
        height: 1,
        personal: Personal::Known(Description {
            blurhash: String::new(),
            alt: String::new(),
        }),
    };
    let new = NewEvent {
        scope: Scope::media(media),
        event: events::Event::Media(Media::Uploaded(uploaded)),
        expect: Expect::Sequence(0),
    };
    let meta = Meta {
        at: api.clock.now(),
        command_id: CommandId::from(id::random()),
        command_hash: None,
        actor: Some(owner),
        traceparent: None,
    };
    api.system.store.append(new, &meta).await.unwrap();
    media
}

#[tokio::test]
async fn pictures_are_ones_own_fresh_uploads() {
    let api = Api::start().await;
    let (mut ann, ben) = (api.person("ann").await, api.person("ben").await);
    for path in ["/v1/me/avatar", "/v1/me/cover"] {
        let set = async |ann: &Person, media: MediaId| {
            let body = json!({ "media_id": media });
            api.put(path).by(ann).json(&body).await
        };
        let (mine, late) = (upload(&api, ann.id).await, upload(&api, ann.id).await);
        let foreign = upload(&api, ben.id).await;
        let answer = set(&ann, mine).await.is(200);
        assert_eq!(answer.body["media_id"], mine.to_string());
        api.advance(12 * 60 * 60);
        ann = Person::from(&log_in(&api, PASSWORD).await.is(200));
        api.appends_nothing(async {
            set(&ann, mine).await.is(200);
            let late = set(&ann, late).await.problem(422, "media-expired");
            assert_eq!(late.faults(), [("media_id", "media-expired")]);
            set(&ann, foreign).await.problem(422, "media-not-yours");
            set(&ann, MediaId::from(nobody()))
                .await
                .problem(422, "media-not-yours");
            let bad = api.put(path).by(&ann).json(&json!({ "media_id": "x" })).await;
            bad.invalid(&[("media_id", "invalid")]);
        })
        .await;
        let gone = api.delete(path).by(&ann).await.is(200);
        assert_eq!(gone.body["media_id"], Value::Null);
        api.appends_nothing(async {
            api.delete(path).by(&ann).await.is(200);
            set(&ann, mine).await.problem(422, "media-expired");
        })
        .await;
    }
}
