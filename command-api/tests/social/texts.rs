//! What is kept of what people write: every text, wherever it comes in.

use events::post::Block;
use events::{Event as AnyEvent, account, comment, dm, media, post, report};
use serde_json::{Value, json};

use crate::people::{befriend, comment as commented, event, people, publish};
use crate::support::{Api, Person, Request, nobody};

/// A text of Windows, of an old Mac, and with characters that are unusual but can be printed.
const WRITTEN: &str = "one\r\ntwo\rthree\n e\u{301} \u{212b} \u{202e}ﬁ\u{2028}a\u{ad}b \u{e000}";
const KEPT: &str = "one\ntwo\nthree\n e\u{301} \u{212b} \u{202e}ﬁ\u{2028}a\u{ad}b \u{e000}";

const PICTURE: &[u8] = include_bytes!("../../../media/tests/fixtures/progressive.jpg");

/// A person with all that a text can be part of.
struct Stage {
    api: Api,
    ann: Person,
    ben: Person,
    post: String,
    comment: String,
    message: String,
}

impl Stage {
    async fn set() -> Self {
        let api = Api::start().await;
        let [ann, ben] = people(&api).await;
        befriend(&api, &ann, &ben).await;
        let post = publish(&api, &ann, "public").await;
        let comment = commented(&api, &ann, &post, "Hi").await;
        let messages = format!("/v1/conversations/{}/messages", ben.id);
        let sent = json!({ "id": nobody(), "text": "Hi" });
        let sent = api.post(&messages).by(&ann).json(&sent).await.is(201);
        let message = format!("{messages}/{}", sent.body["position"].as_str().unwrap());
        Self {
            api,
            ann,
            ben,
            post,
            comment,
            message,
        }
    }

    /// Every field of one or more lines that is kept, with the field that is at fault where the text is.
    fn all(&self, text: &str) -> Vec<(&'static str, Request)> {
        let Self { api, post, ben, .. } = self;
        let blocks = json!({ "blocks": [{ "type": "text", "text": text }], "visibility": "public" });
        let about = json!({ "subject": { "user_id": ben.id }, "reason": "other", "note": text });
        let said = json!({ "text": text });
        let sent = json!({ "id": nobody(), "text": text });
        let comments = format!("{post}/comments");
        let described = url::form_urlencoded::Serializer::new("/v1/media?".to_owned())
            .append_pair("alt", text)
            .finish();
        [
            ("bio", api.patch("/v1/me/profile").json(&json!({ "bio": text }))),
            ("blocks[0].text", api.post("/v1/posts").json(&blocks)),
            ("blocks[0].text", api.patch(post).json(&blocks)),
            ("text", api.post(&comments).json(&said)),
            ("text", api.patch(&self.comment).json(&said)),
            (
                "text",
                api.post(&format!("/v1/conversations/{}/messages", ben.id))
                    .json(&sent),
            ),
            ("text", api.patch(&self.message).json(&said)),
            ("note", api.post("/v1/reports").json(&about)),
            ("alt", api.post(&described).body("image/jpeg", PICTURE)),
        ]
        .into_iter()
        .map(|(field, request)| (field, request.by(&self.ann)))
        .collect()
    }

    fn kept(event: AnyEvent) -> String {
        match event {
            AnyEvent::Account(account::Event::ProfileUpdated(it)) => {
                it.personal.into_known().map(|it| it.bio)
            }
            AnyEvent::Post(post::Event::Published(it) | post::Event::Edited(it)) => {
                it.personal.into_known().map(|content| match &content.blocks[..] {
                    [Block::Text { text }] => text.clone(),
                    blocks => panic!("{} blocks", blocks.len()),
                })
            }
            AnyEvent::Comment(comment::Event::Added(it) | comment::Event::Edited(it)) => {
                it.personal.into_known().map(|it| it.text)
            }
            AnyEvent::Dm(dm::Event::Sent(it)) => it.personal.into_known().map(|it| it.text),
            AnyEvent::Dm(dm::Event::Edited(it)) => it.personal.into_known().map(|it| it.text),
            AnyEvent::Report(report::Event::Filed(it)) => it.personal.into_known().map(|it| it.note),
            AnyEvent::Media(media::Event::Uploaded(it)) => it.personal.into_known().map(|it| it.alt),
            other => panic!("{other:?}"),
        }
        .unwrap()
    }

    async fn by_bus(&self, text: &str) -> Value {
        let store = &self.api.system.store;
        let body = json!({
            "account": self.ann.id, "session": nobody(), "to": self.ben.id, "id": nobody(), "text": text
        });
        let subject = store.namespace().command("message.send");
        let answer = store
            .client()
            .request(subject, body.to_string().into())
            .await
            .unwrap();
        serde_json::from_slice(&answer.payload).unwrap()
    }
}

#[tokio::test]
async fn line_ends_become_newlines_and_all_else_is_kept_as_it_was_written() {
    let stage = Box::pin(Stage::set()).await;
    for (field, request) in stage.all(WRITTEN) {
        let answer = request.await;
        assert!(answer.status.is_success(), "{field}: {}", answer.body);
        assert_eq!(Stage::kept(event(&stage.api, &answer).await), KEPT, "{field}");
    }
    let sent = stage.by_bus(WRITTEN).await;
    let position = sent["position"].as_str().unwrap().parse().unwrap();
    let sent = stage.api.system.store.event_at(position).await.unwrap().unwrap();
    assert_eq!(Stage::kept(sent.event), KEPT);
}

#[tokio::test]
async fn nowhere_is_a_text_taken_that_cannot_be_seen_or_controls_a_terminal() {
    let stage = Box::pin(Stage::set()).await;
    stage
        .api
        .appends_nothing(async {
            for (text, code) in [
                ("\u{200b}", "blank"),
                ("\u{3164}\r\n \u{2800}\u{e0041}", "blank"),
                ("a\u{1b}[31m", "control-character"),
                ("a\u{85}b", "control-character"),
            ] {
                for (field, request) in stage.all(text) {
                    request.await.invalid(&[(field, code)]);
                }
                let answer = stage.by_bus(text).await;
                assert_eq!(answer["problem"]["errors"][0]["code"], code, "{answer}");
            }
        })
        .await;
}

#[tokio::test]
async fn the_same_text_with_other_line_ends_is_a_repeat() {
    let stage = Box::pin(Stage::set()).await;
    for (key, path) in [
        ("one", "/v1/posts".to_owned()),
        ("two", format!("{}/comments", stage.post)),
    ] {
        let write = |text: &str| {
            let body =
                json!({ "text": text, "blocks": [{ "type": "text", "text": text }], "visibility": "public" });
            stage.api.post(&path).by(&stage.ann).key(key).json(&body)
        };
        let first = write("one\r\ntwo").await.is(201);
        let repeats = stage.api.appends_nothing(async {
            assert_eq!(write("one\ntwo").await.is(201).body, first.body);
            assert_eq!(write("one\rtwo").await.is(201).body, first.body);
        });
        repeats.await;
        write("one\n\ntwo").await.problem(422, "idempotency-key-reused");
    }
}

#[tokio::test]
async fn a_name_is_what_it_seems() {
    let stage = Box::pin(Stage::set()).await;
    let rename = |field: &str, name: &str| {
        let change = json!({ field: name });
        stage.api.patch("/v1/me/profile").by(&stage.ann).json(&change)
    };
    stage
        .api
        .appends_nothing(async {
            for field in ["display_name", "location"] {
                for (name, code) in [
                    ("\u{200b}\u{3164}", "blank"),
                    ("Mara\u{200b}", "invisible-character"),
                    ("\u{202e}araM", "invisible-character"),
                    ("Mara\u{2066}", "invisible-character"),
                    ("Ma\nra", "control-character"),
                    (&format!("M{}", "\u{301}".repeat(49)), "too-many-marks"),
                ] {
                    rename(field, name).await.invalid(&[(field, code)]);
                }
            }
        })
        .await;
    for name in ["علی\u{200c}رضا", "👩‍👩‍👧‍👦 Lee", "ශ්\u{200d}රී", "Nguyễn", "山田　太郎"]
    {
        let answer = rename("display_name", name).await.is(200);
        assert_eq!(answer.body["display_name"], name);
    }
}
