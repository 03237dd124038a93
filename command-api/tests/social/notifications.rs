//! Marking notifications seen.

use events::Event as AnyEvent;
use events::inbox::{Event, NotificationsSeen};
use serde_json::{Value, json};

use crate::people::{event, people};
use crate::support::{Answer, Api, Person};

async fn seen(api: &Api, by: &Person, up_to: &str) -> Answer {
    let body = json!({ "up_to": up_to });
    api.put("/v1/notifications/seen").by(by).json(&body).await
}

#[tokio::test]
async fn notifications_are_seen_forwards_and_never_backwards() {
    let api = Api::start().await;
    let [ann, ben, _] = people(&api).await;
    let first = seen(&api, &ann, "e2").await.is(204);
    let told = |up_to| {
        AnyEvent::Inbox(Event::NotificationsSeen(NotificationsSeen {
            account: ann.id,
            up_to,
        }))
    };
    assert_eq!(event(&api, &first).await, told(2));
    api.appends_nothing(async {
        for earlier in ["e2", "e1", "e0"] {
            let nothing = seen(&api, &ann, earlier).await.is(204);
            assert_eq!(nothing.header("echo-position"), first.header("echo-position"));
        }
    })
    .await;
    let end = format!("e{}", api.positions().await[0]);
    let all = seen(&api, &ann, &end).await.is(204);
    assert_eq!(event(&api, &all).await, told(4));
    let another = seen(&api, &ben, "e1").await.is(204);
    assert_ne!(another.header("echo-position"), all.header("echo-position"));
}

#[tokio::test]
async fn nobody_has_seen_what_has_not_happened_or_is_no_position() {
    let api = Api::start().await;
    let [ann] = people(&api).await;
    let ahead = format!("e{}", api.positions().await[0] + 1);
    let wrong = [
        ahead.as_str(),
        "c1",
        "s1",
        "1",
        "e",
        "e01",
        "e-1",
        "e1,c1",
        " e1",
        "e99999999999999999999",
    ];
    api.appends_nothing(async {
        for up_to in wrong {
            let answer = seen(&api, &ann, up_to).await;
            answer.problem(400, "invalid-position");
        }
        let put = async |body: Value| api.put("/v1/notifications/seen").by(&ann).json(&body).await;
        put(json!({})).await.invalid(&[("up_to", "required")]);
        put(json!({ "up_to": "" }))
            .await
            .invalid(&[("up_to", "required")]);
        put(json!({ "up_to": 7 })).await.problem(400, "unexpected-json");
    })
    .await;
}

#[tokio::test]
async fn seeing_repeats_under_its_key() {
    let api = Api::start().await;
    let [ann, _] = people(&api).await;
    let keyed = |up_to| {
        let body = json!({ "up_to": up_to });
        api.put("/v1/notifications/seen").by(&ann).key("k-1").json(&body)
    };
    let first = keyed("e1").await.is(204);
    api.appends_nothing(async {
        let again = keyed("e1").await.is(204);
        assert_eq!(again.header("echo-position"), first.header("echo-position"));
        keyed("e2").await.problem(422, "idempotency-key-reused");
    })
    .await;
}
