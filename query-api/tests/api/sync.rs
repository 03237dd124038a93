//! `/v1/sync`: what changed in one's chats, in the order of change, and when it is time to begin anew.

use chrono::TimeDelta;
use events::{AccountId, Position, Stream};
use platform::clock;
use serde_json::Value;

use crate::{documents::Filled, world::World};

async fn sync(world: &World, viewer: AccountId, query: &str) -> Value {
    world.api.get(viewer, &format!("/v1/sync?{query}")).await
}

/// The items in short: what each says, or who has read how far.
fn told(sync: &Value) -> Vec<String> {
    let items = sync["items"].as_array().expect("a list");
    let tell = |item: &Value| match item["type"].as_str() {
        Some("message") => {
            let message = &item["message"];
            let text = message["text"].as_str().unwrap_or("(deleted)");
            assert_eq!(message["deleted"], message["text"].is_null());
            format!("{} {text}", item["changed"].as_str().expect("a position"))
        }
        Some("read") => format!(
            "{} read {} {}",
            item["changed"].as_str().expect("a position"),
            item["read_up_to"],
            item["peer_read_up_to"]
        ),
        other => panic!("{other:?}"),
    };
    items.iter().map(tell).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_comes_once_as_it_is_now_in_the_order_of_change() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let one = world.send(ann, bob, "one").await;
    let two = world.send(bob, ann, "two").await;
    let three = world.send(cid, ann, "three").await;
    world.send(bob, cid, "none of ann's business").await;
    let edited = world.edit_message(one, "one, edited").await;
    let read = world.read(two, None).await;
    let deleted = world.delete_message(three).await;
    world.settled().await;

    let all = sync(&world, ann, "after=c0").await;
    let two_read = format!("{read} read \"{}\" null", two.position);
    let expected = [
        format!("{} two", two.position),
        format!("{edited} one, edited"),
        two_read.clone(),
        format!("{deleted} (deleted)"),
    ];
    assert_eq!(told(&all), expected);
    assert_eq!(all["position"], deleted.to_string());
    assert_eq!(
        (&all["more"], &all["reset"]),
        (&Value::Bool(false), &Value::Bool(false))
    );
    // The other side sees the same read state from theirs.
    let bobs = sync(&world, bob, &format!("after={edited}")).await;
    assert_eq!(told(&bobs), [format!("{read} read null \"{}\"", two.position)]);
    assert_eq!(bobs["items"][0]["peer"], ann.to_string());

    assert_eq!(
        told(&sync(&world, ann, &format!("after={edited}")).await),
        expected[2..]
    );
    let nothing = sync(&world, ann, &format!("after={deleted}")).await;
    assert_eq!(
        (told(&nothing).len(), &nothing["position"]),
        (0, &Value::from(deleted.to_string()))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limited_sync_goes_on_where_it_left_off() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let mut last = None;
    for n in 0..7 {
        let message = world.send(bob, ann, &format!("{n}")).await;
        last = Some(world.read(message, None).await);
    }
    world.settled().await;
    let mut after = "c0".to_owned();
    let mut items = Vec::new();
    loop {
        let part = sync(&world, ann, &format!("after={after}&limit=3")).await;
        items.extend(told(&part));
        part["position"]
            .as_str()
            .expect("a position")
            .clone_into(&mut after);
        if part["more"] == false {
            break;
        }
        assert_eq!(told(&part).len(), 3);
    }
    // One conversation has one read state, and that changed last.
    assert_eq!(items.len(), 8);
    assert_eq!(after, last.expect("a read").to_string());
    let positions: Vec<u64> = items.iter().map(|item| number(item)).collect();
    assert!(positions.is_sorted_by(|a, b| a < b), "{items:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_changed_at_one_position_comes_however_small_the_pages() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    for n in 0..150 {
        world.send(bob, ann, &format!("{n}")).await;
    }
    let before = world.send(cid, ann, "before").await;
    world.silence(bob).await;
    let after = world.send(cid, ann, "after").await;
    world.settled().await;
    for limit in [1, 2, 100] {
        let mut since = format!("c{}", before.position.sequence - 1);
        let (mut texts, mut erased) = (Vec::new(), std::collections::BTreeSet::new());
        loop {
            let part = sync(&world, ann, &format!("after={since}&limit={limit}")).await;
            for item in part["items"].as_array().expect("a list") {
                let message = &item["message"];
                match message["text"].as_str() {
                    Some(text) => texts.push(text.to_owned()),
                    None => assert!(erased.insert(message["id"].to_string()), "{message} came twice"),
                }
            }
            part["position"]
                .as_str()
                .expect("a position")
                .clone_into(&mut since);
            if part["more"] == false {
                break;
            }
        }
        assert_eq!(
            (texts, erased.len()),
            (vec!["before".to_owned(), "after".to_owned()], 150)
        );
        assert_eq!(since, after.position.to_string());
    }
}

fn number(item: &str) -> u64 {
    let (position, _) = item.split_once(' ').expect("a position first");
    position[1..].parse().expect("a position")
}

#[tokio::test(flavor = "multi_thread")]
async fn while_others_write_nothing_is_missed_by_who_stores_the_position_alone() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let begin = sync(&world, ann, "").await;
    assert_eq!(begin["reset"], true);
    let mut after = begin["position"].as_str().expect("a position").to_owned();
    let (wrote, mut held) = tokio::join!(
        async {
            for n in 0..60 {
                let from = if n % 2 == 0 { bob } else { cid };
                let message = world.send(from, ann, &format!("{n}")).await;
                if n % 5 == 0 {
                    world.edit_message(message, &format!("{n}, edited")).await;
                }
            }
            world.send(bob, ann, "the last").await.position
        },
        async {
            let mut held = std::collections::BTreeMap::new();
            while !held.values().any(|text| text == "the last") {
                let part = sync(&world, ann, &format!("after={after}&limit=4")).await;
                for item in part["items"].as_array().expect("a list") {
                    let message = &item["message"];
                    let text = message["text"].as_str().expect("a text").to_owned();
                    held.insert(message["position"].as_str().expect("a position").to_owned(), text);
                }
                part["position"]
                    .as_str()
                    .expect("a position")
                    .clone_into(&mut after);
            }
            held
        }
    );
    assert_eq!(after, wrote.to_string());
    held.retain(|_, text| text != "the last");
    assert_eq!(held.len(), 60);
    let edited = held.values().filter(|text| text.ends_with("edited")).count();
    assert_eq!(edited, 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_after_a_month_begins_anew() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let month_ago = clock::now() - TimeDelta::days(30);
    let old = world
        .send_at(bob, ann, "old", month_ago - TimeDelta::minutes(1))
        .await;
    world
        .send_at(bob, ann, "not so old", month_ago + TimeDelta::minutes(10))
        .await;
    let last = world.send(bob, ann, "new").await;
    world.settled().await;
    let anew = sync(&world, ann, "after=c0").await;
    assert_eq!(
        (&anew["reset"], &anew["position"]),
        (&Value::Bool(true), &Value::from(last.position.to_string()))
    );
    assert_eq!(told(&anew).len(), 0);
    let rest = sync(&world, ann, &format!("after={}", old.position)).await;
    assert_eq!((&rest["reset"], told(&rest).len()), (&Value::Bool(false), 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_read_any_more_is_not_unread() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let unread = async || world.api.get(ann, "/v1/me").await["unread"]["messages"].clone();
    world.send(bob, ann, "hello").await;
    world.send(bob, ann, "anybody there?").await;
    let taken_back = world.send(cid, ann, "never mind").await;
    world.settled().await;
    assert_eq!(unread().await, 3);
    world.delete_message(taken_back).await;
    world.settled().await;
    assert_eq!(unread().await, 2);
    world.silence(bob).await;
    world.settled().await;
    assert_eq!(unread().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_changed_tells_its_age() {
    let world = World::start().await;
    let [ann, bob, cid] = world.people(["ann", "bob", "cid"]).await;
    let long_ago = clock::now() - TimeDelta::days(31);
    let taken_back = world.send(bob, ann, "taken back").await;
    let deleted = world.delete_message_at(taken_back, long_ago).await;
    let message = world.send(cid, ann, "seen").await;
    let read = world.read_at(message, None, long_ago).await;
    world.settled().await;
    // The message is shown as it reads now, and so as old as its end; the same goes for what was read.
    for (change, is_old) in [(deleted, true), (read, true), (message.position, false)] {
        let after = format!("after=c{}", change.sequence - 1);
        let limited = sync(&world, ann, &format!("{after}&limit=1")).await;
        let told = &limited["reset"];
        assert_eq!(told, &Value::Bool(is_old), "{after}: {limited}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_five_thousand_changes_are_a_reset() {
    let filled = Filled::new().await;
    // 120 chats of 40 messages, and 120 read states: 4,920.
    let ask = || filled.api.get(filled.me, "/v1/sync?after=c0");
    assert_eq!(ask().await["reset"], false);
    filled.send_more(80).await;
    let full = ask().await;
    assert_eq!(
        (&full["reset"], &full["more"]),
        (&Value::Bool(false), &Value::Bool(true))
    );
    filled.send_more(1).await;
    let anew = ask().await;
    assert_eq!(
        (&anew["reset"], &anew["position"]),
        (&Value::Bool(true), &Value::from("c1000000"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_beyond_the_watermark_comes_with_the_next_sync() {
    let filled = Filled::new().await;
    let next = filled.next_position(Stream::Chat);
    filled.change_some_message(next).await;
    let path = "/v1/sync?after=c999999";
    let before = filled.api.get(filled.me, path).await;
    assert_eq!(
        (told(&before).len(), &before["position"]),
        (0, &Value::from("c1000000"))
    );
    filled.announce("chat", next).await;
    let answer = filled
        .api
        .ask_as(filled.me, path)
        .after(next)
        .wait(10)
        .send()
        .await;
    let after = answer.ok("sync");
    assert_eq!(
        (told(&after).len(), &after["position"]),
        (1, &Value::from(next.to_string()))
    );
    // Who has seen more elsewhere keeps the position.
    let ahead = Position::new(Stream::Chat, next.sequence + 5);
    let same = filled
        .api
        .get(filled.me, &format!("/v1/sync?after={ahead}"))
        .await;
    assert_eq!(same["position"], ahead.to_string());
}
