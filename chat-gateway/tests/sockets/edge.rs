//! Two gateways behind the edge, as they are deployed: Caddy with `deploy/edge/Caddyfile`.

use serde_json::json;
use testkit::{Edge, Service};

use crate::client::{Client, Node};
use crate::world::{World, metric};

/// The edge before two gateways.
async fn before(gateways: [&Service; 2]) -> Edge {
    let upstreams = gateways.map(|gateway| gateway.address.unwrap().to_string());
    Edge::before(&[("ECHO_EDGE_GATEWAYS", upstreams.join(" "))]).await
}

/// People at addresses of their own, by the same transports.
async fn crowd(world: &World, node: &Node, edge: &Edge, transports: &[&str]) -> Vec<Client> {
    let mut clients = Vec::new();
    for n in 1..=12 {
        let options = json!({
            "auth": { "token": world.token(world.person().await) },
            "transports": transports,
            "extraHeaders": { "x-forwarded-for": format!("198.51.100.{n}") },
        });
        clients.push(node.connect_with(&edge.url(), &options));
    }
    for client in &mut clients {
        client.next("welcome").await;
    }
    clients
}

#[tokio::test]
async fn polling_works_across_two_gateways_behind_the_edge() {
    let world = World::start().await;
    let settings = [("ECHO_CLIENT_ADDRESS_HEADER", "x-echo-client-address")];
    let north = world.gateway_with(&settings).await;
    let south = world.gateway_with(&settings).await;
    let edge = before([&north, &south]).await;
    let node = Node::start();
    let _polling = crowd(&world, &node, &edge, &["polling"]).await;
    let mut upgraded = crowd(&world, &node, &edge, &["polling", "websocket"]).await;
    for client in &mut upgraded {
        assert_eq!(client.next("connect").await, "polling");
        assert_eq!(client.next("upgrade").await, "websocket");
    }
    let _direct = crowd(&world, &node, &edge, &["websocket"]).await;
    let people = [
        metric(&north, "gateway_people").await.unwrap(),
        metric(&south, "gateway_people").await.unwrap(),
    ];
    // Each on one of them, and neither with all.
    assert!(people.iter().all(|count| *count >= 6.0), "{people:?}");
    assert!((people.iter().sum::<f64>() - 36.0).abs() < 0.5, "{people:?}");

    // Two who poll, wherever they are, reach each other.
    let (ada, bob) = world.friends().await;
    let connect = |person, address: &str| {
        let options = json!({
            "auth": { "token": world.token(person) },
            "transports": ["polling"],
            "extraHeaders": { "x-forwarded-for": address },
        });
        node.connect_with(&edge.url(), &options)
    };
    let (mut one, mut other) = (connect(ada, "198.51.100.1"), connect(bob, "198.51.100.2"));
    one.next("welcome").await;
    other.next("welcome").await;
    for n in 0..20 {
        world.message(ada, bob, &n.to_string()).await;
    }
    for client in [&mut one, &mut other] {
        for n in 0..20 {
            assert_eq!(client.next("message:new").await["message"]["text"], n.to_string());
        }
    }
}

#[tokio::test]
async fn whose_gateway_goes_down_comes_to_the_other_one() {
    let world = World::start().await;
    let settings = [
        ("ECHO_CLIENT_ADDRESS_HEADER", "x-echo-client-address"),
        ("ECHO_DRAIN_SECONDS", "60"),
        ("ECHO_DRAIN_JITTER_SECONDS", "1"),
    ];
    let north = world.gateway_with(&settings).await;
    let south = world.gateway_with(&settings).await;
    let edge = before([&north, &south]).await;
    let node = Node::start();
    let mut clients = crowd(&world, &node, &edge, &["polling"]).await;
    clients.extend(crowd(&world, &node, &edge, &["websocket"]).await);
    let leaving = metric(&north, "gateway_connections").await.unwrap();
    assert!(leaving >= 1.0);
    assert!(north.stop().await, "it ends by itself and well");
    let mut came = 0.0;
    for client in &mut clients {
        if client.count("closing") == 0 {
            continue;
        }
        came += 1.0;
        // Whoever polls hears of the end by the answer to the next poll, which is another gateway's.
        client.next("disconnect").await;
        loop {
            client.reconnect();
            if client.next_of(&["welcome", "connect_error"]).await.event == "welcome" {
                break;
            }
        }
    }
    assert!(came >= leaving - 0.5, "{came} of {leaving}");
}
