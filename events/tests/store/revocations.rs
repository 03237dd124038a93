//! Signing out works at once, on a real server.

use crate::suite::{meta, new_id};
use events::{
    AccountId, EventStore, Expect, NewEvent, Revocation, Revocations, Scope, SessionId, account, session,
};
use testkit::{TestSystem, at};

async fn revoke(store: &EventStore, account: AccountId, session: SessionId) {
    let reason = session::RevocationReason::LoggedOut;
    let event = session::Event::Revoked(session::Revoked {
        session,
        account,
        reason,
    })
    .into();
    let new = NewEvent {
        scope: Scope::session(session),
        event,
        expect: Expect::Anything,
    };
    store.append(new, &meta(account)).await.unwrap();
}

async fn log_out_everywhere(store: &EventStore, account: AccountId, kept_session: Option<SessionId>) {
    let logged_out = account::LoggedOutEverywhere {
        account,
        sessions_not_before: at(500),
        kept_session,
    };
    let event = account::Event::LoggedOutEverywhere(logged_out).into();
    let new = NewEvent {
        scope: Scope::account(account),
        event,
        expect: Expect::Anything,
    };
    store.append(new, &meta(account)).await.unwrap();
}

#[tokio::test]
async fn what_was_revoked_before_and_after_the_start_is_known() {
    let system = TestSystem::start().await;
    let (account, before, after, other) = (new_id(), new_id(), new_id(), new_id());
    // More than one answer's worth, so that the seed has to ask again.
    futures::future::join_all((0..600).map(|_| revoke(&system.store, account, new_id()))).await;
    revoke(&system.store, account, before).await;
    let (revocations, feed) = Revocations::start(system.store.client(), system.store.namespace(), at(0))
        .await
        .unwrap();
    let mut heard = revocations.listen();
    tokio::spawn(feed.run());
    assert!(revocations.ended(account, before, at(0)));
    assert!(!revocations.ended(account, after, at(0)));

    revoke(&system.store, account, after).await;
    assert_eq!(heard.recv().await.unwrap(), Revocation::Session(after));
    assert!(revocations.ended(account, after, at(0)));
    assert!(!revocations.ended(account, other, at(0)));
}

#[tokio::test]
async fn logging_out_everywhere_ends_older_sessions_but_the_kept_one() {
    let system = TestSystem::start().await;
    let (account, kept, old) = (new_id(), new_id(), new_id());
    let (revocations, feed) = Revocations::start(system.store.client(), system.store.namespace(), at(0))
        .await
        .unwrap();
    let mut heard = revocations.listen();
    tokio::spawn(feed.run());
    log_out_everywhere(&system.store, account, Some(kept)).await;
    heard.recv().await.unwrap();
    assert!(revocations.ended(account, old, at(499)));
    assert!(
        !revocations.ended(account, old, at(500)),
        "who signs in again afterwards is signed in"
    );
    assert!(!revocations.ended(account, kept, at(0)));
    assert!(!revocations.ended(new_id(), old, at(0)));

    log_out_everywhere(&system.store, account, None).await;
    heard.recv().await.unwrap();
    assert!(revocations.ended(account, kept, at(0)));
}
