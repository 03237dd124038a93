//! Pages neither skip nor repeat, whatever is written meanwhile.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use events::{AccountId, post::Visibility};
use serde_json::Value;

use crate::{
    api::{Api, each},
    documents::Filled,
    world::{World, account},
};

/// All pages of a list, from the first to the last.
async fn all_pages(api: &Api, viewer: AccountId, list: &str, limit: usize) -> Vec<Value> {
    let joint = if list.contains('?') { '&' } else { '?' };
    let mut path = format!("{list}{joint}limit={limit}");
    let mut pages = Vec::new();
    loop {
        let page = api.get(viewer, &path).await;
        let items = page["items"].as_array().expect("a list").len();
        assert!(items <= limit, "{path}");
        let next = page["next_cursor"].as_str().map(str::to_owned);
        // Whoever may see all of them never gets a short page but the last; only a search passes over friends, who
        // came first, where it goes on among everybody.
        let passes_over = list.starts_with("/v1/search/");
        assert!(items == limit || next.is_none() || passes_over, "{path}: {items}");
        pages.push(page);
        match next {
            Some(cursor) => path = format!("{list}{joint}limit={limit}&cursor={cursor}"),
            None => return pages,
        }
    }
}

fn gathered(pages: &[Value], field: &str) -> Vec<String> {
    let items = pages.iter().flat_map(|page| each(page, field));
    items.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_skipped_or_repeated_while_others_write() {
    let world = World::start().await;
    let [ann, bob, _reader] = world.people(["ann", "bob", "reader"]).await;
    let mut there = BTreeSet::new();
    for n in 0..60 {
        let text = format!("there {n}");
        world.publish([ann, bob][n % 2], Visibility::Public, &text).await;
        there.insert(text);
    }
    world.settled().await;
    let done = AtomicBool::new(false);
    let (written, ()) = tokio::join!(
        async {
            // New posts, and old ones that are deleted, edited and hidden under the reader's hands.
            let mut n = 0;
            while !done.load(Ordering::Relaxed) {
                world.publish(ann, Visibility::Public, &format!("new {n}")).await;
                let old = format!("there {}", (n * 2 + 1) % 30);
                world
                    .edit(bob, &old, Visibility::Public, &format!("{old}, edited"))
                    .await;
                world.delete(ann, &format!("there {}", 30 + (n * 2) % 30)).await;
                n += 1;
            }
            n
        },
        async {
            for round in 0..8 {
                let pages = all_pages(&world.api, account("reader"), "/v1/explore", 7).await;
                let positions: Vec<u64> = gathered(&pages, "/position")
                    .iter()
                    .map(|position| position[1..].parse().expect("a position"))
                    .collect();
                assert!(
                    positions.is_sorted_by(|a, b| a > b),
                    "round {round}: {positions:?}"
                );
                let seen: BTreeSet<String> = gathered(&pages, "/blocks/0/text")
                    .iter()
                    .map(|text| text.trim_end_matches(", edited").to_owned())
                    .collect();
                // What is never deleted is in every round.
                for text in there.iter().filter(|text| !deletable(text)) {
                    assert!(seen.contains(text), "round {round} lacks {text}");
                }
            }
            done.store(true, Ordering::Relaxed);
        }
    );
    println!("{written} rounds of writing meanwhile");
    assert!(written > 0);
}

/// Whether the writer may delete it: every other one of the later half.
fn deletable(text: &str) -> bool {
    let number: usize = text["there ".len()..].parse().expect("a number");
    number >= 30 && number.is_multiple_of(2)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_gives_each_of_its_rows_once_whatever_the_limit() {
    let filled = Filled::new().await;
    let chat = format!("/v1/conversations/{}/messages", filled.peer);
    let of_post = |what: &str| format!("/v1/posts/{}/{what}", filled.some_post);
    for (list, key, count) in [
        ("/v1/friends", "/id", 150),
        ("/v1/friend-requests", "/id", 60),
        ("/v1/friend-requests?direction=outgoing", "/id", 60),
        ("/v1/users/person0/friends", "/id", 150),
        // Those who are blocked are not found.
        ("/v1/search/users?q=person", "/id", 320),
        ("/v1/search/users?q=person1", "/id", 111),
        ("/v1/users/person1/posts", "/id", 10),
        ("/v1/feed", "/id", 1_510),
        ("/v1/blocks", "/id", 80),
        ("/v1/notifications", "/id", 200),
        ("/v1/chats", "/peer/id", 120),
        ("/v1/auth/sessions", "/id", 60),
        (chat.as_str(), "/position", 40),
        (&of_post("comments"), "/id", 250),
        (&of_post("likes"), "/id", 300),
        (&of_post("history"), "/position", 131),
    ] {
        let mut orders = Vec::new();
        for limit in [100, 17, 1] {
            if limit == 1 && count > 100 {
                continue;
            }
            let pages = all_pages(&filled.api, filled.me, list, limit).await;
            orders.push(gathered(&pages, key));
        }
        assert_eq!(orders[0].len(), count, "{list}");
        assert_eq!(orders[0].iter().collect::<BTreeSet<_>>().len(), count, "{list}");
        assert!(orders.iter().all(|order| *order == orders[0]), "{list}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_paged_from_any_position_in_both_directions() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    world.befriend(ann, bob).await;
    let mut sent = Vec::new();
    for n in 0..10 {
        sent.push(
            world
                .send([ann, bob][n % 2], [bob, ann][n % 2], &format!("{n}"))
                .await,
        );
    }
    world.settled().await;
    let position = |n: usize| sent[n].position;
    let ask = async |query: String| {
        let path = format!("/v1/conversations/{bob}/messages?{query}");
        let page = world.api.get(ann, &path).await;
        let texts = each(&page, "/text").concat();
        (texts, page["next_cursor"].as_str().map(str::to_owned))
    };
    let all = "9876543210";
    assert_eq!(ask(String::new()).await, (all.to_owned(), None));
    assert_eq!(
        ask(format!("before={}", position(3))).await,
        ("210".to_owned(), None)
    );
    assert_eq!(
        ask(format!("after={}", position(6))).await,
        ("987".to_owned(), None)
    );
    let between = format!("after={}&before={}", position(3), position(6));
    assert_eq!(ask(between).await, ("54".to_owned(), None));
    assert_eq!(ask("before=c0".to_owned()).await, (String::new(), None));

    let (texts, cursor) = ask("limit=4".to_owned()).await;
    assert_eq!(texts, "9876");
    let (texts, cursor) = ask(format!("limit=4&cursor={}", cursor.expect("more"))).await;
    assert_eq!(texts, "5432");
    let (texts, cursor) = ask(format!("limit=4&cursor={}", cursor.expect("more"))).await;
    assert_eq!((texts.as_str(), cursor), ("10", None));

    // Forward the page follows the position directly, newest first all the same.
    let after = format!("limit=4&after={}", position(1));
    let (texts, cursor) = ask(after.clone()).await;
    assert_eq!(texts, "5432");
    let (texts, cursor) = ask(format!("limit=4&cursor={}", cursor.expect("more"))).await;
    assert_eq!((texts.as_str(), cursor), ("9876", None));
}
