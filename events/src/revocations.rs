//! Signing out works at once: what was revoked while access tokens may still be alive.
//!
//! Access tokens are stateless and short. Every service keeps the revocations of the last
//! [`REMEMBERED`] in memory, seeded from the streams before it is ready and fed by `live.>`, so that a
//! revoked token is refused everywhere within a second.

use std::{sync::Arc, time::Duration};

use async_nats::{Client, Subscriber};
use chrono::{DateTime, Utc};
use futures::{StreamExt, stream::SelectAll};
use moka::{
    Entry,
    ops::compute::{CompResult, Op},
    sync::Cache,
};
use tokio::{
    sync::{broadcast, watch},
    time::{Instant, sleep_until},
};

use crate::{
    AccountId, Event, KeyState, LoadError, Namespace, RawEvent, Recorded, SessionId, Stream, account,
    session,
    store::{From, direct_get_many, unavailable},
};

/// A minute longer than an access token lives (15 minutes).
pub const REMEMBERED: Duration = Duration::from_mins(16);
/// After so long, every replica has what was stored before a seed.
const CAUGHT_UP: Duration = Duration::from_secs(3);
/// How many revocations a slow listener may be behind before it must look at everything again.
const HEARD_LATE: usize = 1024;

/// Who is signed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// One device.
    Session(SessionId),
    /// Every device of an account that signed in before a moment, but perhaps one.
    Account {
        /// Whose.
        account: AccountId,
        /// Sessions that began before are over.
        not_before: DateTime<Utc>,
        /// The session that goes on.
        kept: Option<SessionId>,
    },
}

impl Revocation {
    /// Whether this ends the session of an account that began at `started_at`.
    pub fn ends(self, account: AccountId, session: SessionId, started_at: DateTime<Utc>) -> bool {
        match self {
            Self::Session(revoked) => revoked == session,
            Self::Account {
                account: revoked,
                not_before,
                kept,
            } => revoked == account && started_at < not_before && kept != Some(session),
        }
    }

    /// What an event revokes, if anything.
    fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Session(session::Event::Revoked(revoked)) => Some(Self::Session(revoked.session)),
            Event::Account(account::Event::PasswordChanged(changed)) => Some(Self::Account {
                account: changed.account,
                not_before: changed.sessions_not_before,
                kept: changed.kept_session,
            }),
            Event::Account(account::Event::LoggedOutEverywhere(logged_out)) => Some(Self::Account {
                account: logged_out.account,
                not_before: logged_out.sessions_not_before,
                kept: logged_out.kept_session,
            }),
            Event::Account(account::Event::ErasureRequested(requested)) => Some(Self::Account {
                account: requested.account,
                not_before: requested.sessions_not_before,
                kept: None,
            }),
            Event::Session(session::Event::Started(_) | session::Event::Refreshed(_))
            | Event::Account(
                account::Event::SignedUp(_)
                | account::Event::ProfileUpdated(_)
                | account::Event::AvatarChanged(_)
                | account::Event::CoverChanged(_)
                | account::Event::EmailChanged(_)
                | account::Event::Erased(_),
            )
            | Event::Username(_)
            | Event::Email(_)
            | Event::Friendship(_)
            | Event::Post(_)
            | Event::Reaction(_)
            | Event::Comment(_)
            | Event::Media(_)
            | Event::Inbox(_)
            | Event::Report(_)
            | Event::Dm(_)
            | Event::Person(_) => None,
        }
    }
}

/// The revocations that matter now. Cheap to clone; all clones see the same.
///
/// Each is kept for [`REMEMBERED`] by this process's own clock, from when it was heard of: whatever the clocks of others
/// say, it outlives every token that was given out before it.
#[derive(Clone)]
pub struct Revocations {
    sessions: Cache<SessionId, ()>,
    accounts: Cache<AccountId, Arc<[Revocation]>>,
    heard: broadcast::Sender<Revocation>,
    /// Since when the streams were last read.
    seeded: watch::Sender<DateTime<Utc>>,
}

impl Revocations {
    fn new() -> Self {
        Self {
            sessions: Cache::builder().time_to_live(REMEMBERED).build(),
            accounts: Cache::builder().time_to_live(REMEMBERED).build(),
            heard: broadcast::Sender::new(HEARD_LATE),
            seeded: watch::Sender::new(DateTime::UNIX_EPOCH),
        }
    }

    /// Listens first, then reads what happened in the time before `now`, so that nothing falls between.
    /// The second part keeps it fed until the subscriptions end; run it as a task.
    pub async fn start(
        client: &Client,
        namespace: &Namespace,
        now: DateTime<Utc>,
    ) -> Result<(Self, RevocationFeed), LoadError> {
        let live = subscribe(client, namespace).await?;
        let revocations = Self::new();
        let seeded = revocations.seeded.subscribe();
        revocations.seed(client, namespace, now).await?;
        let feed = RevocationFeed {
            live,
            seeded,
            revocations: revocations.clone(),
            client: client.clone(),
            namespace: namespace.clone(),
        };
        Ok((revocations, feed))
    }

    /// Whether the session of an account that began at `started_at` has ended.
    pub fn ended(&self, account: AccountId, session: SessionId, started_at: DateTime<Utc>) -> bool {
        self.sessions.contains_key(&session)
            || self.accounts.get(&account).is_some_and(|all| {
                all.iter()
                    .any(|revocation| revocation.ends(account, session, started_at))
            })
    }

    /// Every revocation from now on, for who must close what is open.
    pub fn listen(&self) -> broadcast::Receiver<Revocation> {
        self.heard.subscribe()
    }

    /// Reads the streams once more: after a break in the connection something may have been missed.
    pub async fn seed(
        &self,
        client: &Client,
        namespace: &Namespace,
        now: DateTime<Utc>,
    ) -> Result<(), LoadError> {
        let since = now - REMEMBERED;
        self.read(client, namespace, since).await?;
        self.seeded.send_replace(since);
        Ok(())
    }

    async fn read(
        &self,
        client: &Client,
        namespace: &Namespace,
        since: DateTime<Utc>,
    ) -> Result<(), LoadError> {
        for (stream, subject) in subjects() {
            let subject = namespace.absolute(subject);
            let since = From::Moment(since);
            for message in direct_get_many(client, namespace, stream, &subject, since).await? {
                if let Ok(event) = message.decode(Some(&KeyState::Erased)) {
                    self.take(&event);
                }
            }
        }
        Ok(())
    }

    fn take(&self, event: &Recorded) {
        let Some(revocation) = Revocation::of(&event.event) else {
            return;
        };
        if self.insert(revocation) {
            // Nobody may be listening just now, which is no error.
            self.heard.send(revocation).ok();
        }
    }

    /// Says whether it is news.
    fn insert(&self, revocation: Revocation) -> bool {
        match revocation {
            Revocation::Session(session) => self.sessions.entry(session).or_insert(()).is_fresh(),
            Revocation::Account { account, .. } => {
                let inserted = self.accounts.entry(account).and_compute_with(|known| {
                    let known = known.map(Entry::into_value).unwrap_or_default();
                    if known.contains(&revocation) {
                        return Op::Nop;
                    }
                    Op::Put(known.iter().copied().chain([revocation]).collect())
                });
                matches!(inserted, CompResult::Inserted(_) | CompResult::ReplacedWith(_))
            }
        }
    }
}

/// Feeds [`Revocations`] with what happens.
pub struct RevocationFeed {
    live: SelectAll<Subscriber>,
    seeded: watch::Receiver<DateTime<Utc>>,
    revocations: Revocations,
    client: Client,
    namespace: Namespace,
}

impl RevocationFeed {
    /// Runs until the connection is closed for good.
    pub async fn run(mut self) {
        let mut again = None;
        loop {
            tokio::select! {
                message = self.live.next() => match message {
                    Some(message) => self.hear(message),
                    None => return,
                },
                // The one who seeds is held by this.
                Ok(()) = self.seeded.changed() => {
                    again = Some((*self.seeded.borrow_and_update(), Instant::now() + CAUGHT_UP));
                }
                () = sleep_until(again.map_or_else(Instant::now, |(_, at)| at)), if again.is_some() => {
                    if let Some((since, _)) = again.take() {
                        self.read(since).await;
                    }
                }
            }
        }
    }

    fn hear(&self, message: async_nats::Message) {
        let raw = RawEvent::from_live(&self.namespace, message);
        match raw.and_then(|raw| raw.decode(Some(&KeyState::Erased))) {
            Ok(event) => self.revocations.take(&event),
            Err(error) => tracing::error!(%error, "a revocation can't be read"),
        }
    }

    /// Reads what the replica that was asked for the seed may not have had yet.
    async fn read(&self, since: DateTime<Utc>) {
        let read = self.revocations.read(&self.client, &self.namespace, since);
        if let Err(error) = read.await {
            tracing::warn!(%error, "revocations can't be read a second time");
        }
    }
}

/// What can revoke, by stream.
fn subjects() -> [(Stream, &'static str); 4] {
    [
        (Stream::Sessions, "sess.*.session.*.revoked"),
        (Stream::Events, "evt.*.account.*.password_changed"),
        (Stream::Events, "evt.*.account.*.logged_out_everywhere"),
        (Stream::Events, "evt.*.account.*.erasure_requested"),
    ]
}

async fn subscribe(client: &Client, namespace: &Namespace) -> Result<SelectAll<Subscriber>, LoadError> {
    let mut live = Vec::new();
    for (_, subject) in subjects() {
        live.push(
            client
                .subscribe(namespace.absolute(&format!("live.{subject}")))
                .await
                .map_err(unavailable)?,
        );
    }
    client.flush().await.map_err(unavailable)?;
    Ok(futures::stream::select_all(live))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn before(account: AccountId, not_before: DateTime<Utc>) -> Revocation {
        Revocation::Account {
            account,
            not_before,
            kept: None,
        }
    }

    #[test]
    fn a_revocation_is_news_once_and_another_of_the_account_leaves_it_in_place() {
        let revocations = Revocations::new();
        let account = AccountId::from(uuid::Uuid::from_u128(1));
        let session = SessionId::from(uuid::Uuid::from_u128(2));
        let moment = |seconds| DateTime::UNIX_EPOCH + Duration::from_secs(seconds);
        // By the clock of whoever revoked, the second was long after the first.
        let (early, late) = (before(account, moment(100)), before(account, moment(50_000)));
        let of_session = Revocation::Session(session);
        for (revocation, is_news) in [
            (late, true),
            (early, true),
            (late, false),
            (of_session, true),
            (of_session, false),
        ] {
            assert_eq!(revocations.insert(revocation), is_news);
        }
        let other = SessionId::from(uuid::Uuid::from_u128(3));
        assert!(revocations.ended(account, other, moment(99)));
        assert!(revocations.ended(account, other, moment(49_999)));
        assert!(!revocations.ended(account, other, moment(50_000)));
        assert!(revocations.ended(account, session, moment(50_000)));
    }
}
