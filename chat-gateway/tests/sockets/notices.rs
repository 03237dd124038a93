//! What the projector announces to one person.

use events::Stream;
use events::post::Visibility;
use serde_json::{Value, json};

use crate::client::Node;
use crate::world::{Person, World};

fn notification(actor: Person) -> Value {
    json!({
        "notification": {
            "id": "5f3c",
            "type": "like",
            "post": "0192f0c1-2345-7abc-8def-0123456789ab",
            "actors": [actor.id()],
            "actor_count": 3,
            "position": "e42",
            "at": "2026-01-01T00:00:00.000Z",
        },
        "unread_count": 2,
    })
}

#[tokio::test]
async fn a_friends_new_post_is_news_at_once() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let _projector = world.service("projector", "run").await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let mut client = node.connect(&gateway.url(), &world.token(ada));
    client.next("welcome").await;
    let post = world.post(bob, Visibility::Friends).await;
    let last = world.system.store.last_position(Stream::Events).await.unwrap();
    assert_eq!(
        client.next("feed:new").await,
        json!({ "position": last }),
        "{post}"
    );
}

#[tokio::test]
async fn notifications_and_news_of_the_feed_reach_all_devices_of_their_person_and_nobody_else() {
    let world = World::start().await;
    let (north, south) = (world.gateway().await, world.gateway().await);
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let token = world.token(ada);
    let mut devices = [
        node.connect(&north.url(), &token),
        node.connect(&south.url(), &token),
    ];
    let mut other = node.connect(&north.url(), &world.token(bob));
    for device in &mut devices {
        device.next("welcome").await;
    }
    other.next("welcome").await;

    let subject = |what: &str| format!("notify.account.{}.{what}", ada.account);
    let liked = notification(bob);
    // What can't be read is passed over, and of an unknown kind too.
    world.announce(&subject("notification"), &json!({})).await;
    world.announce(&subject("weather"), &json!({})).await;
    world.announce(&subject("notification"), &liked).await;
    world
        .announce(&subject("feed"), &json!({ "position": "e43" }))
        .await;
    for device in &mut devices {
        assert_eq!(device.next("notification:new").await, liked);
        assert_eq!(device.next("feed:new").await, json!({ "position": "e43" }));
    }
    let subject = format!("notify.account.{}.feed", bob.account);
    world.announce(&subject, &json!({ "position": "e44" })).await;
    assert_eq!(other.next("feed:new").await, json!({ "position": "e44" }));
    assert_eq!((other.count("notification:new"), other.count("feed:new")), (0, 0));
}
