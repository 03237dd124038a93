//! Messages between friends.

use chrono::{DateTime, Utc};
use events::{Event, Pair, Position, Scope, dm};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Api, Person, nobody, text_post};

async fn send(api: &Api, by: &Person, to: &Person, id: Uuid, text: &str) -> Answer {
    let path = format!("/v1/conversations/{}/messages", to.id);
    api.post(&path)
        .by(by)
        .json(&json!({ "id": id, "text": text }))
        .await
}

async fn read(api: &Api, by: &Person, other: &Person, up_to: &str) -> Answer {
    api.put(&format!("/v1/conversations/{}/read", other.id))
        .by(by)
        .json(&json!({ "up_to": up_to }))
        .await
}

fn position(answer: &Answer) -> String {
    answer.header("echo-position").to_owned()
}

async fn read_up_to(api: &Api, one: &Person, other: &Person) -> dm::ReadUpTo {
    let pair = Pair::of(one.id, other.id).unwrap();
    let history = api.system.store.history(&Scope::dm(pair)).await.unwrap();
    let last = history
        .events
        .into_iter()
        .rev()
        .find_map(|recorded| match recorded.event {
            Event::Dm(dm::Event::Read(read)) => Some(read.read_up_to),
            _ => None,
        });
    last.unwrap_or_default()
}

#[tokio::test]
async fn friends_write_to_each_other() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    let id = nobody();
    let answer = send(&api, &ann, &ben, id, "Hallo 😀\n\tBen").await.is(201);
    assert_eq!(answer.body["id"], id.to_string());
    assert_eq!(answer.body["position"], "c1");
    let at = answer.body["at"].as_str().unwrap();
    assert_eq!(
        DateTime::parse_from_rfc3339(at).unwrap().with_timezone(&Utc),
        api.clock.now()
    );
    assert!(
        at.len() == "2026-01-01T00:00:00.000Z".len() && at.ends_with('Z'),
        "{at}"
    );

    let recorded = api
        .system
        .store
        .event_at("c1".parse::<Position>().unwrap())
        .await
        .unwrap()
        .unwrap();
    let Event::Dm(dm::Event::Sent(sent)) = recorded.event else {
        panic!("sent")
    };
    assert_eq!((sent.from, sent.to, sent.client_id), (ann.id, ben.id, id));
    assert_eq!(sent.personal.into_known().unwrap().text, "Hallo 😀\n\tBen");
}

#[tokio::test]
async fn a_message_sent_again_answers_as_the_first_time_whatever_it_says() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    let id = nobody();
    let first = send(&api, &ann, &ben, id, "One").await.is(201);
    api.advance(120);
    let repeat = api
        .appends_nothing(send(&api, &ann, &ben, id, "Two"))
        .await
        .is(201);
    assert_eq!(repeat.body, first.body);
    // The same id of somebody else is another message.
    assert_eq!(
        send(&api, &ben, &ann, id, "Three").await.is(201).body["position"],
        "c2"
    );
}

#[tokio::test]
async fn a_message_id_names_one_message_even_across_conversations() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    let cid = api.person("cid").await;
    api.post("/v1/friend-requests")
        .by(&ann)
        .json(&json!({ "user_id": cid.id }))
        .await
        .is(201);
    api.post(&format!("/v1/friend-requests/{}/accept", ann.id))
        .by(&cid)
        .await
        .is(200);
    let id = nobody();
    send(&api, &ann, &ben, id, "One").await.is(201);
    api.appends_nothing(send(&api, &ann, &cid, id, "Two"))
        .await
        .problem(409, "message-id-reused");
}

#[tokio::test]
async fn strangers_and_former_friends_are_not_written_to() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    let cid = api.person("cid").await;
    api.appends_nothing(async {
        send(&api, &ann, &cid, nobody(), "Hi")
            .await
            .problem(403, "not-friends");
        send(&api, &ann, &ann, nobody(), "Hi")
            .await
            .problem(422, "yourself");
        let missing = Person {
            id: nobody().into(),
            ..ann.clone()
        };
        send(&api, &ann, &missing, nobody(), "Hi")
            .await
            .problem(403, "not-friends");
    })
    .await;
    api.post("/v1/friend-requests")
        .by(&ann)
        .json(&json!({ "user_id": cid.id }))
        .await
        .is(201);
    api.delete(&format!("/v1/friends/{}", ben.id))
        .by(&ann)
        .await
        .is(204);
    api.appends_nothing(async {
        send(&api, &cid, &ann, nobody(), "Hi")
            .await
            .problem(403, "not-friends");
        send(&api, &ann, &ben, nobody(), "Hi")
            .await
            .problem(403, "not-friends");
        send(&api, &ben, &ann, nobody(), "Hi")
            .await
            .problem(403, "not-friends");
    })
    .await;
}

#[tokio::test]
async fn every_bad_field_is_named_and_nothing_is_appended() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    let path = format!("/v1/conversations/{}/messages", ben.id);
    let post = async |body: Value| api.post(&path).by(&ann).json(&body).await;
    api.appends_nothing(async {
        post(json!({}))
            .await
            .invalid(&[("id", "required"), ("text", "required")]);
        post(json!({ "id": "1", "text": "Hi" }))
            .await
            .invalid(&[("id", "invalid")]);
        post(json!({ "id": nobody(), "text": " " }))
            .await
            .invalid(&[("text", "required")]);
        post(json!({ "id": nobody(), "text": "😀".repeat(4_001) }))
            .await
            .invalid(&[("text", "too-long")]);
        post(json!({ "id": nobody(), "text": "a\0b" }))
            .await
            .invalid(&[("text", "control-character")]);
        let picture = json!({ "id": nobody(), "text": "Hi", "media_ids": [nobody()] });
        assert_eq!(
            post(picture).await.problem(422, "media-not-yours").faults(),
            [("media_ids[0]", "media-not-yours")]
        );
        post(json!({ "id": 7, "text": "Hi" }))
            .await
            .problem(400, "unexpected-json");
        api.post("/v1/conversations/ben/messages")
            .by(&ann)
            .json(&json!({}))
            .await
            .problem(400, "invalid-path");
    })
    .await;
    post(json!({ "id": nobody(), "text": "😀".repeat(4_000) }))
        .await
        .is(201);
}

#[tokio::test]
async fn reading_goes_forward_only_and_each_side_for_itself() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    let mut positions = Vec::new();
    for n in 0..3 {
        positions.push(position(
            &send(&api, &ann, &ben, nobody(), &n.to_string()).await.is(201),
        ));
    }
    let pair = Pair::of(ann.id, ben.id).unwrap();
    read(&api, &ben, &ann, &positions[1]).await.is(204);
    assert_eq!(read_up_to(&api, &ann, &ben).await.of(pair, ben.id), 2);
    api.appends_nothing(async {
        read(&api, &ben, &ann, &positions[1]).await.is(204);
        read(&api, &ben, &ann, &positions[0]).await.is(204);
    })
    .await;
    read(&api, &ann, &ben, &positions[0]).await.is(204);
    read(&api, &ben, &ann, &positions[2]).await.is(204);
    let both = read_up_to(&api, &ann, &ben).await;
    assert_eq!((both.of(pair, ann.id), both.of(pair, ben.id)), (1, 3));
}

#[tokio::test]
async fn both_sides_that_read_at_once_are_both_heard() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    let first = position(&send(&api, &ann, &ben, nobody(), "One").await.is(201));
    let second = position(&send(&api, &ben, &ann, nobody(), "Two").await.is(201));
    let (one, other) = tokio::join!(read(&api, &ann, &ben, &second), read(&api, &ben, &ann, &first));
    one.is(204);
    other.is(204);
    let both = read_up_to(&api, &ann, &ben).await;
    let pair = Pair::of(ann.id, ben.id).unwrap();
    assert_eq!((both.of(pair, ann.id), both.of(pair, ben.id)), (2, 1));
}

#[tokio::test]
async fn only_a_message_of_the_conversation_can_be_read() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    let cid = api.person("cid").await;
    let sent = position(&send(&api, &ann, &ben, nobody(), "One").await.is(201));
    read(&api, &ben, &ann, &sent).await.is(204);
    let read_event = position(&read(&api, &ben, &ann, &sent).await.is(204));
    let post = position(
        &api.post("/v1/posts")
            .by(&ann)
            .json(&text_post("Hi"))
            .await
            .is(201),
    );
    api.appends_nothing(async {
        for up_to in ["c0", "c99", "c9223372036854775807", read_event.as_str()] {
            read(&api, &ben, &ann, up_to)
                .await
                .problem(404, "message-not-found");
        }
        read(&api, &cid, &ann, &sent)
            .await
            .problem(404, "message-not-found");
        for up_to in ["x", "1", "c-1", "c01", "c1,c2", "s1", post.as_str()] {
            read(&api, &ben, &ann, up_to)
                .await
                .problem(400, "invalid-position");
        }
        read(&api, &ben, &ann, "").await.invalid(&[("up_to", "required")]);
        read(&api, &ben, &ben, &sent).await.problem(422, "yourself");
    })
    .await;
}

#[tokio::test]
async fn after_unfriending_what_was_said_can_still_be_read() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    let sent = position(&send(&api, &ann, &ben, nobody(), "One").await.is(201));
    api.request(Method::DELETE, &format!("/v1/friends/{}", ann.id))
        .by(&ben)
        .await
        .is(204);
    read(&api, &ben, &ann, &sent).await.is(204);
}

fn path_of(other: &Person, position: &str) -> String {
    format!("/v1/conversations/{}/messages/{position}", other.id)
}

async fn edit(api: &Api, by: &Person, other: &Person, at: &str, text: &str) -> Answer {
    api.patch(&path_of(other, at))
        .by(by)
        .json(&json!({ "text": text }))
        .await
}

async fn delete(api: &Api, by: &Person, other: &Person, at: &str) -> Answer {
    api.delete(&path_of(other, at)).by(by).await
}

async fn stored(api: &Api, at: &str) -> dm::Event {
    let position = at.parse::<Position>().unwrap();
    let recorded = api.system.store.event_at(position).await.unwrap();
    match recorded.unwrap().event {
        Event::Dm(event) => event,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_message_is_changed_and_taken_back_by_its_sender() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    let id = nobody();
    send(&api, &ann, &ben, id, "One").await.is(201);
    let edited = edit(&api, &ann, &ben, "c1", "Won").await.is(200);
    assert_eq!(edited.body, json!({ "id": id, "position": "c2" }));
    assert_eq!(position(&edited), "c2");
    let dm::Event::Edited(event) = stored(&api, "c2").await else {
        panic!("an edit")
    };
    assert_eq!((event.from, event.to, event.sent), (ann.id, ben.id, 1));
    assert_eq!(event.personal.into_known().unwrap().text, "Won");

    assert_eq!(position(&delete(&api, &ann, &ben, "c1").await.is(204)), "c3");
    let dm::Event::Deleted(event) = stored(&api, "c3").await else {
        panic!("a deletion")
    };
    assert_eq!((event.from, event.client_id, event.sent), (ann.id, id, 1));
    api.appends_nothing(async {
        edit(&api, &ann, &ben, "c1", "Two")
            .await
            .problem(404, "message-not-found");
        delete(&api, &ann, &ben, "c1")
            .await
            .problem(404, "message-not-found");
    })
    .await;
}

#[tokio::test]
async fn a_deleted_message_is_known_as_such_whatever_was_deleted_since() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    for text in ["One", "Two", "Three"] {
        send(&api, &ann, &ben, nobody(), text).await.is(201);
    }
    for at in ["c1", "c2"] {
        delete(&api, &ann, &ben, at).await.is(204);
    }
    api.appends_nothing(async {
        for at in ["c1", "c2"] {
            edit(&api, &ann, &ben, at, "Again")
                .await
                .problem(404, "message-not-found");
        }
    })
    .await;
    edit(&api, &ann, &ben, "c3", "Tree").await.is(200);
}

#[tokio::test]
async fn only_ones_own_messages_of_this_conversation_are_changed() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    let cid = api.person("cid").await;
    send(&api, &ann, &ben, nobody(), "One").await.is(201);
    read(&api, &ben, &ann, "c1").await.is(204);
    api.appends_nothing(async {
        for (by, other, at) in [
            (&ben, &ann, "c1"),
            (&ann, &cid, "c1"),
            (&ann, &ben, "c2"),
            (&ann, &ben, "c3"),
            (&ann, &ben, "c0"),
        ] {
            edit(&api, by, other, at, "Mine")
                .await
                .problem(404, "message-not-found");
            delete(&api, by, other, at)
                .await
                .problem(404, "message-not-found");
        }
        for at in ["e1", "1", "c", "c-1"] {
            edit(&api, &ann, &ben, at, "x")
                .await
                .problem(400, "invalid-position");
            delete(&api, &ann, &ben, at)
                .await
                .problem(400, "invalid-position");
        }
        for (text, code) in [
            ("", "required"),
            (" \n", "required"),
            ("a\u{7}", "control-character"),
        ] {
            edit(&api, &ann, &ben, "c1", text)
                .await
                .invalid(&[("text", code)]);
        }
        edit(&api, &ann, &ben, "c1", &"ä".repeat(4_001))
            .await
            .invalid(&[("text", "too-long")]);
        edit(&api, &ann, &ann, "c1", "x").await.problem(422, "yourself");
    })
    .await;
}

#[tokio::test]
async fn former_friends_take_messages_back_and_change_none() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    send(&api, &ann, &ben, nobody(), "One").await.is(201);
    api.delete(&format!("/v1/friends/{}", ann.id))
        .by(&ben)
        .await
        .is(204);
    api.appends_nothing(edit(&api, &ann, &ben, "c1", "Two"))
        .await
        .problem(403, "not-friends");
    delete(&api, &ann, &ben, "c1").await.is(204);
}

#[tokio::test]
async fn changes_of_messages_can_be_repeated_under_their_keys() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    send(&api, &ann, &ben, nobody(), "One").await.is(201);
    let change = async |key: &str, text: &str| {
        api.patch(&path_of(&ben, "c1"))
            .by(&ann)
            .key(key)
            .json(&json!({ "text": text }))
            .await
    };
    let take_back = async || api.delete(&path_of(&ben, "c1")).by(&ann).key("take-back").await;
    let first = change("change", "Two").await.is(200);
    assert_eq!(
        api.appends_nothing(change("change", "Two")).await.is(200).body,
        first.body
    );
    api.appends_nothing(change("change", "Three"))
        .await
        .problem(422, "idempotency-key-reused");
    let gone = position(&take_back().await.is(204));
    assert_eq!(position(&api.appends_nothing(take_back()).await.is(204)), gone);
    // Deleted since, and still what happened under this key.
    assert_eq!(
        api.appends_nothing(change("change", "Two")).await.is(200).body,
        first.body
    );
}
