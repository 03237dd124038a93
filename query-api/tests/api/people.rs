//! Finding people: by name, and by friends in common.

use events::{AccountId, Position};
use serde_json::Value;

use crate::{
    api::each,
    world::{World, account},
};

async fn names(world: &World, viewer: AccountId, path: &str) -> Vec<String> {
    let list = world.api.get(viewer, path).await;
    each(&list, "/username").into_iter().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_found_by_the_beginning_of_any_name_friends_first() {
    let world = World::start().await;
    let [ann, annika, bob, eve, fay, _ann_lee, zoe] = world
        .people(["ann", "annika", "bob", "eve", "fay", "ann_lee", "zoe"])
        .await;
    world.rename(bob, "Björn Ünal-Annersson").await;
    world.rename(zoe, "Zoe ANNIE").await;
    world.rename(annika, "Annika Anning").await;
    world.rename(eve, "Anneliese").await;
    world.befriend(ann, zoe).await;
    world.befriend(ann, annika).await;
    world.block(ann, eve).await;
    world.block(fay, ann).await;
    world.settled().await;
    for (query, found) in [
        // Friends in the order of the word, annie and annika; then everybody else in the same order.
        ("ann", &["zoe", "annika", "ann", "ann_lee", "bob"][..]),
        ("ANNI", &["zoe", "annika"]),
        ("ann_", &["ann_lee"]),
        ("anners", &["bob"]),
        ("unal", &["bob"]),
        ("%C3%9CN", &["bob"]),
        ("bjo%CC%88rn", &["bob"]),
        ("ann bj", &["bob"]),
        ("bob", &["bob"]),
        // A part of a name in its midst, and those who are blocked either way.
        ("nnika", &[]),
        ("eve", &[]),
        ("annel", &[]),
        ("fay", &[]),
        ("", &[]),
        ("%20.*", &[]),
    ] {
        let path = format!("/v1/search/users?q={query}");
        assert_eq!(names(&world, ann, &path).await, found, "{query}");
    }
    // Neither part is cut short by the pages.
    let mut path = "/v1/search/users?q=ann&limit=1".to_owned();
    let mut paged = Vec::new();
    loop {
        let page = world.api.get(ann, &path).await;
        paged.extend(each(&page, "/username").into_iter().map(str::to_owned));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/search/users?q=ann&limit=1&cursor={cursor}");
    }
    assert_eq!(paged, ["zoe", "annika", "ann", "ann_lee", "bob"]);
    let found = world.api.get(ann, "/v1/search/users?q=ann").await;
    assert_eq!(
        each(&found, "/relationship"),
        ["friends", "friends", "self", "none", "none"]
    );
    // Others see whom Ann doesn't.
    assert_eq!(names(&world, bob, "/v1/search/users?q=eve").await, ["eve"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_all_scripts_are_found_as_their_readers_type_them() {
    let world = World::start().await;
    let [ann, taro, gaku, kim, igor, shane, mahmoud] = world
        .people(["ann", "tyamada", "gaku", "kim", "igor", "shane", "mahmoud"])
        .await;
    for (person, name) in [
        (taro, "山田太郎"),
        (gaku, "がく"),
        (kim, "김철수"),
        (igor, "Йонас Ёлкин"),
        (shane, "Shane O’Brien-Groß"),
        (mahmoud, "أحمد مح\u{200d}مد"),
    ] {
        world.rename(person, name).await;
    }
    world.befriend(ann, taro).await;
    world.settled().await;
    for (query, found) in [
        // The given name in a name without spaces, among friends and others alike.
        ("太郎", &["tyamada"][..]),
        ("山田%20太郎", &["tyamada"]),
        ("철수", &["kim"]),
        ("기", &["kim"]),
        // Voicing is no accent, in any width.
        ("か", &[]),
        ("ｶﾞ", &[]),
        ("が", &["gaku"]),
        // й is a letter, ё is written е as often.
        ("ио", &[]),
        ("ЙО", &["igor"]),
        ("ЕЛК", &["igor"]),
        // Case folding, apostrophes, hyphens.
        ("GROSS", &["shane"]),
        ("obri", &["shane"]),
        ("o'b", &["shane"]),
        ("ＳＨＡＮＥ", &["shane"]),
        // Looked through: a joiner in the name, a soft hyphen in what is sought.
        ("محمد", &["mahmoud"]),
        ("sha\u{ad}ne", &["shane"]),
        // As pages write usernames.
        ("@SHA", &["shane"]),
        ("%20@sha%20", &["shane"]),
    ] {
        let path = format!("/v1/search/users?q={query}");
        assert_eq!(names(&world, ann, &path).await, found, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_found_by_its_username_as_it_is_typed_and_by_no_other() {
    let world = World::start().await;
    let [kim] = world.people(["kim"]).await;
    world.settled().await;
    for typed in ["kim", "KIM", "@kim", "@Kim", "%20kim%20"] {
        let profile = world.api.get(kim, &format!("/v1/users/{typed}")).await;
        assert_eq!(profile["username"], "kim", "{typed}");
    }
    // The Kelvin sign, a dotless and a dotted i, full width, an invisible character, two signs.
    for typed in ["\u{212a}im", "kım", "kİm", "ｋｉｍ", "kim\u{200b}", "@@kim"] {
        let path = format!("/v1/users/{typed}");
        let answer = world.api.ask_as(kim, &path).send().await;
        answer.is_problem(404, "user-not-found", &path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_found_by_the_new_name_at_once_and_not_at_all_once_erased() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let found = async |query: &str, position: Position| {
        let path = format!("/v1/search/users?q={query}");
        let answer = world.api.ask_as(ann, &path).after(position).wait(10).send().await;
        assert_eq!(answer.header("echo-consistency"), "applied");
        each(&answer.ok(query), "/username").len()
    };
    let position = world.rename(bob, "Robert").await;
    assert_eq!(
        (found("robert", position).await, found("bob", position).await),
        (1, 1)
    );
    let position = world.rename(bob, "Bobby").await;
    assert_eq!(
        (found("robert", position).await, found("bobb", position).await),
        (0, 1)
    );
    let position = world.erase(bob).await;
    assert_eq!(
        (found("bobby", position).await, found("bob", position).await),
        (0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn friends_of_friends_are_suggested_by_how_many_friends_are_shared() {
    let world = World::start().await;
    let [ann, bob, cid, dan, eve, fay, gus, hal, ida] = world
        .people(["ann", "bob", "cid", "dan", "eve", "fay", "gus", "hal", "ida"])
        .await;
    for friend in [bob, cid] {
        world.befriend(ann, friend).await;
        // All of them are friends of Ann's friends; but for Dan there is something between Ann and each.
        for other in [dan, eve, fay, gus, hal] {
            world.befriend(friend, other).await;
        }
    }
    world.befriend(bob, cid).await;
    world.befriend(cid, ida).await;
    world.block(ann, eve).await;
    world.block(fay, ann).await;
    world.request(ann, gus).await;
    let asked = world.request(hal, ann).await;
    let suggested = async |position: Position| {
        let asked = world.api.ask_as(ann, "/v1/suggestions").after(position).wait(10);
        let list = asked.send().await.ok("suggestions");
        let items = list["items"].as_array().expect("a list");
        let told = |item: &Value| {
            let name = item["username"].as_str().expect("a name").to_owned();
            (name, item["mutual_friends"].as_u64().expect("a number"))
        };
        items.iter().map(told).collect::<Vec<_>>()
    };
    let named = |names: &[(&str, u64)]| {
        let owned = names.iter().map(|(name, mutual)| ((*name).to_owned(), *mutual));
        owned.collect::<Vec<_>>()
    };
    assert_eq!(suggested(asked).await, named(&[("dan", 2), ("ida", 1)]));
    // What one did oneself shows in the next answer, though the counting is kept for a while.
    let position = world.request(ann, dan).await;
    assert_eq!(suggested(position).await, named(&[("ida", 1)]));
    let position = world.befriend(ann, ida).await;
    assert_eq!(suggested(position).await, named(&[]));
    world.people(["jim"]).await;
    world.befriend(ida, account("jim")).await;
    let position = world.befriend(ida, dan).await;
    assert_eq!(suggested(position).await, named(&[("jim", 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_friends_has_no_suggestions() {
    let world = World::start().await;
    let [ann, _bob] = world.people(["ann", "bob"]).await;
    world.settled().await;
    assert_eq!(names(&world, ann, "/v1/suggestions").await, [""; 0]);
}
