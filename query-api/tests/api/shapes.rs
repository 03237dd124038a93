//! What each answer looks like. Ids are made of names and stay the same; times are left out.

use events::post::Visibility;
use insta::assert_json_snapshot;
use serde_json::Value;

use crate::world::{World, post_id};

macro_rules! assert_shape {
    ($name:expr, $body:expr) => {
        assert_json_snapshot!($name, $body, {
            ".**.created_at" => redact_time(),
            ".**.edited_at" => redact_time(),
            ".**.sent_at" => redact_time(),
            ".**.joined_at" => redact_time(),
            ".**.friends_since" => redact_time(),
            ".**.requested_at" => redact_time(),
            ".**.liked_at" => redact_time(),
            ".**.written_at" => redact_time(),
            ".**.blocked_at" => redact_time(),
            ".**.at" => redact_time(),
        })
    };
}

/// A time in its one form becomes `[time]`, and null stays.
fn redact_time() -> insta::internals::Redaction {
    insta::dynamic_redaction(|value, _| match value.as_str() {
        Some(text) => {
            let parsed = chrono::DateTime::parse_from_rfc3339(text);
            assert!(
                parsed.is_ok() && text.len() == 24 && text.ends_with('Z'),
                "{text}"
            );
            "[time]".into()
        }
        None => value,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_its_shape() {
    let world = World::start().await;
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    world.befriend(ann, bob).await;
    world.befriend(ann, dan).await;
    world.request(cid, ann).await;
    world.publish(ann, Visibility::Friends, "Hello, friends").await;
    world.publish(bob, Visibility::Public, "Hello, world").await;
    world
        .edit(bob, "Hello, world", Visibility::Public, "Hello, all")
        .await;
    world.like(ann, bob, "Hello, world").await;
    world.like(dan, bob, "Hello, world").await;
    world.comment(ann, (bob, "Hello, world"), "Hello, Bob").await;
    world.comment(dan, (bob, "Hello, world"), "Hm").await;
    world.edit_comment(dan, (bob, "Hello, world"), "Hm", "Well").await;
    let first = world.send(bob, ann, "Hi").await;
    let second = world.send(bob, ann, "Oops").await;
    world.delete_message(second).await;
    world.read(first, None).await;
    let third = world.send(ann, bob, "Hi, Bob").await;
    world.edit_message(third, "Hi, Bob!").await;
    world.send(bob, ann, "New here?").await;
    world.comment(bob, (ann, "Hello, friends"), "Hello, Ann").await;
    world.like(bob, ann, "Hello, friends").await;
    let eve = world.people(["eve"]).await[0];
    world.block(ann, eve).await;
    world.settled().await;

    for (name, path) in [
        ("me", "/v1/me".to_owned()),
        ("user", "/v1/users/BOB".to_owned()),
        ("user_posts", "/v1/users/bob/posts".to_owned()),
        ("user_friends", "/v1/users/bob/friends".to_owned()),
        ("friends", "/v1/friends?limit=1".to_owned()),
        ("search", "/v1/search/users?q=d".to_owned()),
        ("incoming_requests", "/v1/friend-requests".to_owned()),
        (
            "outgoing_requests",
            "/v1/friend-requests?direction=outgoing".to_owned(),
        ),
        ("blocks", "/v1/blocks".to_owned()),
        ("notifications", "/v1/notifications".to_owned()),
        ("unread_count", "/v1/notifications/unread-count".to_owned()),
        ("feed", "/v1/feed".to_owned()),
        ("explore", "/v1/explore".to_owned()),
        ("post", format!("/v1/posts/{}", post_id("Hello, world"))),
        (
            "comments",
            format!("/v1/posts/{}/comments", post_id("Hello, world")),
        ),
        ("likes", format!("/v1/posts/{}/likes", post_id("Hello, world"))),
        (
            "history",
            format!("/v1/posts/{}/history", post_id("Hello, world")),
        ),
        ("messages", format!("/v1/conversations/{bob}/messages")),
        ("no_messages", format!("/v1/conversations/{cid}/messages")),
        ("chats", "/v1/chats".to_owned()),
        ("sidebar", "/v1/chat/sidebar".to_owned()),
        ("sync", "/v1/sync?after=c0".to_owned()),
        ("sync_reset", "/v1/sync".to_owned()),
    ] {
        let body: Value = world.api.get(ann, &path).await;
        assert_shape!(name, body);
    }
    assert_shape!("suggestions", world.api.get(bob, "/v1/suggestions").await);
    assert_shape!(
        "outgoing_of_cid",
        world.api.get(cid, "/v1/friend-requests?direction=outgoing").await
    );
    let refused = world.api.ask_as(cid, "/v1/users/nobody").send().await;
    assert_json_snapshot!("problem", refused.body);
}
