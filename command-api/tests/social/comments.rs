//! Writing, editing and deleting comments.

use std::time::{Duration, Instant};

use events::comment::{Deleted, Event};
use events::{Event as AnyEvent, Stream};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::people::{befriend, block, comment, event, id_of, last, people, publish, text};
use crate::support::{Answer, Api, Person, nobody};

async fn add(api: &Api, by: &Person, post: &str, says: &str) -> Answer {
    api.post(&format!("{post}/comments"))
        .by(by)
        .json(&text(says))
        .await
}

async fn edit(api: &Api, by: &Person, comment: &str, says: &str) -> Answer {
    api.patch(comment).by(by).json(&text(says)).await
}

async fn delete(api: &Api, by: &Person, comment: &str) -> Answer {
    api.delete(comment).by(by).await
}

#[tokio::test]
async fn a_comment_is_written_edited_and_deleted() {
    let api = Api::start().await;
    let [ann, ben] = people(&api).await;
    let post = publish(&api, &ann, "public").await;
    let added = add(&api, &ben, &post, "Grüße 😀\n\tund mehr").await.is(201);
    let AnyEvent::Comment(Event::Added(version)) = event(&api, &added).await else {
        panic!("added")
    };
    assert_eq!(version.comment.to_string(), id_of(&added));
    assert_eq!(version.post.to_string(), last(&post));
    assert_eq!((version.author, version.post_author), (ben.id, ann.id));
    assert_eq!(
        version.personal.into_known().unwrap().text,
        "Grüße 😀\n\tund mehr"
    );

    let path = format!("{post}/comments/{}", id_of(&added));
    let edited = edit(&api, &ben, &path, "Two").await.is(200);
    assert_eq!(edited.body["id"], added.body["id"]);
    let AnyEvent::Comment(Event::Edited(version)) = event(&api, &edited).await else {
        panic!("edited")
    };
    assert_eq!((version.author, version.post_author), (ben.id, ann.id));
    assert_eq!(version.personal.known().unwrap().text, "Two");
    api.appends_nothing(async {
        let same = edit(&api, &ben, &path, "Two").await.is(200);
        assert_eq!(same.body, edited.body);
    })
    .await;

    let deleted = delete(&api, &ben, &path).await.is(204);
    let told = AnyEvent::Comment(Event::Deleted(Deleted {
        comment: version.comment,
        post: version.post,
        post_author: ann.id,
        author: ben.id,
        by: ben.id,
    }));
    assert_eq!(event(&api, &deleted).await, told);
    api.appends_nothing(async {
        edit(&api, &ben, &path, "x")
            .await
            .problem(404, "comment-not-found");
        delete(&api, &ben, &path).await.problem(404, "comment-not-found");
    })
    .await;
}

#[tokio::test]
async fn only_its_author_edits_a_comment_and_the_posts_author_deletes_it_too() {
    let api = Api::start().await;
    let [ann, ben, cid] = people(&api).await;
    let post = publish(&api, &ann, "public").await;
    let path = comment(&api, &ben, &post, "One").await;
    api.appends_nothing(async {
        edit(&api, &ann, &path, "Mine").await.problem(403, "not-author");
        edit(&api, &cid, &path, "Mine").await.problem(403, "not-author");
        delete(&api, &cid, &path).await.problem(403, "not-author");
    })
    .await;
    let deleted = delete(&api, &ann, &path).await.is(204);
    let AnyEvent::Comment(Event::Deleted(deleted)) = event(&api, &deleted).await else {
        panic!("deleted")
    };
    assert_eq!((deleted.by, deleted.author), (ann.id, ben.id));
}

#[tokio::test]
async fn a_comment_belongs_to_its_post() {
    let api = Api::start().await;
    let [ann] = people(&api).await;
    let post = publish(&api, &ann, "public").await;
    let other = publish(&api, &ann, "public").await;
    let path = comment(&api, &ann, &post, "One").await;
    let elsewhere = format!("{other}/comments/{}", last(&path));
    api.appends_nothing(async {
        for wrong in [&elsewhere, &format!("{post}/comments/{}", nobody())] {
            edit(&api, &ann, wrong, "x")
                .await
                .problem(404, "comment-not-found");
            delete(&api, &ann, wrong).await.problem(404, "comment-not-found");
        }
        for wrong in [format!("{post}/comments/x"), "/v1/posts/x/comments/y".to_owned()] {
            edit(&api, &ann, &wrong, "x").await.problem(400, "invalid-path");
            delete(&api, &ann, &wrong).await.problem(400, "invalid-path");
        }
    })
    .await;
}

#[tokio::test]
async fn only_who_sees_a_post_comments_on_it() {
    let api = Api::start().await;
    let [ann, ben, cid] = people(&api).await;
    befriend(&api, &ann, &ben).await;
    let public = publish(&api, &ann, "public").await;
    let hidden = publish(&api, &ann, "friends").await;
    let bens = comment(&api, &ben, &hidden, "One").await;
    let cids = comment(&api, &cid, &public, "Two").await;
    let anns = comment(&api, &ann, &hidden, "Three").await;
    block(&api, &ann, &cid).await.is(204);
    let missing = format!("/v1/posts/{}", nobody());
    let refused = async |by: &Person, post: &str, comment: &str| {
        api.appends_nothing(async {
            for answer in [
                add(&api, by, post, "x").await,
                edit(&api, by, comment, "x").await,
                delete(&api, by, comment).await,
            ] {
                answer.problem(404, "post-not-found");
            }
        })
        .await;
    };
    refused(&cid, &hidden, &bens).await;
    refused(&cid, &public, &format!("{public}/comments/{}", nobody())).await;
    refused(&ann, &missing, &format!("{missing}/comments/{}", nobody())).await;
    api.delete(&format!("/v1/friends/{}", ann.id))
        .by(&ben)
        .await
        .is(204);
    refused(&ben, &hidden, &anns).await;
    // Whose post it is may still clear up.
    delete(&api, &ann, &cids).await.is(204);
    api.delete(&hidden).by(&ann).await.is(204);
    refused(&ann, &hidden, &bens).await;
}

#[tokio::test]
async fn a_comment_of_who_blocks_the_caller_is_none() {
    let api = Api::start().await;
    let [ann, ben, cid] = people(&api).await;
    let post = publish(&api, &ann, "public").await;
    let path = comment(&api, &ben, &post, "One").await;
    edit(&api, &cid, &path, "x").await.problem(403, "not-author");
    block(&api, &ben, &cid).await.is(204);
    api.appends_nothing(async {
        let unseen = edit(&api, &cid, &path, "x")
            .await
            .problem(404, "comment-not-found");
        let missing = format!("{post}/comments/{}", nobody());
        let missing = edit(&api, &cid, &missing, "x").await;
        assert_eq!(unseen.body, missing.body);
        delete(&api, &cid, &path).await.problem(404, "comment-not-found");
    })
    .await;
}

#[tokio::test]
async fn a_comment_has_1_to_2000_characters() {
    let api = Api::start().await;
    let [ann] = people(&api).await;
    let post = publish(&api, &ann, "public").await;
    let comments = format!("{post}/comments");
    let path = comment(&api, &ann, &post, &"😀".repeat(2_000)).await;
    let long = "😀".repeat(2_001);
    let cases: [(Value, &[(&str, &str)]); 6] = [
        (json!({}), &[("text", "required")]),
        (text(""), &[("text", "required")]),
        (text(" \n\t"), &[("text", "required")]),
        (text(&long), &[("text", "too-long")]),
        (text("a\u{0}b"), &[("text", "control-character")]),
        (text("a\u{85}b"), &[("text", "control-character")]),
    ];
    api.appends_nothing(async {
        for (body, faults) in &cases {
            api.post(&comments).by(&ann).json(body).await.invalid(faults);
            api.patch(&path).by(&ann).json(body).await.invalid(faults);
        }
        for body in [json!({ "text": 7 }), json!({ "text": null })] {
            let answer = api.post(&comments).by(&ann).json(&body).await;
            answer.problem(400, "unexpected-json");
        }
    })
    .await;
}

#[tokio::test]
async fn a_comment_repeats_under_its_key() {
    let api = Api::start().await;
    let [ann, ben] = people(&api).await;
    let post = publish(&api, &ann, "public").await;
    let other = publish(&api, &ann, "public").await;
    let keyed = |by, post: &str, says: &str| {
        let path = format!("{post}/comments");
        api.post(&path).by(by).key("k-1").json(&text(says)).into_future()
    };
    let many = join_all((0..5).map(|_| keyed(&ben, &post, "One"))).await;
    let first = many[0].clone().is(201);
    assert!(many.into_iter().all(|answer| answer.is(201).body == first.body));
    let path = format!("{post}/comments/{}", id_of(&first));
    edit(&api, &ben, &path, "Edited").await.is(200);
    api.appends_nothing(async {
        assert_eq!(keyed(&ben, &post, "One").await.is(201).body, first.body);
        for (post, says) in [(&post, "Two"), (&other, "One")] {
            let answer = keyed(&ben, post, says).await;
            answer.problem(422, "idempotency-key-reused");
        }
    })
    .await;
    let anns = keyed(&ann, &post, "One").await.is(201);
    assert_ne!(anns.body["id"], first.body["id"], "a key is its account's");

    let keyed_edit = || api.patch(&path).by(&ben).key("k-2").json(&text("Two"));
    let edited = keyed_edit().await.is(200);
    let keyed_delete = || api.delete(&path).by(&ben).key("k-3");
    let deleted = keyed_delete().await.is(204);
    api.delete(&post).by(&ann).await.is(204);
    // The answers stand, although comment and post are gone.
    api.appends_nothing(async {
        assert_eq!(keyed(&ben, &post, "One").await.is(201).body, first.body);
        assert_eq!(keyed_edit().await.is(200).body, edited.body);
        let again = keyed_delete().await.is(204);
        assert_eq!(again.header("echo-position"), deleted.header("echo-position"));
        add(&api, &ben, &post, "One").await.problem(404, "post-not-found");
    })
    .await;
}

#[tokio::test]
async fn a_repeat_beyond_the_duplicate_window_is_recognised_by_the_stored_comment() {
    let api = Api::start().await;
    let [ann] = people(&api).await;
    let post = publish(&api, &ann, "public").await;
    let other = publish(&api, &ann, "public").await;
    let jetstream = async_nats::jetstream::new(api.system.store.client().clone());
    let name = api.system.store.namespace().stream(Stream::Events);
    let stream = jetstream.get_stream(&name).await.unwrap();
    let mut config = stream.cached_info().config.clone();
    config.duplicate_window = Duration::from_millis(100);
    jetstream.update_stream(config).await.unwrap();
    let keyed = |post: &str, says| {
        let path = format!("{post}/comments");
        api.post(&path)
            .by(&ann)
            .key("k-1")
            .json(&text(says))
            .into_future()
    };
    let first = keyed(&post, "One").await.is(201);
    // Another second of comments, by the server's own clock, carries the window past the first.
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(1) {
        add(&api, &ann, &post, "Other").await.is(201);
    }
    api.appends_nothing(async {
        assert_eq!(keyed(&post, "One").await.is(201).body, first.body);
        keyed(&post, "Two").await.problem(422, "idempotency-key-reused");
    })
    .await;
    // What is forgotten by then is not that a comment's id is its own.
    let elsewhere = keyed(&other, "One").await.is(201);
    assert_ne!(elsewhere.body["id"], first.body["id"]);
}
