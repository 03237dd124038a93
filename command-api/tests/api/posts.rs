//! Publishing, editing and deleting posts.

use events::post::{self, Block};
use events::{Position, Scope};
use serde_json::{Value, json};

use crate::support::{Answer, Api, Person, nobody, text_post};

async fn publish(api: &Api, by: &Person, body: &Value) -> Answer {
    api.post("/v1/posts").by(by).json(body).await
}

fn blocks(texts: &[&str]) -> Value {
    let blocks: Vec<Value> = texts
        .iter()
        .map(|text| json!({ "type": "text", "text": text }))
        .collect();
    json!({ "blocks": blocks, "visibility": "public" })
}

fn path(answer: &Answer) -> String {
    format!("/v1/posts/{}", answer.body["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_post_is_published_as_it_was_written() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let body =
        json!({ "blocks": [{ "type": "text", "text": "Grüße 😀\n\tund mehr" }], "visibility": "friends" });
    let answer = api
        .post("/v1/posts")
        .by(&ann)
        .header("traceparent", trace)
        .json(&body)
        .await
        .is(201);
    let position: Position = answer.header("echo-position").parse().unwrap();
    let recorded = api.system.store.event_at(position).await.unwrap().unwrap();
    assert_eq!(
        (recorded.meta.actor, recorded.meta.traceparent.as_deref()),
        (Some(ann.id), Some(trace))
    );
    let events::Event::Post(post::Event::Published(version)) = recorded.event else {
        panic!("published")
    };
    assert_eq!(
        (version.author, version.visibility),
        (ann.id, post::Visibility::Friends)
    );
    assert_eq!(version.post.to_string(), answer.body["id"]);
    let content = version.personal.into_known().unwrap();
    let text = "Grüße 😀\n\tund mehr".to_owned();
    assert!(content.blocks == [post::Block::Text { text }]);
}

#[tokio::test]
async fn every_bad_field_is_named_and_nothing_is_appended() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let of = |blocks: Value| json!({ "blocks": blocks, "visibility": "public" });
    let (five, six) = ("😀".repeat(5_000), "😀".repeat(5_001));
    let cases: Vec<(Value, &[(&str, &str)])> = vec![
        (json!({}), &[("blocks", "required"), ("visibility", "required")]),
        (of(json!([])), &[("blocks", "required")]),
        (
            json!({ "blocks": [{ "type": "text", "text": "Hi" }], "visibility": "all" }),
            &[("visibility", "invalid")],
        ),
        (blocks(&["x"; 21]), &[("blocks", "too-many")]),
        (blocks(&["Hi", ""]), &[("blocks[1].text", "required")]),
        (blocks(&["Hi", " \n"]), &[("blocks[1].text", "required")]),
        (blocks(&[&six]), &[("blocks[0].text", "too-long")]),
        (
            blocks(&[&five, &five, &five, &five, "x"]),
            &[("blocks", "too-long")],
        ),
        (blocks(&["a\u{7}b"]), &[("blocks[0].text", "control-character")]),
        (blocks(&["a\u{85}b"]), &[("blocks[0].text", "control-character")]),
        (of(json!([{ "text": "Hi" }])), &[("blocks[0].type", "required")]),
        (
            of(json!([{ "type": "video", "text": "Hi" }])),
            &[("blocks[0].type", "invalid")],
        ),
        (
            of(json!([{ "type": "image", "media_id": "x" }])),
            &[("blocks[0].media_id", "invalid")],
        ),
        (
            of(json!([{ "type": "image", "media_id": nobody(), "alt": "x".repeat(1_001) }])),
            &[("blocks[0].alt", "too-long")],
        ),
    ];
    api.appends_nothing(async {
        for (body, expected) in cases {
            publish(&api, &ann, &body).await.invalid(expected);
        }
        let picture = of(
            json!([{ "type": "text", "text": "Hi" }, { "type": "image", "media_id": nobody(), "alt": "" }]),
        );
        let answer = publish(&api, &ann, &picture)
            .await
            .problem(422, "media-not-yours");
        assert_eq!(answer.faults(), [("blocks[1].media_id", "media-not-yours")]);
    })
    .await;
    publish(&api, &ann, &blocks(&[&five, &five, &five, &five]))
        .await
        .is(201);
    publish(&api, &ann, &blocks(&["x"; 20])).await.is(201);
}

#[tokio::test]
async fn a_repeat_under_the_same_key_is_the_same_post_at_any_age() {
    let api = Api::start().await;
    let (ann, ben) = (api.person("ann").await, api.person("ben").await);
    let request = |by: &Person, text: &str| api.post("/v1/posts").by(by).key("k-1").json(&text_post(text));
    let first = request(&ann, "One").await.is(201);
    let repeat = api
        .appends_nothing(request(&ann, "One").into_future())
        .await
        .is(201);
    assert_eq!(repeat.body, first.body);
    assert_ne!(request(&ben, "One").await.is(201).body, first.body);

    // Changed and deleted meanwhile, it is still the post that the key made.
    api.patch(&path(&first))
        .by(&ann)
        .json(&text_post("Two"))
        .await
        .is(200);
    assert_eq!(request(&ann, "One").await.is(201).body, first.body);
    api.delete(&path(&first)).by(&ann).await.is(204);
    let repeat = api
        .appends_nothing(request(&ann, "One").into_future())
        .await
        .is(201);
    assert_eq!(repeat.body, first.body);

    api.appends_nothing(async {
        request(&ann, "Two").await.problem(422, "idempotency-key-reused");
        let mut friends = text_post("One");
        friends["visibility"] = json!("friends");
        let answer = api.post("/v1/posts").by(&ann).key("k-1").json(&friends).await;
        answer.problem(422, "idempotency-key-reused");
    })
    .await;
}

#[tokio::test]
async fn a_repeat_beyond_the_duplicate_window_is_recognised_by_the_stored_post() {
    // Without the server's memory of message ids only the post itself can tell.
    let api = Api::start().await;
    let jetstream = async_nats::jetstream::new(api.system.store.client().clone());
    let name = api.system.store.namespace().stream(events::Stream::Events);
    let mut config = jetstream
        .get_stream(&name)
        .await
        .unwrap()
        .cached_info()
        .config
        .clone();
    config.duplicate_window = std::time::Duration::from_millis(100);
    jetstream.update_stream(config).await.unwrap();
    let ann = api.person("ann").await;
    let request = || api.post("/v1/posts").by(&ann).key("k-1").json(&text_post("One"));
    let first = request().await.is(201);
    // Two further seconds of posts, by the server's own clock, carry the window past the first.
    let begin = std::time::Instant::now();
    while begin.elapsed() < std::time::Duration::from_secs(1) {
        publish(&api, &ann, &text_post("Other")).await.is(201);
    }
    let repeat = api.appends_nothing(request().into_future()).await.is(201);
    assert_eq!(repeat.body, first.body);
}

#[tokio::test]
async fn only_the_author_changes_or_deletes_a_post() {
    let api = Api::start().await;
    let (ann, ben) = api.friends().await;
    let cid = api.person("cid").await;
    let public = publish(&api, &ann, &text_post("One")).await.is(201);
    let mut body = text_post("Two");
    body["visibility"] = json!("friends");
    let hidden = publish(&api, &ann, &body).await.is(201);
    api.appends_nothing(async {
        for (post, by, status, code) in [
            (&public, &ben, 403, "not-author"),
            (&public, &cid, 403, "not-author"),
            (&hidden, &ben, 403, "not-author"),
            (&hidden, &cid, 404, "post-not-found"),
        ] {
            api.patch(&path(post))
                .by(by)
                .json(&text_post("Mine"))
                .await
                .problem(status, code);
            api.delete(&path(post)).by(by).await.problem(status, code);
        }
    })
    .await;
}

#[tokio::test]
async fn an_edit_changes_what_it_mentions_and_nothing_else() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let post = publish(&api, &ann, &text_post("One")).await.is(201);
    let edited = api
        .patch(&path(&post))
        .by(&ann)
        .json(&json!({ "visibility": "friends" }))
        .await
        .is(200);
    assert_eq!(edited.body["id"], post.body["id"]);
    let position: Position = edited.header("echo-position").parse().unwrap();
    let recorded = api.system.store.event_at(position).await.unwrap().unwrap();
    let events::Event::Post(post::Event::Edited(version)) = recorded.event else {
        panic!("edited")
    };
    assert_eq!(version.visibility, post::Visibility::Friends);
    assert!(
        version.personal.known().unwrap().blocks
            == [post::Block::Text {
                text: "One".to_owned()
            }]
    );

    let unchanged = api.appends_nothing(async {
        api.patch(&path(&post))
            .by(&ann)
            .json(&json!({ "visibility": "friends" }))
            .await
            .is(200)
    });
    assert_eq!(unchanged.await.body, edited.body);
}

#[tokio::test]
async fn bad_edits_and_posts_that_are_not_there_append_nothing() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let post = publish(&api, &ann, &text_post("One")).await.is(201);
    api.appends_nothing(async {
        let edit = async |body: Value| api.patch(&path(&post)).by(&ann).json(&body).await;
        edit(json!({})).await.invalid(&[("blocks", "required")]);
        edit(json!({ "blocks": [] }))
            .await
            .invalid(&[("blocks", "required")]);
        edit(json!({ "visibility": "x" }))
            .await
            .invalid(&[("visibility", "invalid")]);
        let missing = format!("/v1/posts/{}", nobody());
        api.patch(&missing)
            .by(&ann)
            .json(&text_post("x"))
            .await
            .problem(404, "post-not-found");
        api.delete(&missing).by(&ann).await.problem(404, "post-not-found");
        api.delete("/v1/posts/x")
            .by(&ann)
            .await
            .problem(400, "invalid-path");
    })
    .await;
    api.delete(&path(&post)).by(&ann).await.is(204);
    api.appends_nothing(async {
        api.delete(&path(&post))
            .by(&ann)
            .await
            .problem(404, "post-not-found");
        api.patch(&path(&post))
            .by(&ann)
            .json(&text_post("x"))
            .await
            .problem(404, "post-not-found");
    })
    .await;
}

#[tokio::test]
async fn a_deletion_can_be_repeated_under_its_key() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let post = publish(&api, &ann, &text_post("One")).await.is(201);
    let delete = || api.delete(&path(&post)).by(&ann).key("k-2");
    let first = delete().await.is(204);
    let repeat = api.appends_nothing(delete().into_future()).await.is(204);
    assert_eq!(repeat.header("echo-position"), first.header("echo-position"));
}

#[tokio::test]
async fn edits_at_once_all_count_or_are_told_that_they_do_not() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let post = publish(&api, &ann, &text_post("One")).await.is(201);
    let id = post.body["id"].as_str().unwrap().parse().unwrap();
    let answers = futures::future::join_all((0..6).map(|n| {
        api.patch(&path(&post))
            .by(&ann)
            .json(&text_post(&n.to_string()))
            .into_future()
    }))
    .await;
    let mut positions: Vec<String> = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .map(|answer| answer.header("echo-position").to_owned())
        .collect();
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 200 || answer.status == 409)
    );
    let appended = positions.len();
    positions.sort();
    positions.dedup();
    assert_eq!(positions.len(), appended, "each edit is an event of its own");
    let history = api.system.store.history(&Scope::post(id)).await.unwrap();
    assert_eq!(api.positions().await[0], history.last_sequence);
}

#[tokio::test]
async fn the_largest_legal_post_is_stored_and_read_back_whole() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let block = "😀".repeat(5_000);
    let body = blocks(&[block.as_str(); 4]);
    let plain = body.to_string();
    // A client may write each of these as twelve bytes.
    let escaped = plain.replace('😀', r"\ud83d\ude00");
    assert!(plain.len() > 80_000 && escaped.len() > 240_000);
    for body in [plain, escaped] {
        let published = api.post("/v1/posts").by(&ann).body("application/json", body);
        let position = published.await.is(201).header("echo-position").parse().unwrap();
        let recorded = api.system.store.event_at(position).await.unwrap().unwrap();
        let events::Event::Post(post::Event::Published(version)) = recorded.event else {
            panic!("published")
        };
        let content = version.personal.known().unwrap();
        let text = Block::Text { text: block.clone() };
        assert!(content.blocks == [text.clone(), text.clone(), text.clone(), text]);
    }
}
