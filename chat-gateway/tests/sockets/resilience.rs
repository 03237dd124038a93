//! Breaks, restarts and the end.

use serde_json::json;
use testkit::NatsServer;

use crate::client::Node;
use crate::raw::Raw;
use crate::world::{World, message_id, metric_becomes, sequence};

#[tokio::test]
async fn after_a_break_of_nats_everybody_is_welcomed_again() {
    let mut nats = NatsServer::start().await;
    let world = World::on(&nats).await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let mut client = node.connect(&gateway.url(), &world.token(ada));
    // The first, and the one when the subscription has spread.
    client.next("welcome").await;
    client.next("welcome").await;
    let before = world.message(bob, ada, "before").await;
    client.next("message:new").await;

    nats.kill().await;
    let ready = format!("http://{}/readyz", gateway.admin_address);
    let not_ready = async {
        while !reqwest::get(&ready)
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .contains(r#""nats":"disconnected""#)
        {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), not_ready)
        .await
        .expect("a gateway without NATS isn't ready");
    nats.restart().await;

    let welcome = client.next("welcome").await;
    assert!(sequence(&welcome["position"]) >= before.sequence);
    let after = world.message(bob, ada, "after").await;
    let new = client.next("message:new").await;
    assert_eq!(
        (&new["position"], &new["message"]["text"]),
        (&json!(after), &json!("after"))
    );
    // And when the subscriptions have spread again, wherever the stream is by then.
    let again = client.next("welcome").await;
    assert!(sequence(&again["position"]) >= before.sequence, "{again}");
    assert_eq!(client.count("disconnect"), 0);
    assert_eq!(reqwest::get(&ready).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_session_ended_during_a_break_is_closed_after_it() {
    let mut nats = NatsServer::start().await;
    let world = World::on(&nats).await;
    let gateway = world.gateway().await;
    let ada = world.person().await;
    let node = Node::start();
    let mut client = node.connect(&gateway.url(), &world.token(ada));
    client.next("welcome").await;
    // The gateway stands still while everything else goes on.
    gateway.signal("STOP");
    nats.kill().await;
    nats.restart().await;
    world.revoke(ada).await;
    gateway.signal("CONT");
    client.next("session:revoked").await;
    client.next("disconnect").await;
}

#[tokio::test]
async fn a_gateway_going_down_sends_its_clients_away_and_ends_well() {
    let world = World::start().await;
    let settings = [("ECHO_DRAIN_SECONDS", "60"), ("ECHO_DRAIN_JITTER_SECONDS", "1")];
    let (leaving, staying) = (world.gateway_with(&settings).await, world.gateway().await);
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let token = world.token(ada);
    let options = |transport| json!({ "auth": { "token": token }, "transports": [transport] });
    let mut clients: Vec<_> = ["websocket", "polling", "websocket", "websocket", "polling"]
        .map(|transport| node.connect_with(&leaving.url(), &options(transport)))
        .into();
    for client in &mut clients {
        client.next("welcome").await;
    }
    assert!(leaving.stop().await, "it ends by itself and well");
    for client in &mut clients {
        assert_eq!(client.next("closing").await, json!({ "reason": "draining" }));
        client.next("disconnect").await;
    }
    let mut elsewhere = node.connect(&staying.url(), &token);
    elsewhere.next("welcome").await;
    world.message(bob, ada, "over here").await;
    elsewhere.next("message:new").await;
    metric_becomes(&staying, "gateway_people", 1.0).await;
}

#[tokio::test]
async fn a_gateway_going_down_still_closes_the_sockets_of_a_session_that_ends() {
    let world = World::start().await;
    // Long enough that hardly any of them is sent away before the session ends.
    let settings = [
        ("ECHO_DRAIN_SECONDS", "120"),
        ("ECHO_DRAIN_JITTER_SECONDS", "100"),
        ("ECHO_SOCKET_PING_SECONDS", "25"),
    ];
    let gateway = world.gateway_with(&settings).await;
    let ada = world.person().await;
    let mut sockets = Vec::new();
    for _ in 0..6 {
        let mut raw = Raw::connect(&gateway, &world.token(ada)).await;
        raw.next_like("42[\"welcome\"").await;
        sockets.push(raw);
    }
    gateway.signal("TERM");
    while Raw::open(&gateway, "").await.is_ok() {}
    world.revoke(ada).await;
    let told = sockets.iter_mut().map(async |raw| {
        loop {
            match raw.next().await {
                Some(packet) if packet.starts_with("42[\"session:revoked\"") => return true,
                Some(packet) if packet != "41" => {}
                Some(_) | None => return false,
            }
        }
    });
    let told = futures::future::join_all(told).await;
    assert!(told.contains(&true), "{told:?}");
}

#[tokio::test]
async fn a_crowd_arriving_at_once_is_welcomed_one_by_one() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let node = Node::start();
    let mut clients = Vec::new();
    for _ in 0..40 {
        let person = world.person().await;
        clients.push(node.connect(&gateway.url(), &world.token(person)));
    }
    for client in &mut clients {
        client.next("welcome").await;
    }
    metric_becomes(&gateway, "gateway_people", 40.0).await;
    metric_becomes(&gateway, "gateway_subscriptions", 120.0).await;
}

#[tokio::test]
async fn every_metric_says_what_it_means() {
    let world = World::start().await;
    let _command_api = world.command_api().await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let mut client = node.connect(&gateway.url(), &world.token(ada));
    client.next("welcome").await;
    client
        .ask("typing", json!({ "to": bob.id(), "active": true }))
        .await;
    client.ask("presence:watch", json!({ "users": [bob.id()] })).await;
    client.ask("post:watch", json!({ "posts": [] })).await;
    let message = json!({ "to": bob.id(), "id": message_id(), "text": "measured" });
    assert_eq!(client.ask("message:send", message).await["ok"], json!(true));
    client.next("message:new").await;
    let url = format!("http://{}/metrics", gateway.admin_address);
    let text = reqwest::get(url).await.unwrap().text().await.unwrap();
    let names = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let names: Vec<&str> = names.filter(|name| name.starts_with("gateway_")).collect();
    assert!(names.len() >= 10, "{names:?}");
    for name in names {
        assert!(
            text.contains(&format!("# HELP {name} ")),
            "{name} is not described"
        );
    }
}
