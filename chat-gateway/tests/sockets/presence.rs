//! Who is online, told to friends who watch.

use serde_json::{Value, json};

use crate::client::{Client, Node};
use crate::world::{Person, World, metric_becomes};

/// Watches some people; returns who of them is online.
async fn watch(client: &Client, people: &[Person]) -> Value {
    let users: Vec<Value> = people.iter().map(|person| person.id()).collect();
    let answer = client.ask("presence:watch", json!({ "users": users })).await;
    assert_eq!(answer["ok"], json!(true), "{answer}");
    answer
}

/// The next change that is told of `person`.
async fn turn(client: &mut Client, person: Person) -> bool {
    let changed = client.next("presence").await;
    assert_eq!(changed["user"], person.id());
    let online = changed["online"].as_bool().unwrap();
    // When one was last is a question only while one isn't.
    assert_eq!(changed["last_seen"].is_null(), online, "{changed}");
    online
}

#[tokio::test]
async fn friends_are_told_who_comes_and_goes() {
    let world = World::start().await;
    let (north, south) = (world.gateway().await, world.gateway().await);
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let mut watcher = node.connect(&north.url(), &world.token(ada));
    watcher.next("welcome").await;
    assert_eq!(watch(&watcher, &[bob]).await["online"], json!([]));

    let mut friend = node.connect(&south.url(), &world.token(bob));
    friend.next("welcome").await;
    assert!(turn(&mut watcher, bob).await);
    assert_eq!(watch(&watcher, &[bob]).await["online"], json!([bob.id()]));
    friend.disconnect();
    assert!(!turn(&mut watcher, bob).await);
    let answer = watch(&watcher, &[bob]).await;
    assert_eq!(answer["online"], json!([]));
    let last_seen = &answer["last_seen"][bob.account.to_string()];
    assert!(last_seen.is_string(), "{answer}");
    assert_eq!(watcher.count("presence"), 0);

    // A gateway that starts later knows it too.
    let later = world.gateway().await;
    let mut other_device = node.connect(&later.url(), &world.token(ada));
    other_device.next("welcome").await;
    let answer = watch(&other_device, &[bob]).await;
    assert_eq!(&answer["last_seen"][bob.account.to_string()], last_seen);
}

#[tokio::test]
async fn on_two_gateways_one_is_online_once() {
    let world = World::start().await;
    let (north, south) = (world.gateway().await, world.gateway().await);
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let token = world.token(bob);
    let mut watcher = node.connect(&north.url(), &world.token(ada));
    watcher.next("welcome").await;
    watch(&watcher, &[bob]).await;
    let mut phone = node.connect(&north.url(), &token);
    phone.next("welcome").await;
    assert!(turn(&mut watcher, bob).await);
    let mut desk = node.connect(&south.url(), &token);
    desk.next("welcome").await;
    // By now the second one stands in the bucket, or the first one's end is told too early.
    metric_becomes(&south, "gateway_presence_entries", 1.0).await;
    phone.disconnect();
    metric_becomes(&north, "gateway_presence_entries", 1.0).await;
    assert_eq!(watch(&watcher, &[bob]).await["online"], json!([bob.id()]));
    assert_eq!(watcher.count("presence"), 0);
    desk.disconnect();
    assert!(!turn(&mut watcher, bob).await);
}

#[tokio::test]
async fn only_friends_are_told_and_only_for_as_long_as_they_are() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let stranger = world.person().await;
    let node = Node::start();
    let mut watcher = node.connect(&gateway.url(), &world.token(ada));
    let mut curious = node.connect(&gateway.url(), &world.token(stranger));
    let mut friend = node.connect(&gateway.url(), &world.token(bob));
    for client in [&mut watcher, &mut curious, &mut friend] {
        client.next("welcome").await;
    }
    metric_becomes(&gateway, "gateway_presence_entries", 3.0).await;
    let nothing = json!({ "ok": true, "online": [], "last_seen": {} });
    assert_eq!(watch(&curious, &[bob, ada, stranger]).await, nothing);
    assert_eq!(
        watch(&watcher, &[bob, stranger]).await["online"],
        json!([bob.id()])
    );
    friend.disconnect();
    assert!(!turn(&mut watcher, bob).await);

    world.part(bob, ada).await;
    // Once this one is refused, the gateway knows.
    while watcher
        .ask("typing", json!({ "to": bob.id(), "active": true }))
        .await["ok"]
        == json!(true)
    {}
    friend.reconnect();
    friend.next("welcome").await;
    metric_becomes(&gateway, "gateway_presence_entries", 3.0).await;
    friend.disconnect();
    metric_becomes(&gateway, "gateway_presence_entries", 2.0).await;
    assert_eq!(watch(&watcher, &[bob]).await, nothing);
    assert_eq!((watcher.count("presence"), curious.count("presence")), (0, 0));
}

#[tokio::test]
async fn the_people_of_a_killed_gateway_go_offline_and_come_back_elsewhere() {
    let world = World::start().await;
    let (dies, lives) = (world.gateway().await, world.gateway().await);
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let mut watcher = node.connect(&lives.url(), &world.token(ada));
    watcher.next("welcome").await;
    watch(&watcher, &[bob]).await;
    let mut friend = node.connect(&dies.url(), &world.token(bob));
    friend.next("welcome").await;
    assert!(turn(&mut watcher, bob).await);
    dies.kill().await;
    // Within the heart's time to live, which is ten seconds.
    assert!(!turn(&mut watcher, bob).await);
    let mut again = node.connect(&lives.url(), &world.token(bob));
    again.next("welcome").await;
    assert!(turn(&mut watcher, bob).await);
}

#[tokio::test]
async fn a_gateway_that_ends_leaves_nobody_behind() {
    let world = World::start().await;
    let settings = [("ECHO_DRAIN_SECONDS", "60"), ("ECHO_DRAIN_JITTER_SECONDS", "0")];
    let (ends, lives) = (world.gateway_with(&settings).await, world.gateway().await);
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let mut watcher = node.connect(&lives.url(), &world.token(ada));
    watcher.next("welcome").await;
    watch(&watcher, &[bob]).await;
    let mut friend = node.connect(&ends.url(), &world.token(bob));
    friend.next("welcome").await;
    assert!(turn(&mut watcher, bob).await);
    assert!(ends.stop().await);
    assert!(!turn(&mut watcher, bob).await);
    let bucket = world.presence_bucket().await;
    // What is left is the mark of the leaving, and when it was.
    let key = format!("{}.seen", bob.account);
    assert!(bucket.get(key).await.unwrap().is_some());
}

#[tokio::test]
async fn when_somebody_was_last_is_forgotten_with_them() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let person = world.person().await;
    let node = Node::start();
    let mut client = node.connect(&gateway.url(), &world.token(person));
    client.next("welcome").await;
    client.disconnect();
    metric_becomes(&gateway, "gateway_people", 0.0).await;
    metric_becomes(&gateway, "gateway_presence_entries", 0.0).await;
    let bucket = world.presence_bucket().await;
    let key = format!("{}.seen", person.account);
    assert!(bucket.get(&key).await.unwrap().is_some());
    world.erase(person).await;
    let forgotten = async {
        while bucket.get(&key).await.unwrap().is_some() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), forgotten)
        .await
        .expect("it is forgotten");
}

#[tokio::test]
async fn nobody_watches_more_people_than_fit() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let ada = world.person().await;
    let node = Node::start();
    let mut client = node.connect(&gateway.url(), &world.token(ada));
    client.next("welcome").await;
    let users: Vec<Value> = (0..1_001).map(|_| ada.id()).collect();
    let answer = client.ask("presence:watch", json!({ "users": users })).await;
    assert_eq!(answer["problem"]["code"], "validation-failed");
    assert_eq!(answer["problem"]["errors"][0]["field"], "users");
}
