//! Who is let in, for how long, and who is shown out.

use chrono::Duration;
use rstest::rstest;
use serde_json::{Value, json};

use crate::client::{Client, Node};
use crate::world::{World, message_id};

/// The problem that a client gets instead of a connection.
async fn refusal(client: &mut Client) -> Value {
    let refused = client.next("connect_error").await;
    let problem = refused["data"].clone();
    assert_eq!(refused["message"], problem["title"], "not a problem: {refused}");
    problem
}

#[tokio::test]
async fn who_comes_without_a_good_token_gets_a_problem() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let ada = world.person().await;
    let node = Node::start();
    let good = world.token(ada);
    let tampered = format!("{}x", &good[..good.len() - 1]);
    let expired = world.token_for(ada, Duration::seconds(-60));
    for (auth, code) in [
        (json!({}), "missing-token"),
        (json!({ "token": null }), "missing-token"),
        (json!({ "token": 7 }), "missing-token"),
        (json!({ "token": "" }), "invalid-token"),
        (json!({ "token": tampered }), "invalid-token"),
        (json!({ "token": expired }), "token-expired"),
    ] {
        let mut client = node.connect_with(&gateway.url(), &json!({ "auth": auth }));
        let problem = refusal(&mut client).await;
        assert_eq!(
            (&problem["status"], &problem["code"]),
            (&json!(401), &json!(code))
        );
        assert!(problem["detail"].is_string() && problem["type"].is_string());
    }
    node.connect(&gateway.url(), &good).next("welcome").await;
}

#[rstest]
#[case::polling(json!(["polling"]), "polling")]
#[case::websocket(json!(["websocket"]), "websocket")]
#[tokio::test]
async fn both_transports_are_welcome(#[case] transports: Value, #[case] name: &str) {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let before = world.message(bob, ada, "before").await;
    let node = Node::start();
    let options = json!({ "auth": { "token": world.token(ada) }, "transports": transports });
    let mut client = node.connect_with(&gateway.url(), &options);
    assert_eq!(client.next("connect").await, json!(name));
    let welcome = client.next("welcome").await;
    assert_eq!(welcome, json!({ "account_id": ada.id(), "position": before }));
    let after = world.message(bob, ada, "after").await;
    let new = client.next("message:new").await;
    assert_eq!(
        (&new["position"], &new["message"]["text"]),
        (&json!(after), &json!("after"))
    );
    // Once more when the subscription is surely known everywhere, wherever the stream is by then.
    let again = client.next("welcome").await;
    assert!(
        [json!(before), json!(after)].contains(&again["position"]),
        "{again}"
    );
}

#[tokio::test]
async fn a_poll_is_upgraded_without_losing_anything() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let mut client = node.connect(&gateway.url(), &world.token(ada));
    assert_eq!(client.next("connect").await, "polling");
    client.next("welcome").await;
    for n in 0..50 {
        world.message(bob, ada, &n.to_string()).await;
    }
    assert_eq!(client.next("upgrade").await, "websocket");
    for n in 0..50 {
        assert_eq!(client.next("message:new").await["message"]["text"], n.to_string());
    }
}

#[tokio::test]
async fn a_connection_ends_with_its_token_unless_it_gets_a_newer_one() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    // How much of the token's life getting in and renewing takes is up to the machine.
    for seconds in [2, 10, 30] {
        let nearly_over = world.token_for(ada, Duration::seconds(seconds));
        let mut ends = node.connect(&gateway.url(), &nearly_over);
        let mut goes_on = node.connect(&gateway.url(), &nearly_over);
        if ends.next_of(&["welcome", "connect_error"]).await.event == "connect_error"
            || goes_on.next_of(&["welcome", "connect_error"]).await.event == "connect_error"
        {
            continue;
        }
        let refresh = |token: String| goes_on.ask_later("auth:refresh", json!({ "token": token }));
        let others = refresh(world.token(bob));
        let bad = refresh("nonsense".to_owned());
        let good = refresh(world.token(ada));
        if ends.count("disconnect") > 0 {
            continue;
        }
        assert_eq!(others.await["problem"]["code"], "other-account");
        assert_eq!(bad.await["problem"]["code"], "invalid-token");
        assert_eq!(good.await, json!({ "ok": true }));

        assert_eq!(ends.next("closing").await, json!({ "reason": "expired" }));
        assert_eq!(ends.next("disconnect").await, "io server disconnect");
        world.message(bob, ada, "still there?").await;
        goes_on.next("message:new").await;
        assert_eq!(goes_on.count("disconnect"), 0);
        return;
    }
    panic!("the machine doesn't get a client in within half a minute");
}

#[rstest]
#[case::one_session(false)]
#[case::everywhere(true)]
#[tokio::test]
async fn logging_out_closes_the_sockets_of_the_session(#[case] everywhere: bool) {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let (ada, bob) = (world.person().await, world.person().await);
    let node = Node::start();
    let token = world.token(ada);
    let mut over = node.connect(&gateway.url(), &token);
    let mut other = node.connect(&gateway.url(), &world.token(bob));
    over.next("welcome").await;
    other.next("welcome").await;
    if everywhere {
        world.revoke_all(ada).await;
    } else {
        world.revoke(ada).await;
    }
    assert_eq!(over.next("session:revoked").await, json!({}));
    assert_eq!(over.next("disconnect").await, "io server disconnect");

    let mut again = node.connect(&gateway.url(), &token);
    assert_eq!(refusal(&mut again).await["code"], "session-revoked");
    // A gateway that starts later knows it too.
    let later = world.gateway().await;
    let mut again = node.connect(&later.url(), &token);
    assert_eq!(refusal(&mut again).await["code"], "session-revoked");
    assert_eq!(other.count("disconnect"), 0);
}

#[tokio::test]
async fn pages_of_other_origins_are_refused() {
    let world = World::start().await;
    let gateway = world
        .gateway_with(&[("ECHO_ALLOWED_ORIGINS", "https://friend.example")])
        .await;
    let ada = world.person().await;
    let node = Node::start();
    let connect = |origin: &str, transport: &str| {
        let options = json!({
            "auth": { "token": world.token(ada) },
            "transports": [transport],
            "extraHeaders": { "origin": origin },
        });
        node.connect_with(&gateway.url(), &options)
    };
    for transport in ["polling", "websocket"] {
        for origin in [gateway.url().as_str(), "https://friend.example"] {
            connect(origin, transport).next("welcome").await;
        }
        connect("https://evil.example", transport)
            .next("connect_error")
            .await;
    }
    let url = format!("{}/socket.io/?EIO=4&transport=polling", gateway.url());
    let refused = reqwest::Client::new()
        .get(url)
        .header("origin", "https://evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 403);
    let problem: Value = serde_json::from_str(&refused.text().await.unwrap()).unwrap();
    assert_eq!(problem["code"], "origin-not-allowed");
}

#[tokio::test]
async fn without_command_api_a_message_is_refused_for_now() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let client = node.connect(&gateway.url(), &world.token(ada));
    let answer = client
        .ask(
            "message:send",
            json!({ "to": bob.id(), "id": message_id(), "text": "anybody?" }),
        )
        .await;
    assert_eq!(
        (&answer["problem"]["status"], &answer["problem"]["code"]),
        (&json!(503), &json!("unavailable"))
    );
    assert_eq!(answer["problem"]["retry_after"], json!(1));
}
