//! What passes between two of whom one blocks the other: nothing new, in either direction.

use events::{AccountId, MediaId, post::Visibility};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    api::each,
    world::{World, post_id},
};

const POST: &str = "by gus";

fn new_name(n: u128) -> String {
    format!("Renamed{n} Afterwards")
}

fn picture(n: u128) -> MediaId {
    MediaId::from(Uuid::from_u128(0xabcd_0000 + n))
}

/// Ann and Ben were friends who wrote to each other until Ann blocked Ben; each left a message unread. Cid, whom Ben
/// never met, blocks Ben. Gus is everybody's friend but Cid's. After the blocks all of them changed name and picture.
struct Blocked {
    world: World,
    ann: AccountId,
    ben: AccountId,
    cid: AccountId,
    gus: AccountId,
}

async fn blocked() -> Blocked {
    let world = World::start().await;
    let [ann, ben, cid, gus] = world.people(["ann", "ben", "cid", "gus"]).await;
    world.befriend(ann, ben).await;
    world.befriend(gus, ann).await;
    world.befriend(gus, ben).await;
    world.publish(gus, Visibility::Public, POST).await;
    for person in [ann, ben, cid] {
        world.like(person, gus, POST).await;
        world.comment(person, (gus, POST), &format!("by {person}")).await;
    }
    world.publish(ann, Visibility::Public, "by ann").await;
    world.like(ben, ann, "by ann").await;
    world.send(ann, ben, "to ben").await;
    world.send(ben, ann, "to ann").await;
    world.block(ann, ben).await;
    world.block(cid, ben).await;
    for (n, person) in [(0, ann), (1, ben), (2, cid)] {
        world.rename(person, &new_name(n)).await;
        world.upload(picture(n), person).await;
        world.wear(person, picture(n)).await;
    }
    world.settled().await;
    Blocked {
        world,
        ann,
        ben,
        cid,
        gus,
    }
}

/// Everything that somebody can read in which others are named, `peer` being the other one of a chat.
fn reads(peer: AccountId) -> Vec<String> {
    let post = format!("/v1/posts/{}", post_id(POST));
    let mut reads = vec![
        "/v1/chat/sidebar".to_owned(),
        format!("/v1/conversations/{peer}/messages"),
        post.clone(),
        format!("{post}/comments"),
        format!("{post}/likes"),
        format!("{post}/history"),
    ];
    let fixed = [
        "/v1/chats",
        "/v1/sync?after=c0",
        "/v1/me/export",
        "/v1/blocks",
        "/v1/friends",
        "/v1/friend-requests",
        "/v1/friend-requests?direction=outgoing",
        "/v1/notifications",
        "/v1/suggestions",
        "/v1/search/users?q=renamed",
        "/v1/search/users?q=a",
        "/v1/search/users?q=b",
        "/v1/search/users?q=c",
        "/v1/feed",
        "/v1/explore",
        "/v1/users/gus",
        "/v1/users/gus/friends",
        "/v1/users/gus/posts",
    ];
    reads.extend(fixed.map(str::to_owned));
    reads
}

/// What is new of somebody.
fn news(n: u128) -> [String; 2] {
    [new_name(n), picture(n).to_string()]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_new_name_or_picture_passes_a_block_in_either_direction() {
    let Blocked {
        world, ann, ben, cid, ..
    } = Box::pin(blocked()).await;
    for (viewer, other, n) in [(ann, ben, 1), (ben, ann, 0)] {
        for path in reads(other) {
            let answer = world.api.get(viewer, &path).await.to_string();
            for new in news(n) {
                assert!(!answer.contains(&new), "{path} tells {viewer}: {answer}");
            }
        }
    }
    // Of a stranger who blocks them nobody learns anything, the export included.
    for path in reads(ann) {
        let answer = world.api.get(ben, &path).await.to_string();
        assert!(
            !answer.contains(&cid.to_string()) && !answer.contains("\"cid\""),
            "{path}: {answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_stays_readable_with_who_is_blocked_by_username_and_who_blocks_as_nobody() {
    let Blocked { world, ann, ben, .. } = Box::pin(blocked()).await;
    let by_username = json!({ "id": ben, "username": "ben", "display_name": "ben", "avatar": null });
    let nobody = json!({ "id": ann, "username": null, "display_name": null, "avatar": null });
    for (viewer, other, shown) in [(ann, ben, &by_username), (ben, ann, &nobody)] {
        let path = format!("/v1/conversations/{other}/messages");
        let chat = world.api.get(viewer, &path).await;
        assert_eq!(each(&chat, "/text"), ["to ann", "to ben"]);
        assert_eq!((&chat["peer"], &chat["can_send"]), (shown, &json!(false)));
        let sidebar = world.api.get(viewer, "/v1/chat/sidebar").await;
        let recent = &sidebar["recent"][0];
        // What is read is told nobody, so nothing is unread.
        assert_eq!((&recent["peer"], &recent["unread_count"]), (shown, &json!(0)));
        let me = world.api.get(viewer, "/v1/me").await;
        assert_eq!(me["unread"]["messages"], 0);
        let archive = world.api.get(viewer, "/v1/me/export").await;
        let people = archive["people"].as_array().expect("a list");
        let named = people.iter().find(|person| person["id"] == json!(other));
        assert_eq!(named, (viewer == ann).then_some(shown));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_one_blocks_is_shown_by_username_alone_and_blocks_nobody() {
    let Blocked {
        world, ann, ben, cid, ..
    } = Box::pin(blocked()).await;
    let blocks = world.api.get(ann, "/v1/blocks").await;
    let shown = json!({ "id": ben, "username": "ben", "display_name": "ben", "avatar": null });
    for (field, value) in shown.as_object().expect("fields") {
        assert_eq!(&blocks["items"][0][field], value);
    }
    let page = world.api.get(ann, "/v1/users/ben").await;
    for (field, value) in [
        ("display_name", json!("ben")),
        ("avatar", Value::Null),
        ("bio", json!("")),
        ("counts", json!({ "posts": 0, "friends": 0 })),
        ("relationship", json!("blocked")),
    ] {
        assert_eq!(page[field], value, "{field}");
    }
    for list in ["posts", "friends"] {
        let list = world.api.get(ann, &format!("/v1/users/ben/{list}")).await;
        assert_eq!(each(&list, "/id"), [""; 0]);
    }
    let archive = world.api.get(ann, "/v1/me/export").await;
    let blocked: Vec<_> = archive["relationships"]
        .as_array()
        .expect("a list")
        .iter()
        .collect();
    assert!(
        blocked
            .iter()
            .any(|one| one["person"] == json!(ben) && one["blocked"] == true)
    );
    // Who is blocked holds no row of it.
    let archive = world.api.get(ben, "/v1/me/export").await;
    let relationships = archive["relationships"].as_array().expect("a list");
    assert!(
        relationships
            .iter()
            .all(|one| one["person"] != json!(ann) && one["person"] != json!(cid))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn friends_are_counted_as_they_are_listed() {
    let Blocked {
        world,
        ann,
        ben,
        cid,
        gus,
    } = Box::pin(blocked()).await;
    world.befriend(gus, cid).await;
    world.settled().await;
    for (viewer, count) in [(gus, 3), (ann, 2), (ben, 1), (cid, 2)] {
        let page = world.api.get(viewer, "/v1/users/gus").await;
        let friends = world.api.get(viewer, "/v1/users/gus/friends").await;
        assert_eq!(page["counts"]["friends"], count, "{viewer}");
        assert_eq!(each(&friends, "/id").len(), count, "{viewer}");
    }
}
