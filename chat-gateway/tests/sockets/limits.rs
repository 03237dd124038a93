//! What one client may do to the others: nothing.

use serde_json::{Value, json};

use crate::client::Node;
use crate::raw::{Polling, Raw};
use crate::world::{World, message_id, metric_becomes};

#[tokio::test]
async fn what_makes_no_sense_is_answered_with_a_problem() {
    let world = World::start().await;
    let _command_api = world.command_api().await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let mut client = node.connect(&gateway.url(), &world.token(ada));
    client.next("welcome").await;
    let message = |more: Value| {
        let mut message = json!({ "to": bob.id(), "id": message_id(), "text": "hello" });
        for (name, value) in more.as_object().unwrap() {
            message[name] = value.clone();
        }
        vec![message]
    };
    for (event, payloads, status, code) in [
        ("message:sing", vec![json!({})], 400, "unknown-event"),
        ("message:send", vec![], 400, "unexpected-json"),
        ("message:send", vec![json!(null)], 400, "unexpected-json"),
        ("message:send", vec![json!("hello")], 400, "unexpected-json"),
        (
            "message:send",
            message(json!({ "to": "x" })),
            400,
            "unexpected-json",
        ),
        (
            "message:send",
            message(json!({ "text": 7 })),
            400,
            "unexpected-json",
        ),
        (
            "message:send",
            message(json!({ "id": "x" })),
            422,
            "validation-failed",
        ),
        (
            "message:send",
            message(json!({ "text": "" })),
            422,
            "validation-failed",
        ),
        (
            "message:send",
            message(json!({ "text": "ä".repeat(4_001) })),
            422,
            "validation-failed",
        ),
        ("typing", vec![json!({ "to": bob.id() })], 400, "unexpected-json"),
        ("auth:refresh", vec![json!([])], 400, "unexpected-json"),
    ] {
        let answer = client.ask_with(event, &payloads).await;
        let problem = &answer["problem"];
        assert_eq!(
            (&answer["ok"], &problem["status"], &problem["code"]),
            (&json!(false), &json!(status), &json!(code)),
            "{event} {payloads:?}"
        );
    }
    let longest = client
        .ask_with("message:send", &message(json!({ "text": "👋".repeat(4_000) })))
        .await;
    assert_eq!(longest["ok"], json!(true), "{longest}");
}

#[tokio::test]
async fn a_flood_of_bad_frames_costs_its_sender_the_connection_and_nobody_else_anything() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    // Not by a poll that is being upgraded: what is said in that moment may be cut off with it.
    let options = json!({ "auth": { "token": world.token(ada) }, "transports": ["websocket"] });
    let mut flooding = node.connect_with(&gateway.url(), &options);
    let mut other = node.connect(&gateway.url(), &world.token(bob));
    flooding.next("welcome").await;
    other.next("welcome").await;
    for _ in 0..200 {
        flooding.emit("nonsense", &json!({}));
    }
    assert_eq!(flooding.next("closing").await, json!({ "reason": "flooding" }));
    flooding.next("disconnect").await;
    metric_becomes(&gateway, "gateway_connections_ended_total{why=\"flooding\"}", 1.0).await;
    world.message(ada, bob, "calm").await;
    other.next("message:new").await;
    assert_eq!(other.count("disconnect"), 0);
}

#[tokio::test]
async fn who_sends_too_much_is_told_to_slow_down() {
    let world = World::start().await;
    let gateway = world
        .gateway_with(&[
            ("ECHO_SOCKET_EVENTS_BURST", "5"),
            ("ECHO_SOCKET_EVENTS_PER_SECOND", "1"),
        ])
        .await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let mut client = node.connect(&gateway.url(), &world.token(ada));
    client.next("welcome").await;
    let typing = json!({ "to": bob.id(), "active": true });
    // So many that some are too many, however slowly the machine lets them out.
    let answers: Vec<_> = (0..40)
        .map(|_| client.ask_later("typing", typing.clone()))
        .collect();
    let mut refused = 0;
    for answer in answers {
        let answer = answer.await;
        if answer["ok"] == false {
            refused += 1;
            assert_eq!(answer["problem"]["code"], "too-many-requests");
            assert_eq!(answer["problem"]["retry_after"], json!(1));
        }
    }
    assert!((1..=35).contains(&refused), "{refused}");
}

#[tokio::test]
async fn watches_are_charged_by_whom_they_name_to_all_sockets_of_an_account_together() {
    let world = World::start().await;
    let gateway = world
        .gateway_with(&[("ECHO_LOOKUPS_BURST", "100"), ("ECHO_LOOKUPS_PER_MINUTE", "1")])
        .await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let (mut tab, mut other_tab) = (
        node.connect(&gateway.url(), &world.token(ada)),
        node.connect(&gateway.url(), &world.token(ada)),
    );
    let mut other = node.connect(&gateway.url(), &world.token(bob));
    for client in [&mut tab, &mut other_tab, &mut other] {
        client.next("welcome").await;
    }
    let people = |count: usize| {
        let users: Vec<_> = (0..count).map(|_| message_id()).collect();
        json!({ "users": users })
    };
    let answer = tab.ask("presence:watch", people(60)).await;
    assert_eq!(answer["ok"], json!(true), "{answer}");
    for (event, payload) in [
        ("presence:watch", people(60)),
        ("post:watch", json!({ "posts": people(45)["users"] })),
    ] {
        let answer = other_tab.ask(event, payload).await;
        assert_eq!(answer["problem"]["code"], "too-many-requests", "{event} {answer}");
        assert!(answer["problem"]["retry_after"].as_u64() > Some(60), "{answer}");
    }
    let answer = other.ask("presence:watch", people(60)).await;
    assert_eq!(answer["ok"], json!(true), "another account has its own: {answer}");
}

#[tokio::test]
async fn whoever_may_not_be_watched_costs_as_much_as_ten_who_may() {
    let world = World::start().await;
    let gateway = world
        .gateway_with(&[("ECHO_LOOKUPS_BURST", "100"), ("ECHO_LOOKUPS_PER_MINUTE", "1")])
        .await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let mut client = node.connect(&gateway.url(), &world.token(ada));
    client.next("welcome").await;
    let strangers = |count: usize| (0..count).map(|_| json!(message_id())).collect::<Vec<_>>();
    for (event, payload, ok) in [
        ("presence:watch", json!({ "users": strangers(5) }), true),
        ("post:watch", json!({ "posts": strangers(4) }), true),
        // Of a hundred ten are left; a friend and oneself cost no more than a look.
        ("presence:watch", json!({ "users": [bob.id(), ada.id()] }), true),
        ("presence:watch", json!({ "users": [bob.id()] }), true),
        ("presence:watch", json!({ "users": strangers(2) }), true),
        ("presence:watch", json!({ "users": [bob.id()] }), false),
    ] {
        let answer = client.ask(event, payload.clone()).await;
        assert_eq!(answer["ok"], json!(ok), "{event} {payload}: {answer}");
    }
}

#[tokio::test]
async fn packets_by_polling_are_counted_for_each_network_whatever_its_sessions() {
    let world = World::start().await;
    let gateway = world
        .gateway_with(&[
            ("ECHO_POLLED_PACKETS_PER_ADDRESS", "1"),
            ("ECHO_CLIENT_ADDRESS_HEADER", "x-address"),
        ])
        .await;
    let (one, other) = (Polling::open(&gateway).await.0, Polling::open(&gateway).await.0);
    // A network's ten at once.
    let all = ["3"; 10];
    let send = async |session: &Polling, from: &str| session.post_from(from, &all).await;
    assert_eq!(send(&one, "2001:db8::1").await, 200);
    // A network has one more each second, so that a slow machine may have to try again.
    while send(&other, "2001:db8::2").await != 429 {}
    assert_eq!(send(&one, "2001:db8:0:1::1").await, 200, "another network");
    assert_eq!(send(&other, "192.0.2.1").await, 200, "its sessions go on");
}

#[tokio::test]
async fn a_flood_of_packets_by_polling_costs_its_sender_the_connection() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let ada = world.person().await;
    let client = reqwest::Client::new();
    let open = format!("{}/socket.io/?EIO=4&transport=polling", gateway.url());
    let opened = client.get(&open).send().await.unwrap().text().await.unwrap();
    let opened: Value = serde_json::from_str(&opened[1..]).unwrap();
    let url = format!("{open}&sid={}", opened["sid"].as_str().unwrap());
    let send = async |packets: String| {
        let answer = client.post(&url).body(packets).send().await.unwrap();
        answer.status().as_u16()
    };
    let token = world.token(ada);
    assert_eq!(send(format!("40{}", json!({ "token": token }))).await, 200);
    assert_eq!(send(["3"; 20].join("\u{1e}")).await, 200);
    assert_eq!(send(vec!["3"; 2_000].join("\u{1e}")).await, 429);
    metric_becomes(&gateway, "gateway_connections_ended_total{why=\"left\"}", 1.0).await;
}

#[tokio::test]
async fn an_account_has_no_more_sockets_than_it_may() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[("ECHO_SOCKETS_PER_ACCOUNT", "2")]).await;
    let (ada, bob) = (world.person().await, world.person().await);
    let node = Node::start();
    let token = world.token(ada);
    let mut first = node.connect(&gateway.url(), &token);
    let mut second = node.connect(&gateway.url(), &token);
    first.next("welcome").await;
    second.next("welcome").await;
    let mut third = node.connect(&gateway.url(), &token);
    let problem = &third.next("connect_error").await["data"];
    assert_eq!(
        (&problem["status"], &problem["code"]),
        (&json!(429), &json!("too-many-connections"))
    );
    node.connect(&gateway.url(), &world.token(bob))
        .next("welcome")
        .await;
    first.disconnect();
    metric_becomes(&gateway, "gateway_connections", 2.0).await;
    third.reconnect();
    third.next("welcome").await;
}

#[tokio::test]
async fn an_address_has_no_more_sockets_than_it_may_whoever_they_belong_to() {
    let world = World::start().await;
    let gateway = world
        .gateway_with(&[
            ("ECHO_SOCKETS_PER_ADDRESS", "2"),
            ("ECHO_CLIENT_ADDRESS_HEADER", "x-address"),
        ])
        .await;
    let node = Node::start();
    let mut clients = Vec::new();
    let knock = async |address: &str| {
        let options = json!({
            "auth": { "token": world.token(world.person().await) },
            "transports": ["polling"],
            "extraHeaders": { "x-address": address },
        });
        node.connect_with(&gateway.url(), &options)
    };
    for address in [
        "192.0.2.1",
        "192.0.2.1",
        "192.0.2.2",
        "2001:db8::1",
        "2001:db8::2",
    ] {
        let mut client = knock(address).await;
        client.next("welcome").await;
        clients.push(client);
    }
    let mut third = knock("2001:db8::3").await;
    third.next("connect_error").await;
    // It is refused at the door; once there is room, both there and inside, it is let in.
    clients.pop().unwrap().disconnect();
    loop {
        third.reconnect();
        if third.next_of(&["welcome", "connect_error"]).await.event == "welcome" {
            break;
        }
    }
}

#[tokio::test]
async fn frames_that_are_no_events_cost_their_sender_the_connection_when_there_are_too_many() {
    let world = World::start().await;
    let gateway = world
        .gateway_with(&[
            ("ECHO_SOCKET_EVENTS_BURST", "50"),
            ("ECHO_SOCKET_PING_SECONDS", "25"),
        ])
        .await;
    let token = world.token(world.person().await);
    let mut neighbour = Raw::connect(&gateway, &token).await;
    for packet in ["3", "42[\"nothing\"]"] {
        let mut flooding = Raw::connect(&gateway, &token).await;
        flooding.flood(packet, 20_000).await;
        flooding.ends().await;
    }
    neighbour.send("420[\"nothing\"]").await;
    neighbour.next_like("430[").await;
}

#[tokio::test]
async fn too_large_a_frame_costs_its_sender_the_connection() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let ada = world.person().await;
    let node = Node::start();
    for transport in ["websocket", "polling"] {
        let options = json!({ "auth": { "token": world.token(ada) }, "transports": [transport] });
        let mut client = node.connect_with(&gateway.url(), &options);
        client.next("welcome").await;
        client.emit("message:send", &json!({ "text": "x".repeat(100_000) }));
        client.next("disconnect").await;
    }
}

#[tokio::test]
async fn a_client_too_slow_for_its_events_is_disconnected_and_gets_no_event_after_a_gap() {
    let world = World::start().await;
    let gateway = world
        .gateway_with(&[("ECHO_SOCKET_BUFFER", "8"), ("ECHO_SOCKET_PING_SECONDS", "25")])
        .await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let options = json!({ "auth": { "token": world.token(ada) }, "transports": ["websocket"] });
    let mut slow = node.connect_with(&gateway.url(), &options);
    slow.next("welcome").await;
    slow.pause().await;
    // More than what kernels hold for a connection and the gateway for a socket.
    let text = "x".repeat(150_000);
    for n in 0..120 {
        world.message(bob, ada, &format!("{n} {text}")).await;
    }
    metric_becomes(&gateway, "gateway_connections_ended_total{why=\"slow\"}", 1.0).await;
    slow.resume();
    // On a machine so busy that its pings have run out meanwhile, nobody is left to be told.
    let told = slow.next_of(&["closing", "disconnect"]).await;
    if told.event == "closing" {
        assert_eq!(told.payload, json!({ "reason": "slow" }));
        slow.next("disconnect").await;
    }
    let mut expected = 0;
    while slow.count("message:new") > 0 {
        let new = slow.next("message:new").await;
        let text = new["message"]["text"].as_str().unwrap();
        assert!(
            text.starts_with(&format!("{expected} ")),
            "a gap before {text:.5}"
        );
        expected += 1;
    }
    assert!(expected < 120, "it was slow and got everything");
    slow.reconnect();
    slow.next("welcome").await;
}
