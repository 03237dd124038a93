//! Events that change more than fits one transaction, and news of what is stored.

use std::{sync::Arc, time::Duration};

use bson::{Document, doc};
use chrono::{DateTime, TimeDelta, Utc};
use events::{
    AccountId, CommandId, Event, Expect, Meta, NewEvent, Pair, Personal, Position, PostId, Scope, account,
    friendship, post,
};
use futures::StreamExt;
use projector::{PAGE, Projection, Settings, projections};
use read_model::{engine::Versions, uuid, versioned};
use testkit::{TestSystem, random_id};

use crate::{
    running::Running,
    watch::{Watch, assert_same, database, records},
};

/// More than one page, and not a whole number of them.
const POSTS: u32 = 2 * PAGE + 7;

fn feed() -> Vec<Arc<dyn Projection>> {
    projections::named(&["feed".to_owned()]).expect("there is a feed")
}

fn settings(owner: &str) -> Settings {
    Settings {
        owner: owner.to_owned(),
        ..Settings::default()
    }
}

async fn happen(system: &TestSystem, scope: Scope, event: impl Into<Event>, at: DateTime<Utc>) -> Position {
    let new = NewEvent {
        scope,
        event: event.into(),
        expect: Expect::Anything,
    };
    let meta = Meta {
        at,
        command_id: CommandId::from(random_id()),
        command_hash: None,
        actor: None,
        traceparent: None,
    };
    system
        .store
        .append(new, &meta)
        .await
        .expect("the event is stored")
        .position
}

async fn someone(system: &TestSystem) -> AccountId {
    let account = AccountId::from(random_id());
    system
        .store
        .keyring()
        .create(account)
        .await
        .expect("a key can be made");
    account
}

async fn befriend(system: &TestSystem, by: AccountId, other: AccountId) -> Position {
    let pair = Pair::of(by, other).expect("two people");
    let accepted = friendship::Event::Accepted(friendship::Step { by, other });
    happen(system, Scope::friendship(pair), accepted, testkit::at(0)).await
}

async fn publish(system: &TestSystem, author: AccountId, at: DateTime<Utc>) -> Position {
    let post = PostId::from(random_id());
    let published = post::Event::Published(post::Version {
        post,
        author,
        visibility: post::Visibility::Public,
        personal: Personal::Known(post::Content { blocks: vec![] }),
    });
    happen(system, Scope::post(post), published, at).await
}

async fn entries(database: &mongodb::Database, filter: Document) -> u64 {
    let collection = database.collection::<Document>(&versioned("feed", 1));
    collection.count_documents(filter).await.expect("mongod answers")
}

/// A person with many posts and a friend, who is then forgotten.
async fn forgotten(system: &TestSystem) -> (AccountId, AccountId, Position) {
    let (ada, bob) = (someone(system).await, someone(system).await);
    befriend(system, ada, bob).await;
    for _ in 0..POSTS {
        publish(system, ada, testkit::at(0)).await;
    }
    publish(system, bob, testkit::at(0)).await;
    let erased = account::Event::Erased(account::Erased { account: ada });
    let position = happen(system, Scope::account(ada), erased, testkit::at(0)).await;
    (ada, bob, position)
}

#[tokio::test]
async fn an_event_that_changes_more_than_fits_is_applied_page_by_page() {
    let system = TestSystem::start().await;
    let (ada, bob, position) = forgotten(&system).await;
    let running = Running::start(&system, &system.name, feed(), settings("one")).await;
    Watch::new(&system, &system.name)
        .await
        .until(&["feed"], position)
        .await;
    running.stop().await;
    let database = system.database().await;
    let of = |field: &str, account| doc! { field: uuid(account) };
    assert_eq!(entries(&database, of("author", ada)).await, 0);
    assert_eq!(entries(&database, of("owner", ada)).await, 0);
    assert_eq!(entries(&database, of("owner", bob)).await, 1);
    let [record] = &records(&database).await[..] else {
        panic!("one shard")
    };
    assert_eq!(
        (record.position, record.step),
        (read_model::position(position.sequence), 0)
    );
}

#[tokio::test]
async fn whoever_takes_over_in_the_midst_of_an_event_completes_it() {
    let system = TestSystem::start().await;
    let (_, _, position) = forgotten(&system).await;
    let whole = format!("{}_whole", system.name);
    let running = Running::start(&system, &whole, feed(), settings("one")).await;
    Watch::new(&system, &whole).await.until(&["feed"], position).await;
    running.stop().await;

    let (broken, lease) = (system.database().await, Duration::from_millis(200));
    let before = read_model::position(position.sequence - 1);
    let mut midst = false;
    for n in 0.. {
        let settings = Settings {
            lease,
            ..settings(&n.to_string())
        };
        let running = Running::start(&system, &system.name, feed(), settings).await;
        let steps = broken
            .collection::<Document>(read_model::engine::Shard::COLLECTION)
            .clone();
        // As soon as a page is committed, the owner dies; the last one comes to the end.
        let died_at = tokio::time::timeout(Duration::from_mins(1), async {
            loop {
                let record = steps.find_one(doc! {}).await.expect("mongod answers");
                let record = record.unwrap_or_default();
                let at = (record.get_i64("position"), record.get_i64("step"));
                if let (Ok(at), Ok(step)) = at
                    && (at > before || at == before && step > 0 && !midst)
                {
                    return (at, step);
                }
            }
        });
        let (at, step) = died_at.await.expect("it goes on");
        running.die().await;
        midst |= at == before && step > 0;
        if at > before {
            break;
        }
    }
    assert_same(&broken, &database(&system, &whole).await).await;
}

#[tokio::test]
async fn friends_are_told_of_a_new_post_but_not_of_old_ones_nor_by_a_version_that_nobody_reads() {
    let system = TestSystem::start().await;
    let (ada, bob) = (someone(&system).await, someone(&system).await);
    let client = system.store.client();
    let mut heard = client
        .subscribe(system.store.namespace().announced_to(bob))
        .await
        .expect("nats answers");
    client.flush().await.expect("nats answers");
    befriend(&system, ada, bob).await;
    let now = platform::clock::now();
    publish(&system, ada, now - TimeDelta::minutes(5)).await;
    let running = Running::start(&system, &system.name, feed(), settings("one")).await;
    let mut watch = Watch::new(&system, &system.name).await;
    let position = publish(&system, ada, now).await;
    watch.until(&["feed"], position).await;
    let news = heard.next().await.expect("the connection holds");
    let expected = serde_json::json!({ "position": position });
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&news.payload).unwrap(),
        expected
    );
    running.stop().await;

    // Readers use another version now.
    let database = system.database().await;
    let versions = database.collection::<Document>(Versions::COLLECTION);
    let other = doc! { "$set": { "live": 2 } };
    versions.update_one(doc! { "_id": "feed" }, other).await.unwrap();
    let running = Running::start(&system, &system.name, feed(), settings("two")).await;
    let position = publish(&system, ada, platform::clock::now()).await;
    watch.until(&["feed"], position).await;
    let back = doc! { "$set": { "live": 1 } };
    versions.update_one(doc! { "_id": "feed" }, back).await.unwrap();
    running.stop().await;
    let running = Running::start(&system, &system.name, feed(), settings("three")).await;
    let position = publish(&system, ada, platform::clock::now()).await;
    watch.until(&["feed"], position).await;
    let news = heard.next().await.expect("the connection holds");
    let expected = serde_json::json!({ "position": position });
    // What the other version applied is not told later either: the next news is of the next post.
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&news.payload).unwrap(),
        expected
    );
    running.stop().await;
    let in_feed = entries(&database, doc! { "owner": uuid(bob) }).await;
    assert_eq!(in_feed, 4);
}
