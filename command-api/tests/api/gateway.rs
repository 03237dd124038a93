//! Commands that the chat gateways hand over on NATS.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Api, Person, nobody};

async fn ask(api: &Api, name: &str, body: &Value) -> Value {
    let store = &api.system.store;
    let subject = store.namespace().command(name);
    let answer = store.client().request(subject, body.to_string().into());
    let answer = tokio::time::timeout(Duration::from_secs(10), answer)
        .await
        .expect("an answer")
        .unwrap();
    serde_json::from_slice(&answer.payload).unwrap()
}

fn message(by: &Person, to: &Person, text: &str) -> Value {
    json!({ "account": by.id, "session": nobody(), "to": to.id, "id": nobody(), "text": text })
}

#[tokio::test]
async fn a_message_is_sent_and_read() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    let body = message(&ann, &ben, "Hi");
    let sent = ask(&api, "message.send", &body).await;
    assert_eq!(
        (&sent["ok"], &sent["id"], &sent["position"]),
        (&json!(true), &body["id"], &json!("c1"))
    );
    assert!(sent["at"].is_string());
    assert_eq!(
        ask(&api, "message.send", &body).await,
        sent,
        "sent again it answers as the first time"
    );

    let read = json!({ "account": ben.id, "session": nobody(), "peer": ann.id, "up_to": "c1" });
    assert_eq!(
        ask(&api, "message.read", &read).await,
        json!({ "ok": true, "position": "c2" })
    );
    assert_eq!(api.positions().await[1], 2);
}

#[tokio::test]
async fn refusals_come_back_as_problems_and_append_nothing() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    let cid = api.person("cid").await;
    api.appends_nothing(async {
        for (body, status, code) in [
            (message(&ann, &cid, "Hi"), 403, "not-friends"),
            (message(&ann, &ben, ""), 422, "validation-failed"),
            (json!({ "account": ann.id }), 400, "malformed-command"),
            (json!("nonsense"), 400, "malformed-command"),
        ] {
            let answer = ask(&api, "message.send", &body).await;
            assert_eq!(answer["ok"], false);
            assert_eq!(
                (&answer["problem"]["status"], &answer["problem"]["code"]),
                (&json!(status), &json!(code))
            );
        }
        let read = json!({ "account": ben.id, "session": nobody(), "peer": ann.id, "up_to": "c1" });
        assert_eq!(
            ask(&api, "message.read", &read).await["problem"]["code"],
            "message-not-found"
        );
    })
    .await;
}

#[tokio::test]
async fn many_at_once_are_all_answered() {
    let api = Api::start_with(&["--command-concurrency", "1"]).await;
    let (ann, ben) = api.friends().await;
    let bodies: Vec<Value> = (0..100).map(|n| message(&ann, &ben, &n.to_string())).collect();
    let answers = futures::future::join_all(bodies.iter().map(|body| ask(&api, "message.send", body))).await;
    assert!(answers.iter().all(|answer| answer["ok"] == true));
    assert_eq!(api.positions().await[1], 100);
    let read = json!({ "account": ben.id, "session": nobody(), "peer": ann.id, "up_to": "c100" });
    assert_eq!(ask(&api, "message.read", &read).await["ok"], true);
}
