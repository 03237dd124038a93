//! What whoever watches over security sees of attempts at a gateway.

use reqwest::header::ORIGIN;
use serde_json::{Value, json};
use testkit::Service;

use crate::client::Node;
use crate::world::World;

/// The next line, by event and reason; it names nobody.
async fn next(gateway: &mut Service, secrets: &[&str]) -> Value {
    let line = gateway.security_event().await;
    let text = line.to_string();
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    json!([line["event"], line["reason"], line["http.route"]])
}

#[tokio::test]
async fn refused_sockets_origins_and_requests_leave_lines_that_name_nobody() {
    let world = World::start().await;
    let mut gateway = world.gateway().await;
    let (ada, stranger) = (world.person().await, world.person().await);
    let node = Node::start();
    let good = world.token(ada);
    let forged = format!("{}AAAAAAAAA", &good[..good.len() - 9]);
    let (one, other) = (ada.id(), stranger.id());
    let secrets = [
        one.as_str().unwrap(),
        other.as_str().unwrap(),
        &forged,
        "127.0.0.1",
    ];

    node.connect(&gateway.url(), &forged).next("connect_error").await;
    assert_eq!(
        next(&mut gateway, &secrets).await,
        json!(["socket-refused", "signature", null])
    );

    let url = format!("{}/socket.io/?EIO=4&transport=polling", gateway.url());
    let evil = reqwest::Client::new()
        .get(url)
        .header(ORIGIN, "https://evil.example");
    assert_eq!(evil.send().await.unwrap().status(), 403);
    assert_eq!(
        next(&mut gateway, &secrets).await,
        json!(["origin-refused", "origin-not-allowed", "/socket.io/"])
    );

    let mut client = node.connect(&gateway.url(), &good);
    client.next("welcome").await;
    let typing = json!({ "to": other, "active": true });
    assert_eq!(
        client.ask("typing", typing).await["problem"]["code"],
        "not-friends"
    );
    assert_eq!(
        next(&mut gateway, &secrets).await,
        json!(["access-refused", "not-friends", "typing"])
    );
}
