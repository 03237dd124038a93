//! Messages, read marks, typing.

use events::dm::{self, ReadUpTo};
use events::{Pair, Personal};
use futures::future::join_all;
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::Node;
use crate::world::{World, message_id, metric_becomes, sequence};

#[tokio::test]
async fn a_message_reaches_all_devices_of_both_on_two_gateways() {
    let world = World::start().await;
    let _command_api = world.command_api().await;
    let (north, south) = (world.gateway().await, world.gateway().await);
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let (ada_token, bob_token) = (world.token(ada), world.token(bob));
    let mut sender = node.connect(&north.url(), &ada_token);
    let mut others = [
        (node.connect(&south.url(), &ada_token), bob),
        (node.connect(&north.url(), &bob_token), ada),
        (node.connect(&south.url(), &bob_token), ada),
    ];
    sender.next("welcome").await;
    for (client, _) in &mut others {
        client.next("welcome").await;
    }

    let id = message_id();
    let sent = sender
        .ask(
            "message:send",
            json!({ "to": bob.id(), "id": id, "text": "Grüße 👋" }),
        )
        .await;
    assert_eq!((&sent["ok"], &sent["id"]), (&json!(true), &json!(id)), "{sent}");
    let message = json!({
        "id": id,
        "position": sent["position"],
        "from": ada.id(),
        "to": bob.id(),
        "text": "Grüße 👋",
        "media": [],
        "sent_at": sent["at"],
        "edited_at": null,
        "deleted": false,
    });
    for (client, peer) in &mut others {
        let expected = json!({ "position": sent["position"], "peer": peer.id(), "message": message });
        assert_eq!(client.next("message:new").await, expected);
    }
    // The tab that sent it learns of it like any other device, and knows it by its id.
    assert_eq!(sender.next("message:new").await["message"]["id"], json!(id));
    // How long it took is measured once for each person: here for both of them.
    metric_becomes(&north, "gateway_delivery_seconds_count", 2.0).await;
    metric_becomes(&north, "gateway_delivered_total{event=\"message:new\"}", 2.0).await;
}

#[tokio::test]
async fn the_same_id_twice_is_one_message_and_one_answer() {
    let world = World::start().await;
    let _command_api = world.command_api().await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let sender = node.connect(&gateway.url(), &world.token(ada));
    let mut receiver = node.connect(&gateway.url(), &world.token(bob));
    receiver.next("welcome").await;

    let send =
        |id: &str, text: &str| sender.ask("message:send", json!({ "to": bob.id(), "id": id, "text": text }));
    let id = message_id();
    let first = send(&id, "once").await;
    let second = send(&id, "once more").await;
    assert_eq!(first["ok"], json!(true), "{first}");
    assert_eq!(first, second);
    send(&message_id(), "last").await;
    assert_eq!(receiver.next("message:new").await["message"]["text"], "once");
    assert_eq!(receiver.next("message:new").await["message"]["text"], "last");
}

#[rstest]
#[case::by_websocket(&["websocket"])]
#[case::by_polling(&["polling"])]
#[tokio::test]
async fn quick_messages_keep_their_order(#[case] transports: &[&str]) {
    const MESSAGES: usize = 200;
    let world = World::start().await;
    let _command_api = world.command_api().await;
    let (north, south) = (world.gateway().await, world.gateway().await);
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let options = |token| json!({ "auth": { "token": token }, "transports": transports });
    let mut sender = node.connect_with(&north.url(), &options(world.token(ada)));
    let mut receiver = node.connect_with(&south.url(), &options(world.token(bob)));
    receiver.next("welcome").await;
    sender.next("welcome").await;

    let texts: Vec<Value> = (0..MESSAGES).map(|n| n.to_string().into()).collect();
    let answers = texts.iter().map(|text| {
        let payload = json!({ "to": bob.id(), "id": message_id(), "text": text });
        sender.ask_later("message:send", payload)
    });
    let answers = join_all(answers.collect::<Vec<_>>()).await;
    assert!(answers.iter().all(|answer| answer["ok"] == true), "{answers:?}");
    let positions: Vec<u64> = answers
        .iter()
        .map(|answer| sequence(&answer["position"]))
        .collect();
    assert!(positions.is_sorted());
    for client in [&mut receiver, &mut sender] {
        let mut seen = Vec::new();
        for _ in 0..MESSAGES {
            seen.push(client.next("message:new").await["message"]["text"].clone());
        }
        assert_eq!(seen, texts);
    }
}

#[tokio::test]
async fn a_read_mark_reaches_all_devices_of_both() {
    let world = World::start().await;
    let _command_api = world.command_api().await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let elsewhere = world.gateway().await;
    let (ada_token, bob_token) = (world.token(ada), world.token(bob));
    let mut reader = node.connect(&gateway.url(), &bob_token);
    let mut writer = node.connect(&gateway.url(), &ada_token);
    let mut readers_other = node.connect(&elsewhere.url(), &bob_token);
    let mut writers_other = node.connect(&elsewhere.url(), &ada_token);
    for client in [&mut reader, &mut writer, &mut readers_other, &mut writers_other] {
        client.next("welcome").await;
    }
    let position = world.message(ada, bob, "read me").await;
    reader.next("message:new").await;

    let answer = reader
        .ask("message:read", json!({ "peer": ada.id(), "up_to": position }))
        .await;
    assert_eq!(answer, json!({ "ok": true }));
    for (client, peer) in [
        (&mut writer, bob),
        (&mut reader, ada),
        (&mut writers_other, bob),
        (&mut readers_other, ada),
    ] {
        let read = client.next("message:read").await;
        assert_eq!(
            (&read["peer"], &read["reader"], &read["up_to"]),
            (&peer.id(), &bob.id(), &json!(position))
        );
        assert!(sequence(&read["position"]) > position.sequence);
    }
}

#[tokio::test]
async fn edits_and_deletions_name_the_message_and_order_themselves() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let mut client = node.connect(&gateway.url(), &world.token(bob));
    client.next("welcome").await;
    let position = world.message(ada, bob, "teh").await;
    let new = client.next("message:new").await;
    let client_id: Uuid = new["message"]["id"].as_str().unwrap().parse().unwrap();

    let (from, to, sent) = (ada.account, bob.account, position.sequence);
    let personal = Personal::Known(dm::Message {
        text: "the".to_owned(),
        media: Vec::new(),
    });
    let edited = dm::Edited {
        from,
        to,
        client_id,
        sent,
        personal,
    };
    let edited_position = world.append_dm(ada, dm::Event::Edited(edited)).await;
    let edited = client.next("message:edited").await;
    assert_eq!(edited["position"], json!(edited_position));
    assert_eq!(edited["message"]["text"], "the");
    assert_eq!(edited["message"]["position"], json!(position));
    assert_eq!(edited["message"]["sent_at"], new["message"]["sent_at"]);
    assert!(edited["message"]["edited_at"].is_string());

    let deleted = dm::Deleted {
        from,
        to,
        client_id,
        sent,
    };
    let deleted_position = world.append_dm(ada, dm::Event::Deleted(deleted)).await;
    let deleted = client.next("message:deleted").await;
    assert_eq!(deleted["position"], json!(deleted_position));
    assert_eq!(
        (&deleted["message"]["deleted"], &deleted["message"]["text"]),
        (&json!(true), &json!(null))
    );
}

#[tokio::test]
async fn a_message_brings_what_is_needed_to_show_its_pictures() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let mut client = node.connect(&gateway.url(), &world.token(bob));
    client.next("welcome").await;
    let (there, gone) = (world.picture(ada).await, world.picture(ada).await);
    world.delete_picture(ada, gone).await;
    let sent = dm::Event::Sent(dm::Sent {
        from: ada.account,
        to: bob.account,
        client_id: Uuid::nil(),
        personal: Personal::Known(dm::Message {
            text: String::new(),
            media: vec![there, gone],
        }),
    });
    world.append_dm(ada, sent).await;
    let new = client.next("message:new").await;
    let media = &new["message"]["media"];
    let url = media[0]["url"].as_str().unwrap();
    assert!(
        url.starts_with(&format!("/v1/media/{there}/original?e=")),
        "{url}"
    );
    let thumbnail = media[0]["thumbnail_url"].as_str().unwrap();
    assert!(
        thumbnail.starts_with(&format!("/v1/media/{there}/thumbnail?e=")),
        "{thumbnail}"
    );
    let medium = media[0]["medium_url"].as_str().unwrap();
    assert!(
        medium.starts_with(&format!("/v1/media/{there}/medium?e=")),
        "{medium}"
    );
    assert_eq!(
        media[0],
        json!({
            "media_id": there, "url": url, "medium_url": medium, "thumbnail_url": thumbnail, "width": 40,
            "height": 30, "blurhash": "LEHV6nWB2yk8", "alt": "a cat",
        })
    );
    assert_eq!(
        media[1],
        json!({
            "media_id": gone, "url": null, "medium_url": null, "thumbnail_url": null, "width": null,
            "height": null, "blurhash": null, "alt": null,
        })
    );
}

#[tokio::test]
async fn who_isnt_a_friend_is_not_written_to() {
    let world = World::start().await;
    let _command_api = world.command_api().await;
    let gateway = world.gateway().await;
    let (ada, stranger) = (world.person().await, world.person().await);
    let node = Node::start();
    let client = node.connect(&gateway.url(), &world.token(ada));
    let send = |to: Value, text: &str| {
        client.ask(
            "message:send",
            json!({ "to": to, "id": message_id(), "text": text }),
        )
    };
    let refused = send(stranger.id(), "hello").await;
    assert_eq!(refused["ok"], json!(false));
    assert_eq!(
        (&refused["problem"]["status"], &refused["problem"]["code"]),
        (&json!(403), &json!("not-friends"))
    );
    let nobody = send(message_id().into(), "hello").await;
    assert_eq!(nobody["problem"], refused["problem"]);
}

#[tokio::test]
async fn nothing_passes_a_block_in_either_direction_but_what_is_taken_back() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let [mut adas, mut bobs] = [ada, bob].map(|person| node.connect(&gateway.url(), &world.token(person)));
    adas.next("welcome").await;
    bobs.next("welcome").await;
    let sent = world.message(ada, bob, "hello").await;
    bobs.next("message:new").await;
    world.block(ada, bob).await;
    until(async || {
        let typing = json!({ "to": ada.id(), "active": true });
        bobs.ask("typing", typing).await["problem"]["code"] == "not-friends"
    })
    .await;
    let typing = json!({ "to": bob.id(), "active": true });
    assert_eq!(adas.ask("typing", typing).await["problem"]["code"], "not-friends");
    for (client, other) in [(&adas, bob), (&bobs, ada)] {
        let watched = client
            .ask("presence:watch", json!({ "users": [other.id()] }))
            .await;
        assert_eq!((&watched["ok"], &watched["online"]), (&json!(true), &json!([])));
    }
    // A receipt that was under way when the block came.
    let pair = Pair::of(ada.account, bob.account).unwrap();
    for (by, other) in [(bob, ada), (ada, bob)] {
        let read_up_to = dm::ReadUpTo::default().with(pair, by.account, sent.sequence);
        let (by_account, other) = (by.account, other.account);
        let read = dm::Read {
            by: by_account,
            other,
            read_up_to,
        };
        world.append_dm(by, dm::Event::Read(read)).await;
    }
    let client_id = uuid::Uuid::nil();
    let (from, to) = (ada.account, bob.account);
    let deleted = dm::Deleted {
        from,
        to,
        client_id,
        sent: sent.sequence,
    };
    world.append_dm(ada, dm::Event::Deleted(deleted)).await;
    for (client, own, other) in [(&mut adas, ada, bob), (&mut bobs, bob, ada)] {
        // What one reads oneself is for one's other devices; what comes last came alone from the other.
        let read = client.next("message:read").await;
        assert_eq!((&read["reader"], &read["peer"]), (&own.id(), &other.id()));
        client.next("message:deleted").await;
        assert_eq!(client.count("message:read"), 0);
    }
}

#[tokio::test]
async fn typing_goes_to_friends_only_and_stops_with_the_friendship() {
    let world = World::start().await;
    let (north, south) = (world.gateway().await, world.gateway().await);
    let (ada, bob) = world.friends().await;
    let stranger = world.person().await;
    let node = Node::start();
    let typist = node.connect(&north.url(), &world.token(ada));
    let mut friend = node.connect(&south.url(), &world.token(bob));
    let mut other = node.connect(&south.url(), &world.token(stranger));
    friend.next("welcome").await;
    other.next("welcome").await;

    let typing = |to: Value| typist.ask("typing", json!({ "to": to, "active": true }));
    assert_eq!(typing(bob.id()).await, json!({ "ok": true }));
    assert_eq!(
        friend.next("typing").await,
        json!({ "from": ada.id(), "active": true })
    );
    assert_eq!(typing(stranger.id()).await["problem"]["code"], "not-friends");
    assert_eq!(typing(ada.id()).await["problem"]["code"], "not-friends");

    world.befriend(ada, stranger).await;
    until(async || typing(stranger.id()).await["ok"] == true).await;
    other.next("typing").await;
    world.part(bob, ada).await;
    until(async || typing(bob.id()).await["problem"]["code"] == "not-friends").await;
}

#[tokio::test]
async fn two_tabs_share_one_set_of_subscriptions() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let token = world.token(ada);
    let mut tabs = [
        node.connect(&gateway.url(), &token),
        node.connect(&gateway.url(), &token),
    ];
    for tab in &mut tabs {
        let welcome = tab.next("welcome").await;
        assert_eq!(welcome["account_id"], ada.id());
    }
    metric_becomes(&gateway, "gateway_connections", 2.0).await;
    metric_becomes(&gateway, "gateway_people", 1.0).await;
    metric_becomes(&gateway, "gateway_subscriptions", 3.0).await;
    let [mut first, second] = tabs;
    second.disconnect();
    metric_becomes(&gateway, "gateway_connections", 1.0).await;
    metric_becomes(&gateway, "gateway_subscriptions", 3.0).await;
    world.message(bob, ada, "still here?").await;
    assert_eq!(first.next("message:new").await["message"]["text"], "still here?");

    // In and out, many times at once: what is left is right.
    let comers: Vec<_> = (0..15).map(|_| node.connect(&gateway.url(), &token)).collect();
    for (n, mut comer) in comers.into_iter().enumerate() {
        if n % 2 == 0 {
            comer.next("connect").await;
        }
        comer.disconnect();
    }
    first.disconnect();
    let mut again = node.connect(&gateway.url(), &token);
    again.next("welcome").await;
    metric_becomes(&gateway, "gateway_connections", 1.0).await;
    metric_becomes(&gateway, "gateway_subscriptions", 3.0).await;
    world.message(bob, ada, "one").await;
    world.message(bob, ada, "two").await;
    assert_eq!(again.next("message:new").await["message"]["text"], "one");
    assert_eq!(again.next("message:new").await["message"]["text"], "two");
    again.disconnect();
    metric_becomes(&gateway, "gateway_people", 0.0).await;
    metric_becomes(&gateway, "gateway_subscriptions", 0.0).await;
}

#[tokio::test]
async fn a_read_mark_of_the_higher_one_is_the_higher_ones() {
    let world = World::start().await;
    let gateway = world.gateway().await;
    let (ada, bob) = world.friends().await;
    let node = Node::start();
    let mut client = node.connect(&gateway.url(), &world.token(ada));
    client.next("welcome").await;
    let pair = Pair::of(ada.account, bob.account).unwrap();
    let by = pair.hi();
    let read = dm::Read {
        by,
        other: pair.lo(),
        read_up_to: ReadUpTo { lo: 1, hi: 2 },
    };
    let reader = if by == ada.account { ada } else { bob };
    world.append_dm(reader, dm::Event::Read(read)).await;
    let seen = client.next("message:read").await;
    assert_eq!((&seen["reader"], &seen["up_to"]), (&reader.id(), &json!("c2")));
}

/// Asks again until it is so; what it waits for comes within milliseconds, or the test's runner gives up.
async fn until(is_so: impl AsyncFn() -> bool) {
    let asked = async {
        while !is_so().await {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), asked)
        .await
        .expect("it becomes so");
}
