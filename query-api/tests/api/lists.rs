//! Beginnings of lists are kept in memory; who waits for a change has it in every list that it touches.

use std::sync::atomic::{AtomicBool, Ordering};

use events::{AccountId, Position, Stream, post::Visibility};
use serde_json::{Value, json};

use crate::world::{World, post_id};

/// How often everything changes.
const ROUNDS: usize = 12;

/// Ann writes, her friend Bob reads, and Cid, whom she doesn't know, looks on.
struct Scene {
    world: World,
    ann: AccountId,
    bob: AccountId,
    cid: AccountId,
}

impl Scene {
    async fn begin() -> Self {
        let world = World::start().await;
        let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
        world.befriend(ann, bob).await;
        world.settled().await;
        Self { world, ann, bob, cid }
    }

    /// What `viewer` gets at `path` who has waited for `position`; `pointer` says which part of it.
    async fn sees(&self, viewer: AccountId, path: &str, position: Position, pointer: &str) -> Value {
        let asked = self.world.api.ask_as(viewer, path).after(position).wait(10);
        let answer = asked.send().await;
        assert_eq!(answer.header("echo-consistency"), "applied", "{path}");
        let answer = answer.ok(path);
        answer.pointer(pointer).cloned().unwrap_or_default()
    }

    /// All lists again and again, so that they are kept, and loaded while they change.
    async fn read_on(&self, over: &AtomicBool) {
        let paths = [
            "/v1/feed".to_owned(),
            "/v1/users/ann/posts".to_owned(),
            format!("/v1/conversations/{}/messages", self.ann),
            "/v1/chat/sidebar".to_owned(),
            "/v1/me".to_owned(),
        ];
        while !over.load(Ordering::Relaxed) {
            for path in &paths {
                self.world.api.get(self.bob, path).await;
            }
            self.world.api.get(self.cid, "/v1/users/ann/posts").await;
        }
    }

    async fn posts_come_change_and_go(&self, n: usize) {
        let Self { world, ann, bob, cid } = self;
        let (text, path) = (format!("post {n}"), "/v1/users/ann/posts");
        let id = json!(post_id(&text));
        let position = world.publish(*ann, Visibility::Friends, &text).await;
        assert_eq!(self.sees(*bob, "/v1/feed", position, "/items/0/id").await, id);
        assert_eq!(self.sees(*bob, path, position, "/items/0/id").await, id);
        assert_ne!(self.sees(*cid, path, position, "/items/0/id").await, id);

        let position = world.edit(*ann, &text, Visibility::Public, "for all").await;
        assert_eq!(self.sees(*cid, path, position, "/items/0/id").await, id);
        let block = "/items/0/blocks/0/text";
        assert_eq!(self.sees(*bob, path, position, block).await, "for all");

        self.comments_come_change_and_go(&text, n).await;
        if n.is_multiple_of(2) {
            let position = world.delete(*ann, &text).await;
            for (viewer, path) in [(*bob, "/v1/feed"), (*bob, path), (*cid, path)] {
                assert_ne!(
                    self.sees(viewer, path, position, "/items/0/id").await,
                    id,
                    "{path}"
                );
            }
        }
    }

    async fn comments_come_change_and_go(&self, post: &str, n: usize) {
        let Self { world, ann, bob, .. } = self;
        let (what, text) = (format!("comment {n}"), "/items/0/text");
        let path = format!("/v1/posts/{}/comments", post_id(post));
        let none = self
            .sees(*ann, &path, Position::new(Stream::Events, 1), text)
            .await;
        assert_eq!(none, Value::Null);
        let position = world.comment(*bob, (*ann, post), &what).await;
        assert_eq!(self.sees(*ann, &path, position, text).await, what);
        let position = world.edit_comment(*bob, (*ann, post), &what, "rather so").await;
        assert_eq!(self.sees(*ann, &path, position, text).await, "rather so");
        let position = world.delete_comment(*bob, (*ann, post), &what).await;
        assert_eq!(self.sees(*ann, &path, position, text).await, Value::Null);
    }

    async fn messages_come_change_and_go(&self, n: usize) {
        let Self { world, ann, bob, .. } = self;
        let path = format!("/v1/conversations/{ann}/messages");
        let first = world.send(*ann, *bob, &format!("first {n}")).await;
        let second = world.send(*ann, *bob, &format!("second {n}")).await;
        let shown = self.sees(*bob, &path, second.position, "/items/0/text").await;
        assert_eq!(shown, format!("second {n}"));
        self.has_unread(2, second.position).await;

        let position = world.edit_message(second, "rather so").await;
        for (path, text) in [
            (&*path, "/items/0/text"),
            ("/v1/chat/sidebar", "/recent/0/last_message/text"),
        ] {
            assert_eq!(self.sees(*bob, path, position, text).await, "rather so");
        }
        // Not the last one, so that the conversation itself stays as it is.
        let position = world.delete_message(first).await;
        assert_eq!(self.sees(*bob, &path, position, "/items/1/deleted").await, true);
        self.has_unread(1, position).await;
        let position = world.read(second, None).await;
        self.has_unread(0, position).await;
    }

    async fn has_unread(&self, expected: u64, position: Position) {
        for (path, count) in [
            ("/v1/chat/sidebar", "/recent/0/unread_count"),
            ("/v1/me", "/unread/messages"),
        ] {
            assert_eq!(
                self.sees(self.bob, path, position, count).await,
                expected,
                "{path}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_a_change_finds_it_in_every_list() {
    let scene = Box::pin(Scene::begin()).await;
    let over = AtomicBool::new(false);
    let change = async {
        for n in 0..ROUNDS {
            scene.posts_come_change_and_go(n).await;
            scene.messages_come_change_and_go(n).await;
        }
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(change, scene.read_on(&over));
    let Scene { world, ann, bob, .. } = &scene;
    let position = world.block(*ann, *bob).await;
    let feed = scene.sees(*bob, "/v1/feed", position, "/items").await;
    assert_eq!(feed, json!([]), "who is blocked has nothing of hers");
    let friends = scene.sees(*bob, "/v1/chat/sidebar", position, "/friends").await;
    assert_eq!(friends, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_s_page_is_full_however_many_posts_are_for_friends() {
    let Scene { world, ann, bob, cid } = Box::pin(Scene::begin()).await;
    for n in 0..30 {
        world
            .publish(ann, Visibility::Public, &format!("public {n}"))
            .await;
    }
    for n in 0..30 {
        world
            .publish(ann, Visibility::Friends, &format!("friends {n}"))
            .await;
    }
    world.settled().await;
    let first = async |viewer, path: &str| {
        let page = world.api.get(viewer, path).await;
        let items = page["items"].as_array().expect("a list").clone();
        (
            items.len(),
            items[0]["id"].clone(),
            page["next_cursor"].is_string(),
        )
    };
    let path = "/v1/users/ann/posts";
    for _ in 0..3 {
        let newest = |text: &str| json!(post_id(text));
        assert_eq!(first(bob, path).await, (20, newest("friends 29"), true));
        assert_eq!(first(cid, path).await, (20, newest("public 29"), true));
        let long = format!("{path}?limit=50");
        assert_eq!(first(bob, &long).await, (50, newest("friends 29"), true));
        assert_eq!(first(cid, &long).await, (30, newest("public 29"), false));
        let short = format!("{path}?limit=5");
        assert_eq!(first(bob, &short).await, (5, newest("friends 29"), true));
    }
}
