//! A command that changes nothing appends nothing, and answers as the first did.

use reqwest::Method;
use serde_json::{Value, json};

use crate::people::{ask, befriend, block, comment, last, people, publish};
use crate::support::{Answer, Api, Person, nobody, text_post};

/// One command, as often as it is sent.
struct Command<'a> {
    by: &'a Person,
    method: Method,
    path: String,
    body: Value,
}

impl<'a> Command<'a> {
    fn new(by: &'a Person, method: Method, path: impl Into<String>, body: Value) -> Self {
        Self {
            by,
            method,
            path: path.into(),
            body,
        }
    }

    async fn send(&self, api: &Api) -> Answer {
        let request = api.request(self.method.clone(), &self.path).by(self.by);
        if self.body.is_null() {
            request.await
        } else {
            request.json(&self.body).await
        }
    }
}

async fn picture(api: &Api, by: &Person) -> Value {
    let gif = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    let uploaded = api.post("/v1/media").by(by).body("image/gif", gif.to_vec()).await;
    json!({ "media_id": uploaded.is(201).body["id"] })
}

#[tokio::test]
async fn a_command_that_changes_nothing_appends_nothing_and_answers_as_the_first_did() {
    let api = Api::start().await;
    let [ann, ben, cid] = people(&api).await;
    befriend(&api, &ann, &ben).await;
    let post = publish(&api, &ann, "public").await;
    let said = comment(&api, &ben, &post, "One").await;
    let conversation = format!("/v1/conversations/{}", ann.id);
    let message = json!({ "id": nobody(), "text": "Hi" });
    let messages = format!("{conversation}/messages");
    let sent = api.post(&messages).by(&ben).json(&message).await.is(201);
    let sent = sent.header("echo-position").to_owned();
    // Another message is changed later, so that the last change isn't of the first.
    let other = json!({ "id": nobody(), "text": "Ho" });
    let later = api.post(&messages).by(&ben).json(&other).await.is(201);
    let later = format!("{messages}/{}", later.header("echo-position"));
    let (avatar, cover) = (picture(&api, &ben).await, picture(&api, &ben).await);
    let report = |subject: Value| json!({ "subject": subject, "reason": "spam", "note": "Look" });
    let (put, patch, delete, none) = (Method::PUT, Method::PATCH, Method::DELETE, Value::Null);
    let read = json!({ "up_to": sent });
    let seen = json!({ "up_to": "e3" });
    let message_of_ben = json!({ "message": { "peer": ben.id, "position": sent } });
    let commands = [
        Command::new(&ben, put.clone(), format!("{post}/like"), none.clone()),
        Command::new(&ben, delete.clone(), format!("{post}/like"), none.clone()),
        Command::new(&ann, put.clone(), format!("{post}/like"), none.clone()),
        Command::new(&ben, patch.clone(), &said, json!({ "text": "Two" })),
        Command::new(&ann, patch.clone(), &post, text_post("Better")),
        Command::new(&ann, patch.clone(), &post, json!({ "visibility": "friends" })),
        Command::new(
            &ben,
            patch.clone(),
            format!("{messages}/{sent}"),
            json!({ "text": "Ha" }),
        ),
        Command::new(&ben, patch.clone(), later, json!({ "text": "He" })),
        Command::new(
            &ben,
            patch.clone(),
            format!("{messages}/{sent}"),
            json!({ "text": "Ha" }),
        ),
        Command::new(&ben, Method::POST, &messages, message),
        Command::new(
            &ann,
            put.clone(),
            format!("/v1/conversations/{}/read", ben.id),
            read,
        ),
        Command::new(&ann, put.clone(), "/v1/notifications/seen", seen),
        Command::new(&ben, put.clone(), format!("/v1/blocks/{}", cid.id), none.clone()),
        Command::new(
            &ben,
            delete.clone(),
            format!("/v1/blocks/{}", cid.id),
            none.clone(),
        ),
        Command::new(
            &ben,
            patch,
            "/v1/me/profile",
            json!({ "display_name": "Ben", "bio": "Hi" }),
        ),
        Command::new(&ben, put.clone(), "/v1/me/avatar", avatar),
        Command::new(&ben, put, "/v1/me/cover", cover),
        Command::new(&ben, delete.clone(), "/v1/me/avatar", none.clone()),
        Command::new(&ben, delete, "/v1/me/cover", none),
        Command::new(
            &ben,
            Method::POST,
            "/v1/reports",
            report(json!({ "user_id": ann.id })),
        ),
        Command::new(
            &ben,
            Method::POST,
            "/v1/reports",
            report(json!({ "post_id": last(&post) })),
        ),
        Command::new(
            &ann,
            Method::POST,
            "/v1/reports",
            report(json!({ "post_id": last(&post), "comment_id": last(&said) })),
        ),
        Command::new(&ann, Method::POST, "/v1/reports", report(message_of_ben)),
    ];
    for command in commands {
        let what = format!("{} {}", command.method, command.path);
        let first = command.send(&api).await;
        assert!(first.status.is_success(), "{what}: {}", first.body);
        for _ in 0..2 {
            let again = api.appends_nothing(command.send(&api)).await;
            assert_eq!((again.status, &again.body), (first.status, &first.body), "{what}");
            assert_eq!(
                again.header("echo-position"),
                first.header("echo-position"),
                "{what}"
            );
        }
    }
}

#[tokio::test]
async fn what_can_be_done_once_is_refused_the_second_time_and_appends_nothing() {
    let api = Api::start().await;
    let [ann, ben, cid] = people(&api).await;
    let post = publish(&api, &ann, "public").await;
    let said = comment(&api, &ann, &post, "One").await;
    let id_of = |person: &Person| person.id;
    let request = |whom: &Person| json!({ "user_id": id_of(whom) });
    let requests = |whom: &Person| format!("/v1/friend-requests/{}", id_of(whom));
    let none = Value::Null;
    befriend(&api, &ann, &cid).await;
    let message = json!({ "id": nobody(), "text": "Hi" });
    let messages = format!("/v1/conversations/{}/messages", cid.id);
    let sent = api.post(&messages).by(&ann).json(&message).await.is(201);
    let sent = format!("{messages}/{}", sent.header("echo-position"));
    for command in [
        Command::new(&ann, Method::POST, "/v1/friend-requests", request(&ben)),
        Command::new(&ann, Method::DELETE, requests(&ben), none.clone()),
        Command::new(&ben, Method::POST, "/v1/friend-requests", request(&ann)),
        Command::new(
            &ann,
            Method::POST,
            format!("{}/decline", requests(&ben)),
            none.clone(),
        ),
        Command::new(&ben, Method::POST, "/v1/friend-requests", request(&ann)),
        Command::new(
            &ann,
            Method::POST,
            format!("{}/accept", requests(&ben)),
            none.clone(),
        ),
        Command::new(
            &ann,
            Method::DELETE,
            format!("/v1/friends/{}", ben.id),
            none.clone(),
        ),
        Command::new(&ann, Method::DELETE, sent, none.clone()),
        Command::new(&ann, Method::DELETE, &said, none.clone()),
        Command::new(&ann, Method::DELETE, &post, none),
    ] {
        let what = format!("{} {}", command.method, command.path);
        let first = command.send(&api).await;
        assert!(first.status.is_success(), "{what}: {}", first.body);
        let again = api.appends_nothing(command.send(&api)).await;
        assert!(again.status.is_client_error(), "{what}: {}", again.body);
    }
}

#[tokio::test]
async fn a_report_is_filed_once_for_each_reason_whatever_is_added() {
    let api = Api::start().await;
    let [ann, ben, cid] = people(&api).await;
    let file = async |by: &Person, reason: &str, note: &str| {
        let body = json!({ "subject": { "user_id": ann.id }, "reason": reason, "note": note });
        api.post("/v1/reports").by(by).json(&body).await.is(201).body
    };
    let first = file(&ben, "spam", "One").await;
    let again = api.appends_nothing(file(&ben, "spam", "Two")).await;
    assert_eq!(again, first);
    for other in [file(&ben, "hate", "One").await, file(&cid, "spam", "One").await] {
        assert_ne!(other["id"], first["id"]);
    }
}

#[tokio::test]
async fn a_like_that_was_heard_of_elsewhere_appends_nothing_and_what_was_taken_back_elsewhere_does() {
    let api = Api::start().await;
    let another = api.beside(&[]).await;
    let [ann, ben] = people(&api).await;
    let post = publish(&api, &ann, "public").await;
    let like = |api: &Api| api.put(&format!("{post}/like")).by(&ben).into_future();
    let unlike = |api: &Api| api.delete(&format!("{post}/like")).by(&ben).into_future();
    let mut last = String::new();
    for _ in 0..20 {
        // An instance that hasn't heard yet that another took it back answers with the like that it knows of.
        let liked = loop {
            let liked = like(&api).await.is(204);
            if liked.header("echo-position") != last {
                break liked;
            }
        };
        liked.header("echo-position").clone_into(&mut last);
        let again = api.appends_nothing(like(&api)).await.is(204);
        assert_eq!(again.header("echo-position"), liked.header("echo-position"));
        // Whether or not the first has heard of it yet, what is done next counts.
        let unliked = unlike(&another).await.is(204);
        assert_ne!(unliked.header("echo-position"), liked.header("echo-position"));
    }
}

/// Receipts pass no block, in either direction; there is nothing unread by then.
#[tokio::test]
async fn with_a_block_between_two_nothing_they_read_is_told() {
    let api = Api::start().await;
    let [ann, ben] = people(&api).await;
    befriend(&api, &ann, &ben).await;
    let conversation = |whom: &Person| format!("/v1/conversations/{}", whom.id);
    let mut sent = Vec::new();
    for (by, to) in [(&ann, &ben), (&ben, &ann)] {
        let message = json!({ "id": nobody(), "text": "Hi" });
        let path = format!("{}/messages", conversation(to));
        let answer = api.post(&path).by(by).json(&message).await.is(201);
        sent.push(answer.header("echo-position").to_owned());
    }
    let read = |by: &Person, of: &Person, up_to: &str| {
        let path = format!("{}/read", conversation(of));
        api.put(&path)
            .by(by)
            .json(&json!({ "up_to": up_to }))
            .into_future()
    };
    block(&api, &ann, &ben).await.is(204);
    api.appends_nothing(async {
        read(&ben, &ann, &sent[0]).await.is(204);
        read(&ann, &ben, &sent[1]).await.is(204);
    })
    .await;
    api.delete(&format!("/v1/blocks/{}", ben.id))
        .by(&ann)
        .await
        .is(204);
    let told = read(&ben, &ann, &sent[0]).await.is(204);
    assert_ne!(told.header("echo-position"), sent[1]);
    ask(&api, &ben, &ann).await.is(201);
}
