//! Who is online: told by each gateway of its own people, and to those of their friends who watch.
//!
//! [`announce`] writes into the bucket who is here, [`follow`] hears what all gateways wrote, [`tell`] tells
//! those who watch. A person is online while an entry of theirs stands at a gateway whose heart beats.

mod bucket;
mod ledger;
mod roster;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_nats::{SubscribeError, Subscriber};
use events::{AccountId, EventStore, LoadError, Pair, Subject};
use futures::{StreamExt, stream};
use platform::Problem;
use platform::health::Component;
use platform::problem::FieldError;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};

use self::bucket::{Bucket, GatewayId, Unavailable};
use self::ledger::{Ledger, Write};
use self::roster::Roster;
use crate::app::{Gateway, away};
use crate::connection::Connection;
use crate::measure;
use crate::pending::Pending;
use crate::people::Peer;
use crate::watches::Watches;
use crate::wire::{PresenceChanged, PresenceWatched, event};

/// How many people one socket may watch.
pub(crate) const WATCHED_AT_ONCE: usize = 1_000;
/// A heart beats three times in its time to live.
const BETWEEN_BEATS: Duration = Duration::from_secs(3);
/// How often it is looked who has left for good.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);
/// How often it is looked which hearts have stopped.
const BETWEEN_CHECKS: Duration = Duration::from_secs(1);
/// How often the bucket is read anew, should the word of a change not have come.
const BETWEEN_READINGS: Duration = Duration::from_mins(1);
/// How many entries are written, and how many friendships looked up, at once.
const AT_ONCE: usize = 128;
/// The pause before the next try where something can't be reached.
const BETWEEN_TRIES: Duration = Duration::from_millis(500);

/// Who is online, as far as this gateway says so or wants to know.
pub(crate) struct Presence {
    bucket: Bucket,
    /// People of ours who came or left.
    changed: Pending<AccountId>,
    table: Mutex<Table>,
    /// Watched people whose state may differ from what was told.
    untold: Pending<AccountId>,
}

/// Whom our sockets watch, and what is known of those. One lock for both: nobody is watched of whom
/// nothing is kept, and what is told leaves in the order in which it became true.
struct Table {
    watches: Watches<AccountId>,
    roster: Roster,
}

impl Presence {
    pub(crate) fn new(store: &EventStore) -> Self {
        let me = GatewayId::from(platform::id::random());
        Self {
            bucket: Bucket::new(store, me),
            changed: Pending::default(),
            table: Mutex::new(Table {
                watches: Watches::default(),
                roster: Roster::new(me),
            }),
            untold: Pending::default(),
        }
    }

    /// Somebody's first socket came, or the last one left.
    pub(crate) fn changed(&self, account: AccountId) {
        self.changed.add([account]);
    }

    /// A connection ended and watches nobody any more.
    pub(crate) fn unwatch(&self, connection: &Connection) {
        let mut table = self.table();
        for account in table.watches.end(connection) {
            table.roster.forget(account);
        }
        measure::watched_people(table.watches.count());
    }

    /// Hears of all that is stored from now on.
    pub(crate) async fn listen(&self) -> Result<Subscriber, SubscribeError> {
        self.bucket.listen().await
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets `peer` watch those of `users` who are friends of its person, and no others. Whoever isn't is left out
/// without a word. `answer` is called with who is online before any change of it is told.
pub(crate) async fn watch(
    gateway: &Gateway,
    peer: &Peer,
    users: &[AccountId],
    answer: impl FnOnce(Result<PresenceWatched, Problem>),
) {
    match prepare(gateway, peer, users).await {
        Ok(friends) => {
            let mut table = gateway.presence.table();
            let mut watched = PresenceWatched::default();
            for friend in friends {
                let Some(state) = table.roster.state(friend) else {
                    continue;
                };
                if table.roster.first_told(friend, state.online) {
                    gateway.presence.untold.add([friend]);
                }
                if state.online {
                    watched.online.push(friend);
                } else if let Some(at) = state.last_seen {
                    watched.last_seen.insert(friend, at);
                }
            }
            answer(Ok(watched));
        }
        Err(problem) => answer(Err(problem)),
    }
}

async fn prepare(gateway: &Gateway, peer: &Peer, users: &[AccountId]) -> Result<Vec<AccountId>, Problem> {
    if users.len() > WATCHED_AT_ONCE {
        let message = format!("At most {WATCHED_AT_ONCE} people are watched at once.");
        return Err(Problem::validation(vec![FieldError::new(
            "users", "too-many", message,
        )]));
    }
    let presence = &gateway.presence;
    let me = peer.connection.account();
    let users: HashSet<AccountId> = users.iter().copied().filter(|user| *user != me).collect();
    let asked = users.len();
    gateway.lookups.spend(me, asked)?;
    let friends = friends_among(gateway, me, users)
        .await
        .map_err(|error| away(&error))?;
    gateway.lookups.found_nothing(me, asked - friends.len());
    let unknown: Vec<AccountId> = {
        let mut table = presence.table();
        for left in table.watches.set(peer, friends.iter().copied()) {
            table.roster.forget(left);
        }
        measure::watched_people(table.watches.count());
        let followed: Vec<AccountId> = friends
            .iter()
            .copied()
            .filter(|friend| table.watches.is_watched(friend))
            .collect();
        for friend in &followed {
            table.roster.follow(*friend);
        }
        followed
            .into_iter()
            .filter(|friend| !table.roster.is_complete(*friend))
            .collect()
    };
    // Heard from before this reading on, so that nothing falls between the two.
    read(presence, &unknown).await.map_err(|error| away(&error))?;
    Ok(friends)
}

/// Those of `others` who are friends of `me`.
async fn friends_among(
    gateway: &Gateway,
    me: AccountId,
    others: impl IntoIterator<Item = AccountId>,
) -> Result<Vec<AccountId>, LoadError> {
    let looks = stream::iter(others).map(async |other| {
        let Some(pair) = Pair::of(me, other) else {
            return Ok::<_, LoadError>(None);
        };
        let friends = gateway.friends.are(&gateway.store, pair).await?;
        Ok(friends.then_some(other))
    });
    let mut looks = looks.buffer_unordered(AT_ONCE);
    let mut friends = Vec::new();
    while let Some(look) = looks.next().await {
        friends.extend(look?);
    }
    Ok(friends)
}

/// Takes in what stands in the bucket about some people.
async fn read(presence: &Presence, people: &[AccountId]) -> Result<(), Unavailable> {
    if people.is_empty() {
        return Ok(());
    }
    let facts = presence.bucket.people(people).await?;
    let now = Instant::now();
    let mut table = presence.table();
    for fact in facts {
        table.roster.take(fact, now);
    }
    for account in people {
        table.roster.completed(*account);
    }
    drop(table);
    presence.untold.add(people.iter().copied());
    Ok(())
}

/// Lets this gateway's heart beat until all have left it. Before the first beat the gateway isn't ready; later
/// ones may fail, for chat goes on without them.
pub(crate) async fn beat(gateway: Arc<Gateway>, ready: Component) {
    let mut ticks = tokio::time::interval(BETWEEN_BEATS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = gateway.empty.cancelled() => return,
            _ = ticks.tick() => {}
        }
        match gateway.presence.bucket.beat().await {
            Ok(()) => ready.ok(),
            Err(error) => tracing::warn!(%error, "can't say that this gateway lives"),
        }
    }
}

/// Writes who is here until all have left, and that they have.
pub(crate) async fn announce(gateway: Arc<Gateway>) {
    let presence = &gateway.presence;
    let mut ledger = Ledger::default();
    let mut looks = tokio::time::interval(BETWEEN_LOOKS);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut renewals = tokio::time::interval(BETWEEN_READINGS);
    loop {
        tokio::select! {
            () = gateway.empty.cancelled() => break,
            () = presence.changed.more() => {}
            _ = looks.tick(), if ledger.anybody_leaves() => {}
            _ = renewals.tick() => {}
        }
        for account in presence.changed.take() {
            let is_here = !gateway.people.of(account).is_empty();
            ledger.note(account, is_here, Instant::now(), gateway.clock.now());
        }
        let due = ledger.due(Instant::now());
        let written = write(&gateway, due).await;
        for write in &written.done {
            ledger.done(*write, Instant::now());
        }
        measure::presence_entries(ledger.entries());
        if written.failed > 0 {
            tracing::warn!(entries = written.failed, "can't write who is here; trying again");
            renewals.reset_after(BETWEEN_TRIES);
        }
    }
    let left = write(&gateway, ledger.all_leave(gateway.clock.now())).await;
    let stopped = presence.bucket.stop().await;
    if left.failed > 0 || stopped.is_err() {
        tracing::warn!("could not say that all have left; others learn it from the silence");
    }
}

struct Written {
    done: Vec<Write>,
    failed: usize,
}

async fn write(gateway: &Gateway, due: Vec<Write>) -> Written {
    let now = gateway.clock.now();
    let writes =
        stream::iter(due).map(async |write| (write, gateway.presence.bucket.write(write, now).await));
    let mut writes = writes.buffer_unordered(AT_ONCE);
    let mut written = Written {
        done: Vec::new(),
        failed: 0,
    };
    while let Some((write, result)) = writes.next().await {
        match result {
            Ok(()) => written.done.push(write),
            Err(error) => {
                tracing::debug!(%error, "an entry can't be written");
                written.failed += 1;
            }
        }
    }
    written
}

/// Forgets when people were seen who are erased, until the process ends. Whichever gateway hears of it does it.
pub(crate) async fn forget_erased(gateway: Arc<Gateway>, mut erased: Subscriber) {
    loop {
        let message = tokio::select! {
            () = gateway.shutdown.begun() => return,
            message = erased.next() => message,
        };
        let Some(message) = message else { return };
        let stored = gateway.store.namespace().stored_from_live(&message.subject);
        let account = stored
            .and_then(Subject::parse)
            .and_then(|subject| subject.id.parse().ok());
        let Some(account) = account else { continue };
        while let Err(error) = gateway.store.forget_last_seen(account).await {
            tracing::warn!(%error, account.id = %account, "can't forget when somebody was seen; trying again");
            tokio::select! {
                () = gateway.shutdown.begun() => return,
                () = tokio::time::sleep(BETWEEN_TRIES) => {}
            }
        }
    }
}

/// Takes in what all gateways write, until the process ends.
pub(crate) async fn follow(gateway: Arc<Gateway>, mut heard: Subscriber, mut breaks: watch::Receiver<u64>) {
    let presence = &gateway.presence;
    let mut checks = tokio::time::interval(BETWEEN_CHECKS);
    checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut readings = tokio::time::interval(BETWEEN_READINGS);
    readings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let mut reading = false;
        tokio::select! {
            () = gateway.shutdown.begun() => return,
            message = heard.next() => {
                let Some(message) = message else { return };
                let Some(fact) = presence.bucket.heard(&message) else { continue };
                let turned = presence.table().roster.take(fact, Instant::now());
                presence.untold.add(turned);
            }
            _ = checks.tick() => {
                let gone = presence.table().roster.pass(Instant::now());
                presence.untold.add(gone);
            }
            changed = breaks.changed() => {
                if changed.is_err() {
                    return;
                }
                reading = true;
            }
            _ = readings.tick() => reading = true,
        }
        if reading && let Err(error) = read_all(presence).await {
            tracing::warn!(%error, "can't read who is online; trying again");
            readings.reset_after(BETWEEN_TRIES);
        }
    }
}

async fn read_all(presence: &Presence) -> Result<(), Unavailable> {
    let gateways = presence.bucket.gateways().await?;
    let watched = {
        let mut table = presence.table();
        for fact in gateways {
            let turned = table.roster.take(fact, Instant::now());
            presence.untold.add(turned);
        }
        table.watches.all()
    };
    read(presence, &watched).await
}

/// Tells those who watch what has changed, until the process ends.
pub(crate) async fn tell(gateway: Arc<Gateway>) {
    loop {
        tokio::select! {
            () = gateway.shutdown.begun() => return,
            () = gateway.presence.untold.more() => {}
        }
        for account in gateway.presence.untold.take() {
            if let Err(error) = tell_of(&gateway, account).await {
                tracing::warn!(%error, "can't tell whether somebody is online; trying again");
                tokio::time::sleep(BETWEEN_TRIES).await;
                gateway.presence.untold.add([account]);
            }
        }
    }
}

async fn tell_of(gateway: &Gateway, account: AccountId) -> Result<(), LoadError> {
    let watchers = |table: &Table| -> HashSet<AccountId> {
        let peers = table.watches.of(&account).iter();
        peers.map(|peer| peer.connection.account()).collect()
    };
    // Friends when they began to watch, but perhaps not any more.
    let asked = watchers(&gateway.presence.table());
    let friends = friends_among(gateway, account, asked.iter().copied()).await?;
    let mut table = gateway.presence.table();
    if !watchers(&table).is_subset(&asked) {
        gateway.presence.untold.add([account]);
        return Ok(());
    }
    let Some(state) = table.roster.turn(account) else {
        return Ok(());
    };
    let changed = PresenceChanged {
        user: account,
        online: state.online,
        last_seen: state.last_seen,
    };
    let peers = table.watches.of(&account).iter();
    let told = peers
        .filter(|peer| friends.contains(&peer.connection.account()))
        .filter(|peer| peer.emit(event::PRESENCE, &changed))
        .count();
    measure::delivered(event::PRESENCE, told);
    Ok(())
}
