//! The counts of posts on screen.

use events::PostId;
use events::post::Visibility;
use serde_json::{Value, json};

use crate::client::{Client, Node};
use crate::world::{World, metric, metric_becomes};

async fn watch(client: &Client, posts: &[PostId]) {
    let answer = client.ask("post:watch", json!({ "posts": posts })).await;
    assert_eq!(answer, json!({ "ok": true }));
}

fn counts(post: PostId, likes: u64) -> Value {
    json!({ "post": post, "like_count": likes, "comment_count": 0 })
}

impl World {
    async fn announce_counts(&self, post: PostId, likes: u64) {
        self.announce(&format!("notify.post.{post}.counts"), &counts(post, likes))
            .await;
    }
}

#[tokio::test]
async fn who_watches_a_post_and_may_see_it_is_told_of_its_counts() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let (stranger, blocked) = (world.person().await, world.person().await);
    world.block(ada, blocked).await;
    let public = world.post(ada, Visibility::Public).await;
    let private = world.post(ada, Visibility::Friends).await;
    let missing = PostId::from(platform::id::random());
    let node = Node::start();
    let everybody = [ada, bob, stranger, blocked];
    let mut clients = everybody.map(|person| node.connect(&gateway.url(), &world.token(person)));
    for client in &mut clients {
        client.next("welcome").await;
        watch(client, &[public, private, missing]).await;
    }
    world.announce_counts(missing, 9).await;
    world.announce_counts(private, 1).await;
    world.announce_counts(public, 2).await;
    let [author, friend, stranger, blocked] = &mut clients;
    for client in [author, friend] {
        let mut told = [client.next("post:counts").await, client.next("post:counts").await];
        told.sort_by_key(|counts| counts["like_count"].as_u64());
        assert_eq!(told, [counts(private, 1), counts(public, 2)]);
    }
    assert_eq!(stranger.next("post:counts").await, counts(public, 2));
    // Of what isn't watched nobody is told.
    let unseen = world.post(ada, Visibility::Public).await;
    watch(stranger, &[unseen]).await;
    world.announce_counts(public, 3).await;
    world.announce_counts(unseen, 4).await;
    assert_eq!(stranger.next("post:counts").await, counts(unseen, 4));
    assert_eq!(stranger.count("post:counts"), 0);
    assert_eq!(blocked.count("post:counts"), 0);
}

#[tokio::test]
async fn a_like_is_counted_on_other_screens_at_once() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let _projector = world.service("projector", "run").await;
    let (ada, bob) = world.friends().await;
    let post = world.post(ada, Visibility::Friends).await;
    let node = Node::start();
    let mut client = node.connect(&gateway.url(), &world.token(ada));
    client.next("welcome").await;
    watch(&client, &[post]).await;
    world.like(post, ada, bob).await;
    assert_eq!(client.next("post:counts").await, counts(post, 1));
}

#[tokio::test]
async fn what_may_not_be_seen_any_more_is_not_told_of_any_more() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let (ada, stranger) = (world.person().await, world.person().await);
    let (hidden, shown) = (
        world.post(ada, Visibility::Public).await,
        world.post(ada, Visibility::Public).await,
    );
    let node = Node::start();
    let mut client = node.connect(&gateway.url(), &world.token(stranger));
    client.next("welcome").await;
    watch(&client, &[hidden, shown]).await;
    world.announce_counts(hidden, 1).await;
    client.next("post:counts").await;
    world.show(hidden, ada, Visibility::Friends).await;
    // Another one's watch shows whether the gateway knows: it then holds one post less.
    metric_becomes(&gateway, "gateway_watched_posts", 2.0).await;
    let mut known = node.connect(&gateway.url(), &world.token(stranger));
    known.next("welcome").await;
    client.disconnect();
    metric_becomes(&gateway, "gateway_watched_posts", 0.0).await;
    loop {
        watch(&known, &[hidden]).await;
        if metric(&gateway, "gateway_watched_posts").await == Some(0.0) {
            break;
        }
    }
    watch(&known, &[hidden, shown]).await;
    world.announce_counts(hidden, 2).await;
    world.announce_counts(shown, 3).await;
    assert_eq!(known.next("post:counts").await, counts(shown, 3));
    assert_eq!(known.count("post:counts"), 0);
}

#[tokio::test]
async fn nobody_watches_more_posts_than_fit_a_screen() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let ada = world.person().await;
    let node = Node::start();
    let mut client = node.connect(&gateway.url(), &world.token(ada));
    client.next("welcome").await;
    let posts: Vec<PostId> = (0..51).map(|_| PostId::from(platform::id::random())).collect();
    let answer = client.ask("post:watch", json!({ "posts": posts })).await;
    assert_eq!(answer["problem"]["code"], "validation-failed");
}
