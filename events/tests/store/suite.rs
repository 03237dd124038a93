//! What the event store promises, on whichever servers it stands: one, or a cluster of three.

#![expect(
    clippy::unwrap_used,
    reason = "clippy's leave for tests doesn't reach their helpers"
)]

use std::collections::{HashMap, HashSet};

use async_nats::jetstream;
use events::{
    AccountId, AppendError, BatchLimits, CommandId, Event, EventStore, Expect, Meta, NewEvent, Pair,
    Personal, PostId, Recorded, Scope, Stream, account, dm, friendship, name, post,
};
use futures::{StreamExt, future::join_all};
use testkit::{TestSystem, at, random_id};
use uuid::Uuid;

pub(crate) fn new_id<T: From<Uuid>>() -> T {
    T::from(random_id())
}

pub(crate) fn meta(actor: AccountId) -> Meta {
    Meta {
        at: at(0),
        command_id: new_id(),
        command_hash: None,
        actor: Some(actor),
        traceparent: None,
    }
}

/// An account with a key, which can act.
pub(crate) async fn person(store: &EventStore) -> AccountId {
    let account = new_id();
    store.keyring().create(account).await.unwrap();
    account
}

pub(crate) fn published(post: PostId, author: AccountId, text: &str) -> NewEvent {
    let blocks = vec![post::Block::Text {
        text: text.to_owned(),
    }];
    let version = post::Version {
        post,
        author,
        visibility: post::Visibility::Public,
        personal: Personal::Known(post::Content { blocks }),
    };
    NewEvent {
        scope: Scope::post(post),
        event: post::Event::Published(version).into(),
        expect: Expect::Sequence(0),
    }
}

fn sign_up(account: AccountId, username: &str, email: &str) -> Vec<NewEvent> {
    let names = TestSystem::names();
    let registration = account::Registration {
        username: username.to_owned(),
        email: email.to_owned(),
        display_name: username.to_owned(),
        password_hash: "hash".to_owned(),
    };
    let signed_up = account::SignedUp {
        account,
        personal: Personal::Known(registration),
    };
    let claimed = || name::Event::Claimed(name::Holder { account });
    [
        (
            Scope::account(account),
            account::Event::SignedUp(signed_up).into(),
        ),
        (
            Scope::username(&names.username(username)),
            Event::Username(claimed()),
        ),
        (Scope::email(&names.email(email)), Event::Email(claimed())),
    ]
    .map(|(scope, event)| NewEvent {
        scope,
        event,
        expect: Expect::Sequence(0),
    })
    .to_vec()
}

pub(crate) async fn all_events(store: &EventStore, stream: Stream) -> Vec<Recorded> {
    let last = store.last_position(stream).await.unwrap();
    let mut events = Vec::new();
    if last.sequence == 0 {
        return events;
    }
    let name = format!("all-{}", random_id().simple());
    let inactive = std::time::Duration::from_secs(30);
    let limits = BatchLimits::default();
    let mut reader = store.reader(stream, &name, 0, inactive, limits).await.unwrap();
    while events.last().is_none_or(|event: &Recorded| event.position < last) {
        let batch = reader.next_batch(limits).await.unwrap();
        for event in store.decode_many(&batch).await.unwrap() {
            events.push(event.unwrap());
        }
    }
    events
}

pub(crate) async fn of_contenders_for_a_name_one_wins_and_the_others_leave_nothing(store: &EventStore) {
    let contenders = join_all((0..40).map(|_| person(store))).await;
    let tries = contenders.iter().enumerate().map(|(n, account)| async move {
        let events = sign_up(*account, "ada", &format!("ada{n}@example.org"));
        let meta = meta(*account);
        loop {
            // In doubt a client asks again with the same command.
            match store.append_batch(&events, &meta).await {
                Ok(_) => return true,
                Err(AppendError::Conflict) => return false,
                Err(AppendError::Unavailable(_) | AppendError::OutcomeUnknown) => {}
                Err(error) => panic!("{error}"),
            }
        }
    });
    let won: Vec<bool> = join_all(tries).await;
    let winners: Vec<AccountId> = contenders
        .iter()
        .zip(&won)
        .filter(|(_, won)| **won)
        .map(|(account, _)| *account)
        .collect();
    assert_eq!(winners.len(), 1);

    let ours: HashSet<AccountId> = contenders.into_iter().collect();
    let events = all_events(store, Stream::Events).await;
    let claimed: Vec<&Event> = events
        .iter()
        .map(|event| &event.event)
        .filter(|event| match event {
            Event::Account(account::Event::SignedUp(event)) => ours.contains(&event.account),
            Event::Username(name::Event::Claimed(holder)) | Event::Email(name::Event::Claimed(holder)) => {
                ours.contains(&holder.account)
            }
            _ => false,
        })
        .collect();
    assert_eq!(
        claimed.len(),
        3,
        "one account, one username, one address: {claimed:?}"
    );
}

pub(crate) async fn a_repeated_command_appends_once(store: &EventStore) {
    let author = person(store).await;
    let (new, meta) = (published(new_id(), author, "once"), meta(author));
    let first = store.append(new.clone(), &meta).await.unwrap();
    let again = store.append(new.clone(), &meta).await.unwrap();
    assert_eq!((first.duplicate, again.duplicate), (false, true));
    assert_eq!(first.position, again.position);

    let other = store.append(new, &self::meta(author)).await;
    assert!(
        matches!(other, Err(AppendError::Conflict)),
        "another command is no repeat: {other:?}"
    );
}

pub(crate) async fn a_repeated_command_appends_once_beyond_the_duplicate_window_too(store: &EventStore) {
    let author = person(store).await;
    let name = store.namespace().stream(Stream::Events);
    let jetstream = jetstream::new(store.client().clone());
    let mut config = jetstream
        .get_stream(&name)
        .await
        .unwrap()
        .cached_info()
        .config
        .clone();
    config.duplicate_window = std::time::Duration::from_millis(200);
    jetstream.update_stream(config).await.unwrap();

    let (new, meta) = (published(new_id(), author, "once"), meta(author));
    let first = store.append(new.clone(), &meta).await.unwrap();
    // The server forgets in order: once it takes a later message a second time, the command is forgotten too.
    let probe = || {
        let mut headers = async_nats::HeaderMap::new();
        headers.insert("Nats-Msg-Id", meta.command_id.to_string());
        let subject = store.namespace().absolute("evt.0.probe.x.probed");
        jetstream.publish_with_headers(subject, headers, "{}".into())
    };
    assert!(!probe().await.unwrap().await.unwrap().duplicate);
    while probe().await.unwrap().await.unwrap().duplicate {
        tokio::task::yield_now().await;
    }
    let again = store.append(new, &meta).await.unwrap();
    assert!(again.duplicate);
    assert_eq!(first.position, again.position);
}

pub(crate) async fn a_repeated_batch_appends_once(store: &EventStore) {
    let account = person(store).await;
    let (events, meta) = (sign_up(account, "grace", "grace@example.org"), meta(account));
    let first = store.append_batch(&events, &meta).await.unwrap();
    let again = store.append_batch(&events, &meta).await.unwrap();
    assert!(again.iter().all(|event| event.duplicate));
    assert!(
        first
            .iter()
            .zip(&again)
            .all(|(first, again)| first.position == again.position)
    );
    for (new, appended) in events.iter().zip(&first) {
        let stored = store.event_at(appended.position).await.unwrap().unwrap();
        assert_eq!(stored.event, new.event);
    }
}

pub(crate) async fn a_history_is_the_last_of_each_type_in_order(store: &EventStore) {
    let pair = Pair::of(new_id(), new_id()).unwrap();
    let (scope, [by, other]) = (Scope::friendship(pair), pair.members());
    assert_eq!(store.history(&scope).await.unwrap().last_sequence, 0);
    let step = || friendship::Step { by, other };
    let steps = [
        friendship::Event::Requested(step()),
        friendship::Event::Cancelled(step()),
        friendship::Event::Requested(step()),
    ];
    let mut last = 0;
    for event in steps {
        let new = NewEvent {
            scope: scope.clone(),
            event: event.into(),
            expect: Expect::Sequence(last),
        };
        let stale = NewEvent {
            expect: Expect::Sequence(last + 1),
            ..new.clone()
        };
        assert!(matches!(
            store.append(stale, &meta(by)).await,
            Err(AppendError::Conflict)
        ));
        last = store.append(new, &meta(by)).await.unwrap().position.sequence;
    }
    // Right after an acknowledgement a replica may still answer from a moment ago.
    let history = loop {
        let history = store.history(&scope).await.unwrap();
        if history.last_sequence == last {
            break history;
        }
    };
    let types: Vec<&str> = history
        .events
        .iter()
        .map(|event| event.event.event_type())
        .collect();
    assert_eq!(types, ["cancelled", "requested"]);
}

pub(crate) async fn of_many_writers_with_one_expectation_one_wins(store: &EventStore) {
    let author = person(store).await;
    for _ in 0..20 {
        let post = new_id();
        let writers = (0..8).map(|n| async move {
            let (new, meta) = (published(post, author, &n.to_string()), meta(author));
            loop {
                match store.append(new.clone(), &meta).await {
                    Ok(_) => return true,
                    Err(AppendError::Conflict) => return false,
                    Err(AppendError::Unavailable(_) | AppendError::OutcomeUnknown) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        });
        let winners = join_all(writers).await.into_iter().filter(|won| *won).count();
        assert_eq!(winners, 1);
    }
}

pub(crate) async fn what_is_stored_is_republished_and_what_is_refused_is_not(store: &EventStore) {
    let (from, to) = (person(store).await, person(store).await);
    let mut live = Vec::new();
    for subject in store.namespace().live_dm(to) {
        live.push(store.client().subscribe(subject).await.unwrap());
    }
    store.client().flush().await.unwrap();
    let mut live = futures::stream::select_all(live);
    let message = dm::Message {
        text: "Tea?".to_owned(),
        media: Vec::new(),
    };
    let sent = dm::Sent {
        from,
        to,
        client_id: random_id(),
        personal: Personal::Known(message),
    };
    let scope = Scope::dm(Pair::of(from, to).unwrap());
    let new = NewEvent {
        scope,
        event: dm::Event::Sent(sent).into(),
        expect: Expect::SequenceOfType(0),
    };
    let appended = store.append(new.clone(), &meta(from)).await.unwrap();
    let refused = store.append(new.clone(), &meta(from)).await;
    assert!(matches!(refused, Err(AppendError::Conflict)));
    let after = NewEvent {
        expect: Expect::Anything,
        ..new
    };
    let next = store.append(after, &meta(from)).await.unwrap();

    for position in [appended.position, next.position] {
        let heard = store.decode_live(live.next().await.unwrap()).await.unwrap();
        assert_eq!(heard.position, position);
        assert_eq!(Some(heard), store.event_at(position).await.unwrap());
    }
}

pub(crate) async fn an_event_beyond_the_limit_is_too_large(store: &EventStore) {
    let author = person(store).await;
    let refused = store
        .append(published(new_id(), author, &"x".repeat(300_000)), &meta(author))
        .await;
    assert!(matches!(refused, Err(AppendError::TooLarge)), "{refused:?}");
}

/// Writers that each append a chain of posts, repeating a command until it is acknowledged.
pub(crate) async fn write_posts(
    store: &EventStore,
    writers: usize,
    each: usize,
) -> HashMap<CommandId, events::Position> {
    let writers = (0..writers).map(|_| async move {
        let author = person(store).await;
        let mut acknowledged = Vec::with_capacity(each);
        for n in 0..each {
            let (new, meta) = (published(new_id(), author, &n.to_string()), meta(author));
            let position = loop {
                match store.append(new.clone(), &meta).await {
                    Ok(appended) => break appended.position,
                    Err(AppendError::Conflict) => panic!("nobody else writes this post"),
                    Err(_) => tokio::task::yield_now().await,
                }
            };
            acknowledged.push((meta.command_id, position));
        }
        acknowledged
    });
    join_all(writers).await.into_iter().flatten().collect()
}

/// Every acknowledged command is in the stream once, where its writer was told, and nothing else is.
pub(crate) async fn holds_exactly(store: &EventStore, acknowledged: &HashMap<CommandId, events::Position>) {
    let mut held = HashMap::new();
    for event in all_events(store, Stream::Events).await {
        if acknowledged.contains_key(&event.meta.command_id) {
            let before = held.insert(event.meta.command_id, event.position);
            assert_eq!(before, None, "{} was appended twice", event.meta.command_id);
        }
    }
    assert_eq!(&held, acknowledged);
}
