//! Copies in memory: they spare MongoDB most questions, and no answer is older for it.

use std::sync::atomic::{AtomicBool, Ordering};

use events::{AccountId, post::Visibility};
use mongodb::event::command::CommandEvent;

use crate::{
    documents::Commands,
    world::{World, account, post_id},
};

/// How many commands each read sends to MongoDB when the same has been asked for before: for lists that aren't kept.
const COMMANDS: [(&str, usize); 17] = [
    ("/v1/posts/{post}", 0),
    ("/v1/users/ann", 0),
    ("/v1/notifications/unread-count", 0),
    ("/v1/me", 0),
    ("/v1/feed", 0),
    ("/v1/explore", 1),
    ("/v1/users/ann/posts", 0),
    ("/v1/users/ann/friends", 1),
    ("/v1/friends", 1),
    ("/v1/friend-requests", 1),
    ("/v1/posts/{post}/comments", 0),
    ("/v1/posts/{post}/likes", 1),
    ("/v1/posts/{post}/history", 1),
    ("/v1/conversations/{ann}/messages", 0),
    ("/v1/auth/sessions", 1),
    // Of chats and friends, and of what is unread.
    ("/v1/chat/sidebar", 0),
    // With what they are about.
    ("/v1/notifications", 3),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_has_been_read_before_costs_no_more_commands_than_these() {
    let commands = Commands::default();
    let world = World::watched(&commands).await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.befriend(ann, bob).await;
    world.publish(ann, Visibility::Friends, "a post").await;
    world.publish(bob, Visibility::Friends, "another").await;
    world.comment(bob, (ann, "a post"), "a comment").await;
    world.like(ann, bob, "another").await;
    world.comment(ann, (bob, "another"), "what").await;
    world.send(ann, bob, "hello").await;
    world.settled().await;
    for (path, expected) in COMMANDS {
        let path = path
            .replace("{post}", &post_id("a post").to_string())
            .replace("{ann}", &ann.to_string());
        let fewest = fewest_commands(&world, &commands, bob, &path, expected).await;
        assert_eq!(fewest, expected, "{path}");
    }
}

/// The first reads load what is missing, or come before the projector's last word.
async fn fewest_commands(
    world: &World,
    commands: &Commands,
    viewer: AccountId,
    path: &str,
    expected: usize,
) -> usize {
    let mut fewest = usize::MAX;
    for _ in 0..500 {
        commands.take();
        world.api.get(viewer, path).await;
        let asked = commands.take();
        let asked = asked
            .iter()
            .filter(|event| matches!(event, CommandEvent::Started(_)));
        fewest = fewest.min(asked.count());
        if fewest <= expected {
            break;
        }
    }
    fewest
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_another_has_taken_is_the_others_for_who_asked_for_it_before() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.settled().await;
    let page = async |position| {
        let page = world.api.ask_as(bob, "/v1/users/ann");
        page.after(position).wait(10).send().await
    };
    let position = world.rename(ann, "Ann").await;
    for _ in 0..3 {
        assert_eq!(page(position).await.ok("ann")["id"], ann.to_string());
    }
    let position = world.forget(ann).await;
    page(position)
        .await
        .is_problem(404, "user-not-found", "nobody of that name");
    let another = account("another");
    let position = world.sign_up_as(another, "ann").await;
    assert_eq!(page(position).await.ok("another")["id"], another.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn while_many_read_what_changes_everybody_reads_their_own_writes() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    world.befriend(ann, bob).await;
    world.publish(ann, Visibility::Public, "a post").await;
    world.settled().await;
    let (path, over) = (format!("/v1/posts/{}", post_id("a post")), AtomicBool::new(false));
    let read_on = async |viewer| {
        while !over.load(Ordering::Relaxed) {
            world.api.get(viewer, &path).await;
            world.api.get(viewer, "/v1/users/ann").await;
        }
    };
    let change = async {
        for n in 0..60 {
            let liked = n % 2 == 0;
            let position = if liked {
                world.like(bob, ann, "a post").await
            } else {
                world.unlike(bob, ann, "a post").await
            };
            let post = world.api.ask_as(bob, &path).after(position).wait(10).send().await;
            assert_eq!(post.header("echo-consistency"), "applied");
            let post = post.ok(&path);
            assert_eq!(
                (&post["liked"], &post["like_count"]),
                (&liked.into(), &u8::from(liked).into()),
                "{n}"
            );

            let name = format!("Ann the {n}th");
            let position = world.rename(ann, &name).await;
            let page = world
                .api
                .ask_as(cid, "/v1/users/ann")
                .after(position)
                .wait(10)
                .send()
                .await;
            assert_eq!(page.ok("ann")["display_name"], *name, "{n}");
        }
        over.store(true, Ordering::Relaxed);
    };
    tokio::join!(change, read_on(bob), read_on(cid), read_on(ann));
    // A friendship that ends takes away what was only for friends.
    let position = world.block(ann, bob).await;
    let gone = world.api.ask_as(bob, &path).after(position).wait(10).send().await;
    gone.is_problem(404, "post-not-found", "blocked");
}
