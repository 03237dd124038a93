//! Reporting posts, comments, people and messages.

use events::Event as AnyEvent;
use events::report::{Event, Filed, Reason, Subject};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::people::{befriend, block, comment, event, id_of, last, people, publish};
use crate::support::{Answer, Api, Person, nobody};

fn about(subject: &Value) -> Value {
    json!({ "subject": subject, "reason": "spam" })
}

async fn file(api: &Api, by: &Person, body: &Value) -> Answer {
    api.post("/v1/reports").by(by).json(body).await
}

async fn filed(api: &Api, answer: &Answer) -> Filed {
    let AnyEvent::Report(Event::Filed(filed)) = event(api, answer).await else {
        panic!("filed")
    };
    filed
}

async fn send(api: &Api, by: &Person, to: &Person) -> String {
    let path = format!("/v1/conversations/{}/messages", to.id);
    let body = json!({ "id": nobody(), "text": "Hi" });
    let sent = api.post(&path).by(by).json(&body).await.is(201);
    sent.header("echo-position").to_owned()
}

fn message(peer: &Person, position: &str) -> Value {
    json!({ "message": { "peer": peer.id, "position": position } })
}

#[tokio::test]
async fn a_post_a_comment_a_person_and_a_message_can_be_reported() {
    let api = Api::start().await;
    let [ann, ben] = people(&api).await;
    befriend(&api, &ann, &ben).await;
    let post = publish(&api, &ann, "friends").await;
    let comment = comment(&api, &ann, &post, "One").await;
    let position = send(&api, &ann, &ben).await;
    let (post, comment) = (last(&post), last(&comment));
    let cases = [
        (json!({ "post_id": post }), Subject::Post(post.parse().unwrap())),
        (
            json!({ "post_id": post, "comment_id": comment }),
            Subject::Comment {
                post: post.parse().unwrap(),
                comment: comment.parse().unwrap(),
            },
        ),
        (json!({ "user_id": ann.id }), Subject::User(ann.id)),
        (
            message(&ann, &position),
            Subject::Message {
                from: ann.id,
                sent: 1,
            },
        ),
    ];
    for (subject, told) in &cases {
        let answer = file(&api, &ben, &about(subject)).await.is(201);
        let filed = filed(&api, &answer).await;
        assert_eq!((filed.by, filed.subject), (ben.id, *told));
        assert_eq!(filed.report.to_string(), id_of(&answer));
        assert_eq!(filed.personal.into_known().unwrap().note, "");
    }
    // What a block hides of posts stays known of a person and of what they wrote.
    block(&api, &ben, &ann).await.is(204);
    for (subject, _) in &cases[2..] {
        file(&api, &ben, &about(subject)).await.is(201);
    }
}

#[tokio::test]
async fn a_report_has_a_reason_and_perhaps_a_note() {
    let api = Api::start().await;
    let [ann, ben] = people(&api).await;
    let reasons = [
        ("spam", Reason::Spam),
        ("harassment", Reason::Harassment),
        ("hate", Reason::Hate),
        ("violence", Reason::Violence),
        ("sexual", Reason::Sexual),
        ("self_harm", Reason::SelfHarm),
        ("impersonation", Reason::Impersonation),
        ("other", Reason::Other),
    ];
    for (text, reason) in reasons {
        let note = "😀".repeat(1_000);
        let body = json!({ "subject": { "user_id": ann.id }, "reason": text, "note": note });
        let answer = file(&api, &ben, &body).await.is(201);
        let filed = filed(&api, &answer).await;
        assert_eq!(filed.reason, reason);
        assert_eq!(filed.personal.into_known().unwrap().note, note);
    }
    let body = json!({ "subject": { "user_id": ann.id }, "reason": "spam", "note": null });
    file(&api, &ben, &body).await.is(201);
}

#[tokio::test]
async fn what_the_caller_may_not_see_can_not_be_reported() {
    let api = Api::start().await;
    let [ann, ben, cid] = people(&api).await;
    befriend(&api, &ann, &ben).await;
    let hidden = publish(&api, &ann, "friends").await;
    let hidden_comment = comment(&api, &ann, &hidden, "One").await;
    let public = publish(&api, &ann, "public").await;
    let bens = comment(&api, &ben, &public, "Two").await;
    let position = send(&api, &ann, &ben).await;
    block(&api, &ben, &cid).await.is(204);
    let (hidden, public) = (last(&hidden), last(&public));
    let by_cid = [
        (json!({ "post_id": hidden }), "post-not-found"),
        (json!({ "post_id": nobody() }), "post-not-found"),
        (
            json!({ "post_id": hidden, "comment_id": last(&hidden_comment) }),
            "post-not-found",
        ),
        (
            json!({ "post_id": public, "comment_id": last(&bens) }),
            "comment-not-found",
        ),
        (
            json!({ "post_id": public, "comment_id": nobody() }),
            "comment-not-found",
        ),
        (json!({ "user_id": ben.id }), "user-not-found"),
        (json!({ "user_id": nobody() }), "user-not-found"),
        (message(&ann, &position), "message-not-found"),
        (message(&ben, "c99"), "message-not-found"),
        (message(&ben, "c0"), "message-not-found"),
    ];
    api.appends_nothing(async {
        for (subject, code) in &by_cid {
            file(&api, &cid, &about(subject)).await.problem(404, code);
        }
        // A message is the other one's only if the other one sent it.
        let own = file(&api, &ann, &about(&message(&ben, &position))).await;
        own.problem(404, "message-not-found");
    })
    .await;
}

#[tokio::test]
async fn nobody_reports_their_own() {
    let api = Api::start().await;
    let [ann] = people(&api).await;
    let post = publish(&api, &ann, "public").await;
    let comment = comment(&api, &ann, &post, "One").await;
    let post = last(&post);
    api.appends_nothing(async {
        for subject in [
            json!({ "post_id": post }),
            json!({ "post_id": post, "comment_id": last(&comment) }),
            json!({ "user_id": ann.id }),
            message(&ann, "c1"),
        ] {
            file(&api, &ann, &about(&subject)).await.problem(422, "yourself");
        }
    })
    .await;
}

#[tokio::test]
async fn every_bad_field_is_named_and_nothing_is_appended() {
    let api = Api::start().await;
    let [ann, ben] = people(&api).await;
    let id = nobody();
    let of = |subject: Value| json!({ "subject": subject, "reason": "spam" });
    let user = json!({ "user_id": ben.id });
    let cases: Vec<(Value, &[(&str, &str)])> = vec![
        (json!({}), &[("subject", "required"), ("reason", "required")]),
        (of(json!({})), &[("subject", "required")]),
        (of(json!({ "something": id })), &[("subject", "required")]),
        (
            of(json!({ "post_id": id, "user_id": id })),
            &[("subject", "invalid")],
        ),
        (
            of(json!({ "user_id": id, "comment_id": id })),
            &[("subject", "invalid")],
        ),
        (
            of(json!({ "user_id": id, "message": { "peer": id, "position": "c1" } })),
            &[("subject", "invalid")],
        ),
        (of(json!({ "post_id": "x" })), &[("subject.post_id", "invalid")]),
        (of(json!({ "user_id": "" })), &[("subject.user_id", "required")]),
        // A comment is found by its post.
        (
            of(json!({ "comment_id": id })),
            &[("subject.post_id", "required")],
        ),
        (
            of(json!({ "comment_id": "x", "post_id": id })),
            &[("subject.comment_id", "invalid")],
        ),
        (
            of(json!({ "message": {} })),
            &[
                ("subject.message.peer", "required"),
                ("subject.message.position", "required"),
            ],
        ),
        (
            json!({ "subject": user, "reason": "dislike", "note": "x".repeat(1_001) }),
            &[("reason", "invalid"), ("note", "too-long")],
        ),
        (
            json!({ "subject": user, "reason": "Spam" }),
            &[("reason", "invalid")],
        ),
        (
            json!({ "subject": user, "reason": "spam", "note": "a\u{7}b" }),
            &[("note", "control-character")],
        ),
    ];
    api.appends_nothing(async {
        for (body, faults) in &cases {
            file(&api, &ann, body).await.invalid(faults);
        }
        for position in ["e1", "1", "c", "c01", "x"] {
            let answer = file(&api, &ann, &about(&message(&ben, position))).await;
            answer.problem(400, "invalid-position");
        }
        for body in [
            json!({ "subject": "x", "reason": "spam" }),
            of(json!({ "post_id": 7 })),
        ] {
            file(&api, &ann, &body).await.problem(400, "unexpected-json");
        }
    })
    .await;
}

#[tokio::test]
async fn a_report_repeats_under_its_key() {
    let api = Api::start().await;
    let [ann, ben] = people(&api).await;
    let keyed = |reason| {
        let body = json!({ "subject": { "user_id": ann.id }, "reason": reason });
        api.post("/v1/reports")
            .by(&ben)
            .key("k-1")
            .json(&body)
            .into_future()
    };
    let many = join_all((0..5).map(|_| keyed("spam"))).await;
    let first = many[0].clone().is(201);
    assert!(many.into_iter().all(|answer| answer.is(201).body == first.body));
    api.appends_nothing(async {
        assert_eq!(keyed("spam").await.is(201).body, first.body);
        keyed("hate").await.problem(422, "idempotency-key-reused");
    })
    .await;
}
