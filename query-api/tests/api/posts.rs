//! What hangs on a post: likes, comments, and how it read before.

use events::{AccountId, Position, post::Visibility};
use serde_json::{Value, json};

use crate::{
    api::{Answer, each},
    world::{World, comment_id, post_id},
};

const POST: &str = "Hello, world";

fn path(rest: &str) -> String {
    format!("/v1/posts/{}{rest}", post_id(POST))
}

/// The answer to `viewer`, with what happened at `position` in it.
async fn after(world: &World, viewer: AccountId, path: &str, position: Position) -> Answer {
    let asked = world.api.ask_as(viewer, path).after(position).wait(10);
    let answer = asked.send().await;
    assert_eq!(answer.header("echo-consistency"), "applied", "{path}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_tells_how_many_like_it_and_whether_i_do_wherever_it_is_shown() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    world.befriend(ann, bob).await;
    world.publish(ann, Visibility::Public, POST).await;
    world.like(bob, ann, POST).await;
    world.like(bob, ann, POST).await;
    let position = world.like(cid, ann, POST).await;
    let people = after(&world, ann, &path("/likes"), position).await.ok("likes");
    assert_eq!(each(&people, "/username"), ["cid", "bob"]);
    let taken_back = world.unlike(cid, ann, POST).await;
    world.unlike(cid, ann, POST).await;
    after(&world, ann, "/v1/explore", taken_back).await;
    world.settled().await;

    for (viewer, liked) in [(ann, false), (bob, true), (cid, false)] {
        let told = |post: &Value| (post["like_count"].clone(), post["liked"].clone());
        let single = world.api.get(viewer, &path("")).await;
        assert_eq!(told(&single), (json!(1), json!(liked)), "{viewer}");
        for list in ["/v1/explore", "/v1/users/ann/posts"] {
            let list = world.api.get(viewer, list).await;
            assert_eq!(list["items"], json!([single]), "{viewer}");
        }
    }
    let feed = world.api.get(ann, "/v1/feed").await;
    assert_eq!(feed["items"], json!([world.api.get(ann, &path("")).await]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_etag_of_a_post_changes_with_its_counts_and_with_my_like() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let mut changes = vec![world.publish(ann, Visibility::Public, POST).await];
    let mut tags: Vec<String> = Vec::new();
    for change in 0..5 {
        changes.push(match change {
            0 => world.like(ann, ann, POST).await,
            // The count is the same before and after, and yet `liked` differs.
            1 => {
                world.unlike(ann, ann, POST).await;
                world.like(bob, ann, POST).await
            }
            2 => world.comment(bob, (ann, POST), "Hi").await,
            3 => world.delete_comment(bob, (ann, POST), "Hi").await,
            _ => world.edit(ann, POST, Visibility::Public, "Hello, all").await,
        });
        let answer = after(&world, ann, &path(""), *changes.last().expect("one")).await;
        let tag = answer.header("etag").to_owned();
        let asked = world.api.ask_as(ann, &path("")).header("If-None-Match", &tag);
        assert_eq!(asked.send().await.status, 304, "change {change}");
        if let Some(before) = tags.last() {
            let asked = world.api.ask_as(ann, &path("")).header("If-None-Match", before);
            assert_eq!(asked.send().await.status, 200, "change {change}");
        }
        tags.push(tag);
    }
    // Without the comment the post is what it was.
    assert_eq!(tags[1], tags[3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn comments_stand_in_the_order_in_which_they_were_written() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    world.publish(ann, Visibility::Public, POST).await;
    for (by, text) in [(bob, "first"), (ann, "second"), (cid, "third"), (bob, "fourth")] {
        world.comment(by, (ann, POST), text).await;
    }
    world.edit_comment(bob, (ann, POST), "first", "First!").await;
    let position = world.delete_comment(cid, (ann, POST), "third").await;
    let comments = after(&world, bob, &path("/comments"), position)
        .await
        .ok("comments");
    assert_eq!(each(&comments, "/text"), ["First!", "second", "fourth"]);
    let first = &comments["items"][0];
    assert_eq!(first["id"], comment_id("first").to_string());
    assert!(first["edited_at"].is_string() && comments["items"][1]["edited_at"].is_null());
    assert_eq!(world.api.get(bob, &path("")).await["comment_count"], 3);

    // Who may delete: the author of the comment, and that of the post.
    for (viewer, deletable) in [
        (ann, [true, true, true]),
        (bob, [true, false, true]),
        (cid, [false, false, false]),
    ] {
        let comments = world.api.get(viewer, &path("/comments")).await;
        let told: Vec<_> = (0..3)
            .map(|n| comments["items"][n]["can_delete"].clone())
            .collect();
        assert_eq!(told, deletable, "{viewer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_post_takes_its_comments_likes_and_history_along() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.publish(ann, Visibility::Public, POST).await;
    world.edit(ann, POST, Visibility::Public, "Hello, all").await;
    world.like(bob, ann, POST).await;
    world.comment(bob, (ann, POST), "Hi").await;
    let position = world.delete(ann, POST).await;
    for rest in ["", "/comments", "/likes", "/history"] {
        for viewer in [ann, bob] {
            let answer = after(&world, viewer, &path(rest), position).await;
            answer.is_problem(404, "post-not-found", rest);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_forgotten_takes_their_likes_and_comments_along() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    world.publish(ann, Visibility::Public, POST).await;
    world.publish(bob, Visibility::Public, "by bob").await;
    for person in [bob, cid] {
        world.like(person, ann, POST).await;
        world.comment(person, (ann, POST), &format!("by {person}")).await;
    }
    world.like(cid, bob, "by bob").await;
    let position = world.forget(bob).await;
    let post = after(&world, ann, &path(""), position).await.ok("the post");
    assert_eq!([&post["like_count"], &post["comment_count"]], [1, 1]);
    let comments = world.api.get(ann, &path("/comments")).await;
    assert_eq!(each(&comments, "/author/username"), ["cid"]);
    assert_eq!(
        each(&world.api.get(ann, &path("/likes")).await, "/username"),
        ["cid"]
    );
    let gone = world.api.ask_as(cid, &format!("/v1/posts/{}", post_id("by bob")));
    gone.send().await.is_problem(404, "post-not-found", "by bob");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_earlier_version_is_shown_to_who_could_see_it_then() {
    let world = World::start().await;
    let [ann, old, new, _other] = world.people(["ann", "old", "new", "other"]).await;
    world.befriend(ann, old).await;
    world.publish(ann, Visibility::Friends, POST).await;
    world.edit(ann, POST, Visibility::Public, "for all").await;
    world.befriend(ann, new).await;
    world.edit(ann, POST, Visibility::Friends, "for friends").await;
    world.edit(ann, POST, Visibility::Public, "for all again").await;
    world.settled().await;
    let everything = ["for all again", "for friends", "for all", POST];
    let read = async |viewer: &str, query: &str| {
        let viewer = crate::world::account(viewer);
        let history = world.api.get(viewer, &path(&format!("/history{query}"))).await;
        let texts: Vec<String> = each(&history, "/blocks/0/text")
            .into_iter()
            .map(str::to_owned)
            .collect();
        (texts, history)
    };
    for (viewer, seen) in [
        ("ann", &everything[..]),
        ("old", &everything),
        ("new", &everything[..3]),
        ("other", &["for all again", "for all"]),
    ] {
        let (texts, history) = read(viewer, "").await;
        assert_eq!(texts, seen, "{viewer}");
        let current: Vec<_> = (0..seen.len())
            .map(|n| history["items"][n]["current"].clone())
            .collect();
        assert!(current[0] == true && current[1..].iter().all(|current| *current == false));
    }
    // The same page by page, while the post is edited between two pages.
    let (texts, history) = read("old", "?limit=2").await;
    assert_eq!(texts, everything[..2]);
    let edit = world
        .edit(ann, POST, Visibility::Public, "for all, the third time")
        .await;
    after(&world, old, &path("/history"), edit).await;
    let cursor = history["next_cursor"].as_str().expect("there is more");
    let (texts, _) = read("old", &format!("?limit=2&cursor={cursor}")).await;
    assert_eq!(texts, everything[2..]);
}
