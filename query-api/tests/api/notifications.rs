//! What people are told of what others do.

use events::{AccountId, post::Visibility};
use serde_json::Value;

use crate::{api::each, world::World};

const POST: &str = "a post by ann";

async fn told(world: &World, viewer: AccountId) -> Value {
    world.api.get(viewer, "/v1/notifications").await
}

async fn unread(world: &World, viewer: AccountId) -> u64 {
    let answer = world.api.get(viewer, "/v1/notifications/unread-count").await;
    let me = world.api.get(viewer, "/v1/me").await;
    assert_eq!(answer["unread_count"], me["unread"]["notifications"]);
    answer["unread_count"].as_u64().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn likes_comments_and_friends_are_told_and_what_is_no_longer_so_goes() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    world.publish(ann, Visibility::Public, POST).await;
    world.like(bob, ann, POST).await;
    world.like(cid, ann, POST).await;
    world.like(ann, ann, POST).await;
    world.comment(bob, (ann, POST), "well said").await;
    world.request(cid, ann).await;
    world.settled().await;
    let all = told(&world, ann).await;
    assert_eq!(each(&all, "/type"), ["friend_request", "comment", "like"]);
    let like = &all["items"][2];
    assert_eq!(
        (
            &like["actor_count"],
            &like["actors"][0]["username"],
            &like["post"]["excerpt"]
        ),
        (&Value::from(2), &Value::from("cid"), &Value::from(POST))
    );
    assert_eq!(all["items"][1]["comment"]["excerpt"], "well said");
    assert_eq!(unread(&world, ann).await, 3);

    // The comment is shown as it reads now; the like that came last is taken back.
    world
        .edit_comment(bob, (ann, POST), "well said", "very well said")
        .await;
    world.unlike(cid, ann, POST).await;
    world.settled().await;
    let all = told(&world, ann).await;
    assert_eq!(all["items"][1]["comment"]["excerpt"], "very well said");
    assert_eq!(
        (
            &all["items"][2]["actor_count"],
            &all["items"][2]["actors"][0]["username"]
        ),
        (&Value::from(1), &Value::from("bob"))
    );
    world.delete(ann, POST).await;
    world.settled().await;
    assert_eq!(each(&told(&world, ann).await, "/type"), ["friend_request"]);
    assert_eq!(unread(&world, ann).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_is_marked_up_to_where_it_was() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.publish(ann, Visibility::Public, POST).await;
    let liked = world.like(bob, ann, POST).await;
    world.comment(bob, (ann, POST), "later").await;
    let seen = world.see(ann, liked).await;
    let answer = world
        .api
        .ask_as(ann, "/v1/notifications")
        .after(seen)
        .wait(10)
        .send()
        .await
        .ok("notifications");
    let seen: Vec<_> = answer["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|item| item["seen"].as_bool())
        .collect();
    assert_eq!(seen, [Some(false), Some(true)]);
    assert_eq!(unread(&world, ann).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_of_who_is_blocked_or_forgotten() {
    let world = World::start().await;
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    world.publish(ann, Visibility::Public, POST).await;
    for other in [bob, cid, dan] {
        world.like(other, ann, POST).await;
        world.comment(other, (ann, POST), &format!("by {other}")).await;
        world.request(other, ann).await;
    }
    world.block(ann, bob).await;
    world.erase(cid).await;
    world.settled().await;
    let all = told(&world, ann).await;
    assert_eq!(each(&all, "/type"), ["friend_request", "comment", "like"]);
    for item in all["items"].as_array().expect("a list") {
        assert_eq!(
            each(&serde_json::json!({ "items": item["actors"] }), "/username"),
            ["dan"]
        );
    }
}
