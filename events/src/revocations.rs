//! Signing out works at once: what was revoked while access tokens may still be alive.
//!
//! Access tokens are stateless and short. Every service keeps the revocations of the last
//! [`REMEMBERED`] in memory, seeded from the streams before it is ready and fed by `live.>`, so that a
//! revoked token is refused everywhere within a second.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use async_nats::{Client, Subscriber};
use chrono::{DateTime, Utc};
use futures::{StreamExt, stream::SelectAll};
use tokio::sync::broadcast;

use crate::{
    AccountId, Event, KeyState, LoadError, Namespace, RawEvent, Recorded, SessionId, Stream, account,
    session,
    store::{From, direct_get_many, unavailable},
};

/// A minute longer than an access token lives (15 minutes).
pub const REMEMBERED: Duration = Duration::from_mins(16);
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

#[derive(Default)]
struct Held {
    sessions: HashMap<SessionId, DateTime<Utc>>,
    accounts: HashMap<AccountId, (DateTime<Utc>, Vec<Revocation>)>,
}

impl Held {
    fn insert(&mut self, revocation: Revocation, at: DateTime<Utc>) {
        match revocation {
            Revocation::Session(session) => drop(self.sessions.insert(session, at)),
            Revocation::Account { account, .. } => {
                let (latest, all) = self.accounts.entry(account).or_default();
                *latest = (*latest).max(at);
                if !all.contains(&revocation) {
                    all.push(revocation);
                }
            }
        }
    }

    fn forget_before(&mut self, oldest: DateTime<Utc>) {
        self.sessions.retain(|_, at| *at >= oldest);
        self.accounts.retain(|_, (latest, _)| *latest >= oldest);
    }
}

/// The revocations that matter now. Cheap to clone; all clones see the same.
#[derive(Clone)]
pub struct Revocations {
    held: Arc<RwLock<Held>>,
    heard: broadcast::Sender<Revocation>,
}

impl Revocations {
    /// Listens first, then reads what happened in the time before `now`, so that nothing falls between.
    /// The second part keeps it fed until the subscriptions end; run it as a task.
    pub async fn start(
        client: &Client,
        namespace: &Namespace,
        now: DateTime<Utc>,
    ) -> Result<(Self, RevocationFeed), LoadError> {
        let live = subscribe(client, namespace).await?;
        let (heard, _) = broadcast::channel(HEARD_LATE);
        let revocations = Self {
            held: Arc::default(),
            heard,
        };
        revocations.seed(client, namespace, now).await?;
        let feed = RevocationFeed {
            live,
            revocations: revocations.clone(),
            namespace: namespace.clone(),
        };
        Ok((revocations, feed))
    }

    /// Whether the session of an account that began at `started_at` has ended.
    pub fn ended(&self, account: AccountId, session: SessionId, started_at: DateTime<Utc>) -> bool {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.sessions.contains_key(&session)
            || held.accounts.get(&account).is_some_and(|(_, all)| {
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
        for (stream, subject) in subjects() {
            let messages = direct_get_many(
                client,
                namespace,
                stream,
                &namespace.absolute(subject),
                From::Moment(since),
            )
            .await?;
            for message in messages {
                if let Ok(event) = message.decode(Some(&KeyState::Erased)) {
                    self.take(&event);
                }
            }
        }
        self.held
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .forget_before(since);
        Ok(())
    }

    fn take(&self, event: &Recorded) {
        let Some(revocation) = Revocation::of(&event.event) else {
            return;
        };
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.insert(revocation, event.meta.at);
        held.forget_before(event.meta.at - REMEMBERED);
        drop(held);
        // Nobody may be listening just now, which is no error.
        self.heard.send(revocation).ok();
    }
}

/// Feeds [`Revocations`] with what happens.
pub struct RevocationFeed {
    live: SelectAll<Subscriber>,
    revocations: Revocations,
    namespace: Namespace,
}

impl RevocationFeed {
    /// Runs until the connection is closed for good.
    pub async fn run(mut self) {
        while let Some(message) = self.live.next().await {
            match RawEvent::from_live(&self.namespace, message)
                .and_then(|raw| raw.decode(Some(&KeyState::Erased)))
            {
                Ok(event) => self.revocations.take(&event),
                Err(error) => tracing::error!(%error, "a revocation can't be read"),
            }
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
