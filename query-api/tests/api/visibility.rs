//! Who sees what of whom, over HTTP.

use events::{AccountId, post::Visibility};
use serde_json::Value;

use crate::{
    api::each,
    world::{World, account, post_id},
};

const PUBLIC: &str = "for everybody";
const FRIENDS: &str = "for friends";

/// Ann wrote a post for everybody and one for friends. Bob is a friend, Cid asked to be one, Dan was asked, Eve is
/// blocked by Ann, Fay blocks Ann and wrote a post, Gus is nobody to Ann.
async fn world() -> World {
    let world = World::start().await;
    let [ann, bob, cid, dan, eve, fay, _gus] = world
        .people(["ann", "bob", "cid", "dan", "eve", "fay", "gus"])
        .await;
    for other in [bob, eve, fay] {
        world.befriend(ann, other).await;
    }
    world.request(cid, ann).await;
    world.request(ann, dan).await;
    world.block(ann, eve).await;
    world.block(fay, ann).await;
    world.publish(ann, Visibility::Public, PUBLIC).await;
    world.publish(ann, Visibility::Friends, FRIENDS).await;
    world.publish(fay, Visibility::Public, "by fay").await;
    world.settled().await;
    world
}

/// What somebody gets to see of Ann.
#[derive(Debug, PartialEq)]
struct Seen {
    /// Her page, and what she is said to be.
    relationship: Option<&'static str>,
    /// Her posts: in the list of hers, by their ids, in explore.
    listed: Vec<&'static str>,
    opened: Vec<&'static str>,
    explored: Vec<&'static str>,
    /// Her posts in the viewer's own feed.
    fed: Vec<&'static str>,
    /// Whether she is found by her name.
    found: bool,
    /// What hangs on the posts: those of which comments, likes and history are all shown.
    entered: Vec<&'static str>,
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_what_of_ann() {
    let world = Box::pin(world()).await;
    for (viewer, relationship, posts) in [
        ("ann", Some("self"), &[FRIENDS, PUBLIC][..]),
        ("bob", Some("friends"), &[FRIENDS, PUBLIC]),
        ("cid", Some("requested"), &[PUBLIC]),
        ("dan", Some("requested_by"), &[PUBLIC]),
        ("eve", None, &[]),
        ("fay", Some("blocked"), &[]),
        ("gus", Some("none"), &[PUBLIC]),
    ] {
        let expected = Seen {
            relationship,
            listed: posts.to_vec(),
            opened: posts.to_vec(),
            explored: posts.iter().copied().filter(|post| *post == PUBLIC).collect(),
            entered: posts.to_vec(),
            fed: if matches!(relationship, Some("self" | "friends")) {
                posts.to_vec()
            } else {
                vec![]
            },
            // Whom somebody blocks they can look at, but don't meet.
            found: !matches!(relationship, None | Some("blocked")),
        };
        assert_eq!(seen(&world, account(viewer)).await, expected, "{viewer}");
    }
}

async fn seen(world: &World, viewer: AccountId) -> Seen {
    let api = &world.api;
    let page = api.ask_as(viewer, "/v1/users/ann").send().await;
    let posts = api.ask_as(viewer, "/v1/users/ann/posts").send().await;
    let friends = api.ask_as(viewer, "/v1/users/ann/friends").send().await;
    let relationship = if page.status.as_u16() == 404 {
        for (answer, what) in [(&page, "page"), (&posts, "posts"), (&friends, "friends")] {
            answer.is_problem(404, "user-not-found", what);
        }
        None
    } else {
        friends.ok("friends");
        let said = page.ok("page")["relationship"].take();
        let known = ["self", "friends", "requested", "requested_by", "blocked", "none"];
        known.into_iter().find(|known| said == *known)
    };
    let listed = match relationship {
        Some(_) => by_ann(&posts.ok("posts")),
        None => vec![],
    };
    let mut opened = vec![];
    for post in [FRIENDS, PUBLIC] {
        let answer = api
            .ask_as(viewer, &format!("/v1/posts/{}", post_id(post)))
            .send()
            .await;
        if answer.status == 200 {
            opened.push(post);
        } else {
            answer.is_problem(404, "post-not-found", post);
        }
    }
    let mut entered = vec![];
    for post in [FRIENDS, PUBLIC] {
        let mut shown = 0;
        for what in ["comments", "likes", "history"] {
            let path = format!("/v1/posts/{}/{what}", post_id(post));
            let answer = api.ask_as(viewer, &path).send().await;
            if answer.status == 200 {
                shown += 1;
            } else {
                answer.is_problem(404, "post-not-found", &path);
            }
        }
        assert!([0, 3].contains(&shown), "{viewer} {post}");
        entered.extend((shown > 0).then_some(post));
    }
    Seen {
        relationship,
        listed,
        opened,
        entered,
        fed: by_ann(&api.get(viewer, "/v1/feed").await),
        found: each(&api.get(viewer, "/v1/search/users?q=ann").await, "/username").contains(&"ann"),
        explored: by_ann(&api.get(viewer, "/v1/explore").await),
    }
}

/// The texts of Ann's posts in a list.
fn by_ann(list: &Value) -> Vec<&'static str> {
    let texts = each(list, "/blocks/0/text");
    let authors = each(list, "/author/username");
    let hers = texts
        .into_iter()
        .zip(authors)
        .filter(|(_, author)| *author == "ann");
    hers.map(|(text, _)| if text == PUBLIC { PUBLIC } else { FRIENDS })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_meet_in_lists_of_friends_unless_one_blocks_the_other() {
    let world = World::start().await;
    let [ann, bob, cid, dan] = world.people(["ann", "bob", "cid", "dan"]).await;
    for friend in [bob, cid, dan] {
        world.befriend(ann, friend).await;
    }
    world.block(bob, cid).await;
    world.settled().await;
    for (viewer, met) in [
        (ann, vec!["dan", "cid", "bob"]),
        (bob, vec!["dan", "bob"]),
        (cid, vec!["dan", "cid"]),
        (dan, vec!["dan", "cid", "bob"]),
    ] {
        let friends = world.api.get(viewer, "/v1/users/ann/friends").await;
        assert_eq!(each(&friends, "/username"), met, "{viewer}");
    }
}

/// Eve and Fay are blocked by, and block, the viewer Ann; the post is Gus's, on which all of them may speak.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_blocked_either_way_is_not_met_under_the_posts_of_others() {
    let world = World::start().await;
    let [ann, eve, fay, gus, ida] = world.people(["ann", "eve", "fay", "gus", "ida"]).await;
    world.block(ann, eve).await;
    world.block(fay, ann).await;
    world.publish(gus, Visibility::Public, PUBLIC).await;
    for person in [ann, eve, fay, ida] {
        world.like(person, gus, PUBLIC).await;
        world
            .comment(person, (gus, PUBLIC), &format!("by {person}"))
            .await;
    }
    world.settled().await;
    for (viewer, met) in [
        (ann, vec!["ann", "ida"]),
        (eve, vec!["eve", "fay", "ida"]),
        (fay, vec!["eve", "fay", "ida"]),
        (gus, vec!["ann", "eve", "fay", "ida"]),
        (ida, vec!["ann", "eve", "fay", "ida"]),
    ] {
        let of_post = |what: &str| format!("/v1/posts/{}{what}", post_id(PUBLIC));
        let comments = world.api.get(viewer, &of_post("/comments")).await;
        assert_eq!(each(&comments, "/author/username"), met, "{viewer}");
        let likes = world.api.get(viewer, &of_post("/likes")).await;
        let mut people = each(&likes, "/username");
        people.reverse();
        assert_eq!(people, met, "{viewer}");
        // The counts tell nothing of who is hidden from whom.
        let post = world.api.get(viewer, &of_post("")).await;
        assert_eq!([&post["like_count"], &post["comment_count"]], [4, 4], "{viewer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_becomes_one_for_friends_is_gone_for_others_at_once() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.publish(ann, Visibility::Public, PUBLIC).await;
    let position = world.edit(ann, PUBLIC, Visibility::Friends, "never mind").await;
    let path = format!("/v1/posts/{}", post_id(PUBLIC));
    let answer = world.api.ask_as(bob, &path).after(position).wait(10).send().await;
    answer.is_problem(404, "post-not-found", "a post for friends");
    assert_eq!(answer.header("echo-consistency"), "applied");
    assert_eq!(world.api.get(ann, &path).await["blocks"][0]["text"], "never mind");
    assert_eq!(each(&world.api.get(bob, "/v1/explore").await, "/id"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asked_to_be_forgotten_is_not_shown_but_chats_are_kept() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.befriend(ann, bob).await;
    world.publish(bob, Visibility::Public, PUBLIC).await;
    world.send(ann, bob, "are you there?").await;
    world.erase(bob).await;
    world.settled().await;
    let page = world.api.ask_as(ann, "/v1/users/bob").send().await;
    page.is_problem(404, "user-not-found", "bob");
    assert_eq!(each(&world.api.get(ann, "/v1/friends").await, "/id"), [""; 0]);
    assert_eq!(each(&world.api.get(ann, "/v1/explore").await, "/id"), [""; 0]);
    let chat = world
        .api
        .get(ann, &format!("/v1/conversations/{bob}/messages"))
        .await;
    assert_eq!(each(&chat, "/text"), ["are you there?"]);
    assert_eq!(chat["peer"]["username"], Value::Null);
    assert_eq!(chat["can_send"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_outlives_the_friendship_but_nobody_learns_of_strangers_by_it() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    world.befriend(ann, bob).await;
    world.send(ann, bob, "hello").await;
    world.block(bob, ann).await;
    world.block(cid, ann).await;
    world.settled().await;
    let messages = async |with: AccountId| {
        let path = format!("/v1/conversations/{with}/messages");
        world.api.ask_as(ann, &path).send().await
    };
    let kept = messages(bob).await.ok("with bob");
    assert_eq!(
        (each(&kept, "/text"), &kept["can_send"]),
        (vec!["hello"], &Value::Bool(false))
    );
    messages(cid)
        .await
        .is_problem(404, "user-not-found", "with cid, who blocks ann");
    messages(account("zoe"))
        .await
        .is_problem(404, "user-not-found", "with nobody");
    messages(ann)
        .await
        .is_problem(404, "user-not-found", "with oneself");
}
