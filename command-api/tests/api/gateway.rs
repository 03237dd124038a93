//! Commands that the chat gateways hand over on NATS.

use std::time::Duration;

use async_nats::HeaderMap;
use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt;
use futures::future::join_all;
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
    // Half of them wait.
    let api = Api::start_with(&["--command-concurrency", "50"]).await;
    let (ann, ben) = api.friends().await;
    let bodies: Vec<Value> = (0..100).map(|n| message(&ann, &ben, &n.to_string())).collect();
    let answers = futures::future::join_all(bodies.iter().map(|body| ask(&api, "message.send", body))).await;
    assert!(answers.iter().all(|answer| answer["ok"] == true));
    assert_eq!(api.positions().await[1], 100);
    let read = json!({ "account": ben.id, "session": nobody(), "peer": ann.id, "up_to": "c100" });
    assert_eq!(ask(&api, "message.read", &read).await["ok"], true);
}

#[tokio::test]
async fn a_command_that_nobody_waits_for_any_more_is_dropped() {
    // One after the other, so that the last answer tells what became of those before it.
    let api = Api::start_with(&["--command-concurrency", "1"]).await;
    let (ann, ben) = api.friends().await;
    let (store, now) = (&api.system.store, api.clock.now());
    let subject = store.namespace().command("message.send");
    let asked = async |text: &str, deadline: DateTime<Utc>| {
        let mut headers = HeaderMap::new();
        headers.insert(events::header::DEADLINE, deadline.timestamp_millis().to_string());
        let (body, inbox) = (message(&ann, &ben, text).to_string(), store.client().new_inbox());
        let answers = store.client().subscribe(inbox.clone()).await.unwrap();
        let sent =
            store
                .client()
                .publish_with_reply_and_headers(subject.clone(), inbox, headers, body.into());
        sent.await.unwrap();
        answers
    };
    let _late = asked("Late", now - TimeDelta::milliseconds(1)).await;
    let mut in_time = asked("In time", now + TimeDelta::hours(1)).await;
    let answer = tokio::time::timeout(Duration::from_mins(1), in_time.next()).await;
    let answer: Value = serde_json::from_slice(&answer.unwrap().unwrap().payload).unwrap();
    assert_eq!((&answer["ok"], &answer["position"]), (&json!(true), &json!("c1")));
    assert_eq!(api.positions().await[1], 1);
}

#[tokio::test]
async fn commands_beyond_what_can_wait_are_refused_at_once_and_the_next_is_handled() {
    let api = Api::start_with(&["--command-concurrency", "1"]).await;
    let (ann, ben) = api.friends().await;
    let bodies: Vec<Value> = (0..200).map(|n| message(&ann, &ben, &n.to_string())).collect();
    let answers = join_all(bodies.iter().map(|body| ask(&api, "message.send", body))).await;
    let (done, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer["ok"] == true);
    assert!(done.len() >= 3, "{} were handled", done.len());
    assert!(!refused.is_empty());
    for answer in refused {
        assert_eq!(
            (&answer["problem"]["status"], &answer["problem"]["code"]),
            (&json!(503), &json!("busy"))
        );
    }
    assert_eq!(api.positions().await[1], done.len() as u64);
    let next = ask(&api, "message.send", &message(&ann, &ben, "next")).await;
    assert_eq!(next["ok"], true);
}
