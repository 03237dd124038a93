//! What readers see of operators' work: another version goes live, an event is parked.

use std::time::Duration;

use bson::doc;
use events::post::Visibility;
use read_model::{posts, versioned};

use crate::{
    api::each,
    world::{World, post_id},
};

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Asks until it is so.
async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let asked = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, asked).await;
    assert!(waited.is_ok(), "{what}: never");
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_follow_a_switch_of_versions_and_back_at_once() {
    let world = World::start().await;
    let [ann] = world.people(["ann"]).await;
    world.publish(ann, Visibility::Public, "a post").await;
    world.settled().await;
    world.operate(&["rebuild", "posts"]).await;
    // So that the two can be told apart.
    let database = world.system.database().await;
    let next = versioned(
        posts::PROJECTION.collections[0].name,
        posts::PROJECTION.version + 1,
    );
    let changed = database
        .collection::<bson::Document>(&next)
        .update_one(doc! {}, doc! { "$set": { "like_count": 7_i64 } })
        .await
        .expect("mongod answers");
    assert_eq!(changed.modified_count, 1);
    let likes = async || {
        let explore = world.api.get(ann, "/v1/explore").await;
        explore["items"][0]["like_count"].as_i64()
    };
    assert_eq!(likes().await, Some(0));
    world.operate(&["switch", "posts"]).await;
    eventually("readers use the new version", async || likes().await == Some(7)).await;
    world.operate(&["rollback", "posts"]).await;
    eventually("readers use the old version", async || likes().await == Some(0)).await;
    // Freshness is that of the version which is read.
    let position = world.publish(ann, Visibility::Public, "another").await;
    let answer = world
        .api
        .ask_as(ann, "/v1/explore")
        .after(position)
        .wait(10)
        .send()
        .await;
    assert_eq!(answer.header("echo-consistency"), "applied");
    assert_eq!(
        each(&answer.ok("explore"), "/blocks/0/text"),
        ["another", "a post"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_parked_event_concerns_is_stale_until_an_operator_has_decided() {
    let world = World::start().await;
    let [ann] = world.people(["ann"]).await;
    world.publish(ann, Visibility::Public, "spoilt").await;
    world.publish(ann, Visibility::Public, "fine").await;
    let nonsense = world.store_nonsense("spoilt").await;
    let consistency = async |path: &str| {
        let answer = world.api.ask_as(ann, path).send().await;
        answer.header("echo-consistency").to_owned()
    };
    let spoilt = format!("/v1/posts/{}", post_id("spoilt"));
    let fine = format!("/v1/posts/{}", post_id("fine"));
    eventually("it is told", async || consistency(&spoilt).await == "stale").await;
    world.settled().await;
    // Whatever names the post may lack something; all else does not.
    for (path, expected) in [
        (spoilt.as_str(), "stale"),
        (fine.as_str(), "applied"),
        ("/v1/feed", "stale"),
        ("/v1/explore?limit=1", "applied"),
        ("/v1/me", "applied"),
        ("/v1/chat/sidebar", "applied"),
    ] {
        assert_eq!(consistency(path).await, expected, "{path}");
    }
    for projection in ["feed", "media_usage", "notifications", "posts"] {
        world
            .operate(&["dead-letters", "discard", projection, &nonsense.to_string()])
            .await;
    }
    eventually("it is fine again", async || {
        consistency(&spoilt).await == "applied" && consistency("/v1/feed").await == "applied"
    })
    .await;
}
