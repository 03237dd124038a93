//! Keys that are destroyed or wrapped anew, on a server whose files can be looked at.

use std::time::Duration;

use async_nats::jetstream::{self, kv};
use events::{
    AccountId, DataKey, EventStore, KeyError, KeyState, Keyring, MasterKeys, Personal, Rotation, Stream,
};
use futures::future::join_all;
use secrecy::SecretString;
use serde_json::Value;
use testkit::{NatsServer, TestSystem, at, servers};

use crate::suite::{meta, new_id, person, published};

/// The test system's master key, another one before it, and that one alone.
const OLD: &str = "test:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const BOTH: &str =
    "new:AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=,test:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const NEW: &str = "new:AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=";

async fn system_on(nats: &NatsServer) -> TestSystem {
    let servers = servers().with_nats(&nats.url);
    TestSystem::on(servers).await
}

async fn keyring(system: &TestSystem, masters: &str) -> Keyring {
    let jetstream = jetstream::new(system.store.client().clone());
    let masters = MasterKeys::parse(&SecretString::from(masters)).unwrap();
    Keyring::open(&jetstream, system.store.namespace(), masters)
        .await
        .unwrap()
}

async fn bucket(system: &TestSystem) -> kv::Store {
    let jetstream = jetstream::new(system.store.client().clone());
    let name = system.store.namespace().keys_bucket();
    jetstream.get_key_value(name).await.unwrap()
}

async fn wrapped(system: &TestSystem, account: AccountId) -> String {
    let entry = bucket(system).await.get(account.to_string()).await.unwrap();
    let entry: Value = serde_json::from_slice(&entry.unwrap()).unwrap();
    entry["wrapped"].as_str().unwrap().to_owned()
}

/// Asks again and again: the server writes its files when it likes.
async fn comes_true(what: &str, is_so: impl Fn() -> bool) {
    let asked = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let asked = tokio::time::timeout(Duration::from_mins(1), asked);
    asked.await.unwrap_or_else(|_| panic!("{what}: never"));
}

#[tokio::test]
async fn a_destroyed_key_stands_in_no_file_of_the_server_and_comes_back_for_nobody() {
    let nats = NatsServer::start().await;
    let system = system_on(&nats).await;
    let (gone, stays) = (person(&system.store).await, person(&system.store).await);
    let keys = [wrapped(&system, gone).await, wrapped(&system, stays).await];
    for key in &keys {
        comes_true("the key is in a file", || nats.holds(key.as_bytes())).await;
    }
    let elsewhere = keyring(&system, OLD).await;
    let feed = elsewhere.listen(system.store.namespace()).await.unwrap();
    tokio::spawn(feed.run());
    assert!(matches!(elsewhere.get(gone).await.unwrap(), KeyState::Alive(_)));

    let ring = system.store.keyring();
    ring.erase(gone, at(1)).await.unwrap();
    let tombstone = bucket(&system).await.entry(gone.to_string()).await.unwrap();
    ring.erase(gone, at(2)).await.unwrap();
    assert!(matches!(ring.alive(gone).await, Err(KeyError::Erased(_))));
    // The second time changes nothing, not even when it was.
    let again = bucket(&system).await.entry(gone.to_string()).await.unwrap();
    let revision = |entry: Option<kv::Entry>| entry.unwrap().revision;
    assert_eq!(revision(again), revision(tombstone));
    comes_true("the key is in no file", || !nats.holds(keys[0].as_bytes())).await;
    assert!(nats.holds(keys[1].as_bytes()), "the other one's is");
    // Nor does anybody go on with what they had at hand.
    let heard = async {
        while !matches!(elsewhere.get(gone).await.unwrap(), KeyState::Erased) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), heard)
        .await
        .expect("the announcement comes");
    let nobody = ring.erase(new_id(), at(1)).await;
    assert!(matches!(nobody, Err(KeyError::Missing(_))), "{nobody:?}");
}

#[tokio::test]
async fn what_an_interrupted_change_left_behind_goes_with_the_next() {
    let nats = NatsServer::start().await;
    let system = system_on(&nats).await;
    let account = person(&system.store).await;
    let old = wrapped(&system, account).await;
    // As if a rotation had died after it wrote and before it overwrote.
    let bucket = bucket(&system).await;
    let entry = bucket.entry(account.to_string()).await.unwrap().unwrap();
    let same = entry.value.to_vec();
    let other = String::from_utf8(same).unwrap().replace(&old, "AAAA");
    bucket
        .update(account.to_string(), other.into(), entry.revision)
        .await
        .unwrap();
    comes_true("both are in files", || nats.holds(old.as_bytes())).await;
    system.store.keyring().erase(account, at(1)).await.unwrap();
    comes_true("neither is", || !nats.holds(old.as_bytes())).await;
}

#[tokio::test]
async fn after_another_master_key_everything_is_read_without_the_old_one_and_no_event_was_touched() {
    const PEOPLE: usize = 30;
    let nats = NatsServer::start().await;
    let system = system_on(&nats).await;
    let mut posts = Vec::new();
    for n in 0..PEOPLE {
        let author = person(&system.store).await;
        let new = published(new_id(), author, &format!("post {n}"));
        let appended = system.store.append(new, &meta(author)).await.unwrap();
        posts.push((author, appended.position));
    }
    let erased = posts[0].0;
    system.store.keyring().erase(erased, at(1)).await.unwrap();
    let tombstone = bucket(&system)
        .await
        .entry(erased.to_string())
        .await
        .unwrap()
        .unwrap();
    let old = join_all(posts[1..].iter().map(|(author, _)| wrapped(&system, *author))).await;
    let hash = |key: &DataKey| key.command_hash(b"same key?");
    let before = hash(&system.store.keyring().alive(posts[1].0).await.unwrap());
    let end = system.store.last_position(Stream::Events).await.unwrap();

    // It is broken off at any moment, and begun again.
    for millis in [1, 5, 20] {
        let ring = keyring(&system, BOTH).await;
        let broken_off = tokio::time::timeout(Duration::from_millis(millis), ring.rotate(|_| {}));
        drop(broken_off.await);
    }
    let ring = keyring(&system, BOTH).await;
    ring.rotate(|_| {}).await.unwrap();
    let nothing_left = ring.rotate(|_| {}).await.unwrap();
    let expected = Rotation {
        rewrapped: 0,
        current: u64::try_from(PEOPLE - 1).unwrap(),
        erased: 1,
    };
    assert_eq!(nothing_left, expected);

    let ring = keyring(&system, NEW).await;
    let (client, namespace) = (system.store.client().clone(), system.store.namespace().clone());
    let store = EventStore::new(client, namespace, ring.clone());
    for (_, position) in &posts[1..] {
        let read = store.event_at(*position).await.unwrap().unwrap();
        let events::Event::Post(events::post::Event::Published(version)) = read.event else {
            panic!("a post")
        };
        assert!(matches!(version.personal, Personal::Known(_)));
    }
    assert_eq!(
        hash(&ring.alive(posts[1].0).await.unwrap()),
        before,
        "the same key"
    );
    assert_eq!(system.store.last_position(Stream::Events).await.unwrap(), end);
    let untouched = bucket(&system)
        .await
        .entry(erased.to_string())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (untouched.revision, untouched.value),
        (tombstone.revision, tombstone.value)
    );
    comes_true("nothing under the old key is in a file", || {
        !old.iter().any(|wrapped| nats.holds(wrapped.as_bytes()))
    })
    .await;
    // Who has the old key alone is told so, and never takes anybody for erased.
    let late = keyring(&system, OLD).await;
    let refused = late.get(posts[1].0).await;
    assert!(matches!(refused, Err(KeyError::Wrapped(..))), "{refused:?}");
}

#[tokio::test]
async fn beside_a_rotation_people_come_and_go() {
    let nats = NatsServer::start().await;
    let system = system_on(&nats).await;
    let people = join_all((0..60).map(|_| person(&system.store))).await;
    let ring = keyring(&system, BOTH).await;
    let come_and_go = async {
        let store = &system.store;
        for leaver in &people[..20] {
            store.keyring().erase(*leaver, at(1)).await.unwrap();
            person(store).await;
        }
    };
    let (rotated, ()) = tokio::join!(ring.rotate(|_| {}), come_and_go);
    rotated.unwrap();
    // Services that had the old key in front may have added some meanwhile.
    while ring.rotate(|_| {}).await.unwrap().rewrapped > 0 {}
    let ring = keyring(&system, NEW).await;
    for (n, account) in people.iter().enumerate() {
        let state = ring.get(*account).await.unwrap();
        assert_eq!(matches!(state, KeyState::Erased), n < 20, "{n}");
    }
}
