//! Where people are signed in.

use events::{AccountId, SessionId};
use testkit::random_id;

use crate::{api::each, world::World};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

async fn devices(world: &World, viewer: AccountId, session: SessionId) -> (Vec<String>, Vec<bool>) {
    let token = world.api.token_in(viewer, session);
    let answer = world.api.ask("/v1/auth/sessions").token(&token).send().await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let list = answer.ok("sessions");
    let items = list["items"].as_array().expect("a list");
    let current = items.iter().map(|item| item["current"] == true).collect();
    (
        each(&list, "/device").into_iter().map(str::to_owned).collect(),
        current,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sees_where_one_is_signed_in_until_one_is_not() {
    let world = World::start().await;
    let [ann, bob] = world.people(["ann", "bob"]).await;
    let [laptop, phone, tool, bobs] = [(); 4].map(|()| SessionId::from(random_id()));
    world.sign_in(ann, laptop, FIREFOX).await;
    world
        .sign_in(ann, phone, "Mozilla/5.0 (iPhone) Version/17.5 Safari/604.1")
        .await;
    world.sign_in(bob, bobs, FIREFOX).await;
    world.sign_in(ann, tool, "curl/8.5.0").await;
    world.settled().await;
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        devices(&world, ann, laptop).await,
        (
            names(&["curl", "Safari on iPhone", "Firefox on Linux"]),
            vec![false, false, true]
        )
    );
    world.sign_out(ann, tool).await;
    world.settled().await;
    assert_eq!(
        devices(&world, ann, phone).await,
        (
            names(&["Safari on iPhone", "Firefox on Linux"]),
            vec![true, false]
        )
    );
    // One event of the account ends all but one, and none of the sessions has an event that says so.
    world.sign_out_everywhere(ann, Some(laptop)).await;
    world.settled().await;
    assert_eq!(
        devices(&world, ann, laptop).await,
        (names(&["Firefox on Linux"]), vec![true])
    );
}
