//! Events that can't be applied: parked with what waits behind them, tried again, discarded.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use bson::doc;
use events::{
    AccountId, CommandId, Event, Expect, Meta, NewEvent, Personal, Position, PostId, Recorded, Scope, Stream,
    post, reaction,
};
use futures::TryStreamExt;
use projector::{Announcement, ApplyError, Key, Loaded, Projection, Settings, Sweep, Write, projections};
use read_model::{engine::DeadLetter, versioned};
use testkit::{TestSystem, at, random_id};

use crate::{
    operating::{database_of_rebuild, operate},
    running::Running,
    watch::{Watch, assert_same, dump, eventually},
    world::World,
};

fn settings() -> Settings {
    Settings {
        owner: "one".to_owned(),
        ..Settings::default()
    }
}

async fn append(system: &TestSystem, scope: Scope, event: Event) -> Position {
    let new = NewEvent {
        scope,
        event,
        expect: Expect::Anything,
    };
    let meta = Meta {
        at: at(0),
        command_id: CommandId::from(random_id()),
        command_hash: None,
        actor: None,
        traceparent: None,
    };
    let appended = system.store.append(new, &meta).await;
    appended.expect("the event is stored").position
}

fn liked(post: PostId, post_author: AccountId) -> Event {
    let by = AccountId::from(random_id());
    reaction::Event::Liked(reaction::Reaction {
        post,
        post_author,
        by,
    })
    .into()
}

fn version(post: PostId, author: AccountId, text: &str) -> post::Version {
    let blocks = vec![post::Block::Text {
        text: text.to_owned(),
    }];
    post::Version {
        post,
        author,
        visibility: post::Visibility::Public,
        personal: Personal::Known(post::Content { blocks }),
    }
}

/// Stores what is no event as if it were one.
async fn store_nonsense(system: &TestSystem, post: PostId) -> Position {
    let subject = Scope::post(post).subject("published");
    let subject = system.store.namespace().absolute(&subject);
    let jetstream = async_nats::jetstream::new(system.store.client().clone());
    let stored = jetstream
        .publish(subject, "not an event".into())
        .await
        .expect("nats answers");
    Position::new(Stream::Events, stored.await.expect("nats answers").sequence)
}

async fn letters(system: &TestSystem) -> Vec<DeadLetter> {
    let database = system.database().await;
    let letters = database.collection::<DeadLetter>(DeadLetter::COLLECTION);
    let found = letters
        .find(doc! {})
        .sort(doc! { "projection": 1, "position": 1 })
        .await;
    found
        .expect("mongod answers")
        .try_collect()
        .await
        .expect("mongod answers")
}

/// Each letter by projection and position, and whether it has an error or only waits.
fn told(letters: &[DeadLetter]) -> BTreeSet<(String, i64, bool)> {
    letters
        .iter()
        .map(|letter| (letter.projection.clone(), letter.position, letter.error.is_some()))
        .collect()
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_parked_with_those_of_its_key_and_all_else_goes_on() {
    let system = TestSystem::start().await;
    let mut world = World::new(&system, 7).await;
    let running = Running::start(&system, &system.name, projections::all(), settings()).await;
    let (post, author) = (PostId::from(random_id()), AccountId::from(random_id()));
    let poison = store_nonsense(&system, post).await;
    let behind = append(&system, Scope::reaction(post), liked(post, author)).await;
    world.steps(100).await;
    let mut watch = Watch::new(&system, &system.name).await;
    watch.until_end(&system).await;
    world.check(&system.database().await).await;

    let [poison, behind] = [poison, behind].map(|position| read_model::position(position.sequence));
    // All that look at posts; those that look at likes have that one wait.
    let expected = [
        ("feed", poison, true),
        ("media_usage", poison, true),
        ("notifications", poison, true),
        ("notifications", behind, false),
        ("posts", poison, true),
        ("posts", behind, false),
    ];
    let expected = expected.map(|(name, position, failed)| (name.to_owned(), position, failed));
    let letters = letters(&system).await;
    assert_eq!(told(&letters), BTreeSet::from(expected));
    assert!(letters.iter().all(|letter| letter.key == post.to_string()));
    let first = letters.iter().find(|letter| letter.error.is_some()).unwrap();
    assert_eq!(first.tries, 5);

    let lacking = running.readiness.lacking();
    let why = lacking.get("posts").expect("operators are told");
    assert!(
        why.contains(&format!("2 events are parked, the first at e{poison}")),
        "{why}"
    );
    assert!(!lacking.contains_key("profiles"), "{lacking:?}");
    running.stop().await;
}

#[tokio::test]
async fn parked_events_are_applied_in_order_once_they_can_be() {
    let system = TestSystem::start().await;
    let refused = Arc::new(Mutex::new(BTreeSet::new()));
    let picky = Arc::new(Picky {
        inner: projections::named(&["posts".to_owned()]).unwrap().remove(0),
        refused: refused.clone(),
    });
    let mut world = World::new(&system, 11).await;
    world.steps(50).await;
    let author = world.someone();
    let post = PostId::from(random_id());
    let published = append(
        &system,
        Scope::post(post),
        post::Event::Published(version(post, author, "first")).into(),
    )
    .await;
    refused.lock().unwrap().insert(published);
    append(
        &system,
        Scope::post(post),
        post::Event::Edited(version(post, author, "second")).into(),
    )
    .await;
    append(&system, Scope::reaction(post), liked(post, author)).await;
    world.steps(50).await;
    let running = Running::start(&system, &system.name, vec![picky], settings()).await;
    let mut watch = Watch::new(&system, &system.name).await;
    watch.until(&["posts"], last(&system).await).await;
    assert_eq!(letters(&system).await.len(), 3);

    // It still can't be applied, and operators are told why.
    let position = published.to_string();
    let again = operate(&system, &["dead-letters", "retry", "posts", &position]).await;
    assert!(!again.succeeded, "{again:?}");
    assert!(
        again.out.contains("can't be applied: a document of "),
        "{again:?}"
    );
    let parked = letters(&system).await;
    assert_eq!((parked.len(), parked[0].tries), (3, 6));

    refused.lock().unwrap().clear();
    let now = operate(&system, &["dead-letters", "retry", "posts"]).await;
    assert!(now.succeeded && now.out.contains(": applied"), "{now:?}");
    eventually("nothing is parked", async || letters(&system).await.is_empty()).await;
    eventually("operators are told", async || running.readiness.is_ready()).await;
    // And what comes after is applied at once.
    let end = append(&system, Scope::reaction(post), liked(post, author)).await;
    watch.until(&["posts"], end).await;
    running.stop().await;
    assert!(letters(&system).await.is_empty());
    let rebuilt = database_of_rebuild(&system).await;
    let (built, rebuilt) = (dump(&system.database().await).await, dump(&rebuilt).await);
    for collection in read_model::posts::PROJECTION.collections {
        let name = versioned(collection.name, read_model::posts::PROJECTION.version);
        assert_eq!(built[&name], rebuilt[&name], "in {name}");
    }
}

#[tokio::test]
async fn a_discarded_event_is_passed_over_and_what_waited_is_applied() {
    let system = TestSystem::start().await;
    let mut world = World::new(&system, 12).await;
    world.steps(30).await;
    let running = Running::start(&system, &system.name, projections::all(), settings()).await;
    let mut watch = Watch::new(&system, &system.name).await;
    let (post, author) = (PostId::from(random_id()), world.someone());
    let nonsense = store_nonsense(&system, post).await;
    let published = append(
        &system,
        Scope::post(post),
        post::Event::Published(version(post, author, "after all")).into(),
    )
    .await;
    watch.until(&["posts", "feed"], published).await;

    let shown = operate(&system, &["dead-letters", "show", "posts", &nonsense.to_string()]).await;
    assert!(shown.succeeded && shown.out.contains("not an event"), "{shown:?}");
    let too_early = operate(
        &system,
        &["dead-letters", "discard", "posts", &published.to_string()],
    )
    .await;
    assert!(!too_early.succeeded, "{too_early:?}");
    assert!(
        too_early
            .err
            .contains(&format!("it waits behind the one at {nonsense}")),
        "{too_early:?}"
    );
    for name in ["feed", "media_usage", "notifications", "posts"] {
        let done = operate(&system, &["dead-letters", "discard", name, &nonsense.to_string()]).await;
        assert!(done.succeeded && done.out.contains("discarded"), "{done:?}");
    }
    eventually("nothing is parked", async || letters(&system).await.is_empty()).await;
    let listed = operate(&system, &["dead-letters", "list"]).await;
    assert_eq!(listed.out.trim(), "No event is parked.");
    eventually("operators are told", async || running.readiness.is_ready()).await;
    running.stop().await;

    // The same documents as if the nonsense had never been there.
    let rebuilt = database_of_rebuild_without(&system).await;
    assert_same(&system.database().await, &rebuilt).await;
}

/// A rebuild, its only letters discarded as well.
async fn database_of_rebuild_without(system: &TestSystem) -> mongodb::Database {
    let name = format!("{}_again", system.name);
    let running = Running::start(system, &name, projections::all(), settings()).await;
    Watch::new(system, &name).await.until_end(system).await;
    let database = crate::watch::database(system, &name).await;
    let letters = database.collection::<DeadLetter>(DeadLetter::COLLECTION);
    let wish = doc! { "$set": { "wish": "discard" } };
    letters
        .update_many(doc! { "error": { "$ne": null } }, wish)
        .await
        .expect("the server answers");
    eventually("nothing is parked", async || {
        letters
            .count_documents(doc! {})
            .await
            .expect("the server answers")
            == 0
    })
    .await;
    running.stop().await;
    database
}

async fn last(system: &TestSystem) -> Position {
    system
        .store
        .last_position(Stream::Events)
        .await
        .expect("the server answers")
}

/// A projection that refuses some events until it is told not to.
struct Picky {
    inner: Arc<dyn Projection>,
    refused: Arc<Mutex<BTreeSet<Position>>>,
}

impl Projection for Picky {
    fn model(&self) -> &'static read_model::Projection {
        self.inner.model()
    }

    fn aggregates(&self) -> &'static [&'static str] {
        self.inner.aggregates()
    }

    fn needs(&self, event: &Recorded, shard: projector::Shard) -> Vec<Key> {
        self.inner.needs(event, shard)
    }

    fn sweeps(&self, event: &Recorded, shard: projector::Shard) -> Vec<Sweep> {
        self.inner.sweeps(event, shard)
    }

    fn apply(
        &self,
        event: &Recorded,
        loaded: &Loaded,
        shard: projector::Shard,
    ) -> Result<Vec<Write>, ApplyError> {
        if self
            .refused
            .lock()
            .expect("nobody panics")
            .contains(&event.position)
        {
            return Err(ApplyError::Undeclared("nothing"));
        }
        self.inner.apply(event, loaded, shard)
    }

    fn announce(
        &self,
        event: &Recorded,
        loaded: &Loaded,
        shard: projector::Shard,
    ) -> Result<Vec<Announcement>, ApplyError> {
        self.inner.announce(event, loaded, shard)
    }
}
