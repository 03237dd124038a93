//! What the documents of Engine.IO's and Socket.IO's protocols say, packet by packet, for both transports. They also ask
//! for binary messages and any number of namespaces; Echo has neither and refuses them.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::raw::{Polling, Raw, connect_packet};
use crate::world::{World, metric_becomes};

const POLLING: &str = "EIO=4&transport=polling";

/// The time between pings in seconds, for who waits for some.
const SOON: (&str, &str) = ("ECHO_SOCKET_PING_SECONDS", "1");
/// The same for who must not be disturbed by any.
const LATE: (&str, &str) = ("ECHO_SOCKET_PING_SECONDS", "25");

// Engine.IO: handshake

#[tokio::test]
async fn a_session_opened_by_polling_tells_its_terms() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[LATE]).await;
    let (_, opened) = Polling::open(&gateway).await;
    assert_eq!(opened["upgrades"], json!(["websocket"]));
    assert_eq!(
        (
            &opened["pingInterval"],
            &opened["pingTimeout"],
            &opened["maxPayload"]
        ),
        (&json!(25_000), &json!(25_000), &json!(65_536))
    );
}

#[tokio::test]
async fn a_session_opened_by_websocket_tells_its_terms() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[LATE]).await;
    let mut raw = Raw::open(&gateway, "").await.unwrap();
    let open = raw.next().await.unwrap();
    let opened: Value = serde_json::from_str(open.strip_prefix('0').unwrap()).unwrap();
    assert!(opened["sid"].is_string());
    assert_eq!(opened["upgrades"], json!([]));
    assert_eq!(opened["pingInterval"], json!(25_000));
}

#[tokio::test]
async fn requests_that_name_no_transport_version_or_session_are_refused() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    for (method, query) in [
        (Method::GET, "transport=polling"),
        (Method::GET, "EIO=abc&transport=polling"),
        (Method::GET, "EIO=4"),
        (Method::GET, "EIO=4&transport=abc"),
        (Method::GET, "EIO=4&transport=polling&sid=abc"),
        (Method::POST, POLLING),
        (Method::POST, "EIO=4&transport=polling&sid=abc"),
        (Method::PUT, POLLING),
        (Method::GET, "EIO=4&transport=websocket"),
    ] {
        let (status, _) = Polling::request(&gateway, method.clone(), query).await;
        assert!(status.is_client_error(), "{method} {query}: {status}");
    }
    // A WebSocket may be told so by its end.
    if let Ok(mut raw) = Raw::open(&gateway, "&sid=abc").await {
        raw.ends().await;
    }
}

// Engine.IO: messages

#[tokio::test]
async fn packets_sent_together_by_polling_are_each_answered() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[LATE]).await;
    let ada = world.person().await;
    let (polling, _) = Polling::open(&gateway).await;
    let connect = connect_packet(&world.token(ada));
    assert_eq!(polling.post(&[&connect]).await, StatusCode::OK);
    polling.next_like("40{").await;
    assert_eq!(polling.post(&["420[\"a\"]", "421[\"b\"]"]).await, StatusCode::OK);
    let mut answers = Vec::new();
    while answers.len() < 2 {
        let packets = polling.poll().await.unwrap();
        answers.extend(packets.into_iter().filter(|packet| packet.starts_with("43")));
    }
    assert!(
        answers[0].starts_with("430[") && answers[1].starts_with("431["),
        "{answers:?}"
    );
}

#[tokio::test]
async fn what_is_no_packet_ends_a_session() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[LATE]).await;
    let (polling, _) = Polling::open(&gateway).await;
    assert_eq!(polling.post(&["abc"]).await, StatusCode::BAD_REQUEST);
    let mut raw = Raw::session(&gateway).await;
    raw.send("abc").await;
    raw.ends().await;
}

// Engine.IO: heartbeat

#[tokio::test]
async fn pings_come_and_a_session_that_answers_them_goes_on() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[SOON]).await;
    let ada = world.person().await;
    let token = world.token(ada);
    let by_websocket = async {
        let mut raw = Raw::connect(&gateway, &token).await;
        for _ in 0..3 {
            raw.next_like("2").await;
            raw.send("3").await;
        }
    };
    let by_polling = async {
        let (polling, _) = Polling::open(&gateway).await;
        polling.post(&[&connect_packet(&token)]).await;
        for _ in 0..3 {
            polling.next_like("2").await;
            polling.post(&["3"]).await;
        }
    };
    futures::join!(by_websocket, by_polling);
}

#[tokio::test]
async fn the_first_ping_comes_after_the_interval_and_not_with_the_session() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[LATE]).await;
    let ada = world.person().await;
    let mut raw = Raw::session(&gateway).await;
    raw.send(&connect_packet(&world.token(ada))).await;
    assert!(raw.next().await.unwrap().starts_with("40{"));
    assert!(raw.next().await.unwrap().starts_with("42[\"welcome\""));

    let (polling, _) = Polling::open(&gateway).await;
    // A poll waits for what comes next, and would be answered at once with a ping.
    let connect = connect_packet(&world.token(ada));
    let (packets, _) = futures::join!(polling.poll(), async { polling.post(&[&connect]).await });
    let mut packets = packets.unwrap();
    while packets.len() < 2 {
        packets.extend(polling.poll().await.unwrap());
    }
    assert!(
        packets[0].starts_with("40{") && packets[1].starts_with("42[\"welcome\""),
        "{packets:?}"
    );
}

/// The first ping was answered in the client's name: the second one ends the session for want of an answer, no sooner.
#[tokio::test]
async fn a_session_opened_by_polling_is_pinged_after_the_interval() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[("ECHO_SOCKET_PING_SECONDS", "3")]).await;
    let begun = Instant::now();
    let (polling, opened) = Polling::open(&gateway).await;
    assert_eq!(polling.poll().await.unwrap(), ["2"]);
    let interval = Duration::from_millis(opened["pingInterval"].as_u64().unwrap());
    assert!(begun.elapsed() >= interval, "{:?}", begun.elapsed());
    polling.post(&["3"]).await;
    assert_eq!(polling.poll().await.unwrap(), ["2"]);
}

#[tokio::test]
async fn a_session_that_answers_no_ping_ends() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[SOON]).await;
    let ada = world.person().await;
    let mut raw = Raw::connect(&gateway, &world.token(ada)).await;
    let (polling, _) = Polling::open(&gateway).await;
    raw.ends().await;
    while let Ok(packets) = polling.poll().await {
        assert!(
            packets
                .iter()
                .all(|packet| ["1", "2", "6"].contains(&packet.as_str())),
            "{packets:?}"
        );
    }
}

// Engine.IO: closing

#[tokio::test]
async fn a_close_packet_ends_a_session() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[LATE]).await;
    let mut raw = Raw::session(&gateway).await;
    raw.send("1").await;
    raw.ends().await;

    let (polling, _) = Polling::open(&gateway).await;
    polling.post(&["1"]).await;
    while let Ok(packets) = polling.poll().await {
        assert!(
            packets
                .iter()
                .all(|packet| ["1", "2", "6"].contains(&packet.as_str())),
            "{packets:?}"
        );
    }
}

#[rstest]
#[tokio::test]
async fn a_websocket_s_close_frame_is_answered(#[values(false, true)] let_in: bool) {
    let world = World::start().await;
    let gateway = world.gateway_with(&[LATE]).await;
    let mut raw = if let_in {
        Raw::connect(&gateway, &world.token(world.person().await)).await
    } else {
        Raw::session(&gateway).await
    };
    assert!(matches!(raw.close().await, Some(Message::Close(_))));
}

// Engine.IO: upgrade

#[tokio::test]
async fn a_session_moves_from_polling_to_websocket() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[LATE]).await;
    let (polling, _) = Polling::open(&gateway).await;
    let mut raw = Raw::open(&gateway, &format!("&sid={}", polling.sid))
        .await
        .unwrap();
    raw.send("2probe").await;
    assert_eq!(raw.next().await.unwrap(), "3probe");
    raw.send("5").await;
    raw.send(&connect_packet(&world.token(world.person().await)))
        .await;
    raw.next_like("40{").await;
    raw.send("427[\"a\"]").await;
    raw.next_like("437[").await;
    // The session has moved: neither a poll nor a second WebSocket gets anything of it.
    assert!(polling.poll().await.is_err());
    if let Ok(mut second) = Raw::open(&gateway, &format!("&sid={}", polling.sid)).await {
        second.ends().await;
    }
    raw.send("428[\"a\"]").await;
    raw.next_like("438[").await;
}

#[tokio::test]
async fn a_refusal_after_the_upgrade_has_its_problem() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[LATE]).await;
    let (polling, _) = Polling::open(&gateway).await;
    let mut raw = Raw::open(&gateway, &format!("&sid={}", polling.sid))
        .await
        .unwrap();
    raw.send("2probe").await;
    assert_eq!(raw.next().await.unwrap(), "3probe");
    raw.send("5").await;
    raw.send("40").await;
    assert_refusal(&raw.next_like("44").await, "missing-token");
}

// Socket.IO: connecting

/// Asserts that a packet refuses a client as its library expects it: a short message, and the problem as data.
fn assert_refusal(packet: &str, code: &str) {
    let refusal: Value = serde_json::from_str(packet.strip_prefix("44").unwrap()).unwrap();
    let problem = &refusal["data"];
    assert_eq!(problem["code"], code, "{packet}");
    assert_eq!(problem["status"], 401);
    assert!(problem["detail"].is_string());
    assert_eq!(refusal["message"], problem["title"]);
}

#[tokio::test]
async fn a_refusal_has_a_short_message_and_the_problem_as_data() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[LATE]).await;
    let ada = world.person().await;
    let mut raw = Raw::session(&gateway).await;
    let (polling, _) = Polling::open(&gateway).await;
    for (packet, code) in [("40", "missing-token"), ("40{\"token\":\"x\"}", "invalid-token")] {
        raw.send(packet).await;
        assert_refusal(&raw.next_like("44").await, code);
        polling.post(&[packet]).await;
        assert_refusal(&polling.next_like("44").await, code);
    }
    // Whoever was refused may ask again on the same connection.
    let connect = connect_packet(&world.token(ada));
    raw.send(&connect).await;
    raw.next_like("40{").await;
    raw.next_like("42[\"welcome\"").await;
    polling.post(&[&connect]).await;
    polling.next_like("40{").await;
}

#[tokio::test]
async fn there_is_no_other_namespace() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[LATE]).await;
    let mut raw = Raw::connect(&gateway, &world.token(world.person().await)).await;
    raw.send("40/admin,{}").await;
    assert_eq!(
        raw.next_like("44").await,
        "44/admin,{\"message\":\"Invalid namespace\"}"
    );
}

#[tokio::test]
async fn a_client_that_asks_for_something_before_it_is_let_in_is_shut_out() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[LATE]).await;
    let mut raw = Raw::session(&gateway).await;
    raw.send("42[\"message:send\",{}]").await;
    raw.ends().await;
}

#[tokio::test]
async fn a_client_that_never_asks_to_be_let_in_is_shut_out() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[LATE]).await;
    Raw::session(&gateway).await.ends().await;
}

#[tokio::test]
async fn a_client_that_leaves_may_come_back_on_the_same_connection() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[LATE]).await;
    let token = world.token(world.person().await);
    let mut raw = Raw::connect(&gateway, &token).await;
    raw.next_like("42[\"welcome\"").await;
    raw.send("41").await;
    // The library passes over a client that is back before it has been let go, and a farewell has no answer.
    metric_becomes(&gateway, "gateway_connections", 0.0).await;
    raw.send(&connect_packet(&token)).await;
    raw.next_like("40{").await;
    raw.next_like("42[\"welcome\"").await;
}

// Socket.IO: messages

#[tokio::test]
async fn an_event_with_a_number_is_acknowledged_by_that_number() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[LATE]).await;
    let (ada, bob) = world.friends().await;
    let mut raw = Raw::connect(&gateway, &world.token(ada)).await;
    let typing = json!(["typing", { "to": bob.id(), "active": true }]);
    raw.send(&format!("4217{typing}")).await;
    assert_eq!(raw.next_like("43").await, "4317[{\"ok\":true}]");
}

#[tokio::test]
async fn malformed_packets_end_the_connection() {
    let world = World::start().await;
    let gateway = world.gateway_with(&[LATE]).await;
    let ada = world.person().await;
    // The last but one announces more binary parts than are taken; the last is followed by another than the one announced.
    for packets in [
        &["4abc"][..],
        &["49"],
        &["42{}"],
        &["42"],
        &["42["],
        &["43[]"],
        &["455-[]"],
        &["451-[]", "42[\"typing\",{}]"],
    ] {
        let mut raw = Raw::connect(&gateway, &world.token(ada)).await;
        for packet in packets {
            raw.send(packet).await;
        }
        while let Some(packet) = raw.next().await {
            assert_ne!(packet, "2", "{packets:?} went on until a ping");
        }
    }
}
