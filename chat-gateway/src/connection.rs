//! One socket that was let in: whose it is, until when, and what it may still send.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use events::{AccountId, Revocation, SessionId};
use platform::Problem;
use platform::token::Claims;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::config::Limits;
use crate::frames::{Frame, Watched};
use crate::limits::{Bucket, Slot};
use crate::measure;

/// How many frames a client may get wrong at once before it is taken for broken or hostile.
const MISTAKES_BURST: u16 = 60;
/// How many mistakes a second are forgiven for long.
const MISTAKES_PER_SECOND: u16 = 1;
/// By how much the verifier lets a token outlive its end, for clocks that differ; so must we.
const LEEWAY: Duration = Duration::from_secs(5);

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The client left, or its network did.
    Left,
    /// Its session was ended; it is told so.
    Revoked,
    /// Its token is over and no newer one came.
    Expired,
    /// It doesn't take its events.
    Slow,
    /// It sends what makes no sense, or too much, and goes on with it.
    Flooding,
    /// This gateway is going down; it should connect to another one.
    Draining,
    /// Something went wrong here, and connecting anew puts it right.
    Failed,
}

impl Ending {
    /// As metrics and logs call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Slow => "slow",
            Self::Flooding => "flooding",
            Self::Draining => "draining",
            Self::Failed => "failed",
        }
    }

    /// Whether the command under way may finish and be acknowledged first.
    pub(crate) fn waits_for_command(self) -> bool {
        matches!(self, Self::Draining | Self::Expired)
    }
}

/// One socket that was let in. Doesn't hold the socket, whose extensions hold this.
#[derive(Debug)]
pub(crate) struct Connection {
    number: u64,
    claims: Mutex<Claims>,
    allowance: Mutex<Allowance>,
    /// Boxed, for the queue takes room for 32 at once.
    queue: mpsc::Sender<Box<Frame>>,
    /// Where the worker takes frames from, until it has begun.
    frames: Mutex<Option<mpsc::Receiver<Box<Frame>>>>,
    /// Watches of people and of posts that wait in the queue.
    waiting_watches: [AtomicUsize; 2],
    ending: OnceLock<Ending>,
    ended: CancellationToken,
    /// How many events came after the end, and were passed over.
    belated: AtomicU64,
    _slot: Slot,
}

#[derive(Debug)]
struct Allowance {
    events: Bucket,
    mistakes: Bucket,
}

impl Connection {
    pub(crate) fn new(claims: Claims, slot: Slot, limits: &Limits) -> Arc<Self> {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let now = Instant::now();
        let burst = limits.socket_events_burst.get();
        // What may be sent at once must also find room to wait.
        let (queue, frames) = mpsc::channel(usize::from(burst));
        Arc::new(Self {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            claims: Mutex::new(claims),
            allowance: Mutex::new(Allowance {
                events: Bucket::new(burst, limits.socket_events_per_second.get(), now),
                mistakes: Bucket::new(MISTAKES_BURST, MISTAKES_PER_SECOND, now),
            }),
            queue,
            frames: Mutex::new(Some(frames)),
            waiting_watches: Default::default(),
            ending: OnceLock::new(),
            ended: CancellationToken::new(),
            belated: AtomicU64::new(0),
            _slot: slot,
        })
    }

    /// Tells connections apart, for as long as the process runs. A socket's id may come again.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Whose connection this is.
    pub(crate) fn account(&self) -> AccountId {
        AccountId::from(self.claims().sub)
    }

    /// What the newest token said.
    pub(crate) fn claims(&self) -> Claims {
        *self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on under a newer token of the same account.
    ///
    /// # Errors
    ///
    /// If it is another account's.
    pub(crate) fn renew(&self, newer: Claims) -> Result<(), Problem> {
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        if newer.sub != claims.sub {
            return Err(Problem::forbidden(
                "other-account",
                "This connection belongs to another account.",
            ));
        }
        // An older token, arriving late, must not shorten the connection.
        if newer.exp >= claims.exp {
            *claims = newer;
        }
        Ok(())
    }

    /// How long the connection has left without a newer token.
    pub(crate) fn time_left(&self, now: DateTime<Utc>) -> Duration {
        let milliseconds = self
            .claims()
            .exp
            .saturating_mul(1_000)
            .saturating_sub(now.timestamp_millis());
        LEEWAY + Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0))
    }

    /// Whether `revocation` ends it.
    pub(crate) fn is_ended_by(&self, revocation: Revocation) -> bool {
        let (account, session, began) = identity(&self.claims());
        revocation.ends(account, session, began)
    }

    /// Takes an event of the client in, to be worked on in its turn.
    ///
    /// # Errors
    ///
    /// If it sends too much.
    pub(crate) fn enqueue(&self, frame: Frame) -> Result<(), Problem> {
        let allowed = self.allowance().events.take(Instant::now());
        allowed.map_err(Problem::too_many_requests)?;
        let watched = frame.request.watches();
        let Ok(place) = self.queue.try_reserve() else {
            return Err(Problem::unavailable(
                "busy",
                "Earlier events of this connection are still being worked on.",
                Duration::from_secs(1),
            ));
        };
        // First, for the worker may take it as soon as it is there.
        if let Some(watched) = watched {
            self.waiting_watches(watched).fetch_add(1, Ordering::Relaxed);
        }
        place.send(Box::new(frame));
        Ok(())
    }

    /// Notes that a watch was taken out of the queue; says whether a newer one of the same kind waits there, which will
    /// replace it.
    pub(crate) fn take_watch(&self, watched: Watched) -> bool {
        self.waiting_watches(watched).fetch_sub(1, Ordering::Relaxed) > 1
    }

    fn waiting_watches(&self, watched: Watched) -> &AtomicUsize {
        let [people, posts] = &self.waiting_watches;
        match watched {
            Watched::People => people,
            Watched::Posts => posts,
        }
    }

    /// Notes that the client got something wrong; at too many the connection ends.
    pub(crate) fn mistaken(&self) {
        if self.allowance().mistakes.take(Instant::now()).is_err() {
            self.end(Ending::Flooding);
        }
    }

    /// The frames to work on; once, for the worker.
    pub(crate) fn frames(&self) -> Option<mpsc::Receiver<Box<Frame>>> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Ends the connection; of several reasons the first stands. The worker does what there is to do.
    pub(crate) fn end(&self, why: Ending) {
        if self.ending.set(why).is_ok() {
            measure::ended(why.name());
            self.ended.cancel();
        }
    }

    /// Why the connection ends, if it does.
    pub(crate) fn ending(&self) -> Option<Ending> {
        self.ending.get().copied()
    }

    /// Waits until it does.
    pub(crate) async fn ended(&self) -> Ending {
        self.ended.cancelled().await;
        self.ending().unwrap_or(Ending::Left)
    }

    /// Notes an event that came after the end.
    pub(crate) fn passed_over(&self) {
        self.belated.fetch_add(1, Ordering::Relaxed);
    }

    /// How many came so far.
    pub(crate) fn belated(&self) -> u64 {
        self.belated.load(Ordering::Relaxed)
    }

    fn allowance(&self) -> std::sync::MutexGuard<'_, Allowance> {
        self.allowance.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Account, session and when that began, as revocations want them.
pub(crate) fn identity(claims: &Claims) -> (AccountId, SessionId, DateTime<Utc>) {
    (
        AccountId::from(claims.sub),
        SessionId::from(claims.sid),
        claims.session_started_at(),
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use uuid::Uuid;

    use super::*;
    use crate::frames::Request;
    use crate::limits::Slots;
    use crate::wire::{PostWatch, PresenceWatch};

    #[derive(Parser)]
    struct Settings {
        #[command(flatten)]
        limits: Limits,
    }

    fn claims(account: u128, exp: i64) -> Claims {
        Claims {
            sub: Uuid::from_u128(account),
            sid: Uuid::from_u128(9),
            exp,
            iat: 0,
            jti: Uuid::nil(),
            session_started_ms: 0,
        }
    }

    fn connection(exp: i64) -> Arc<Connection> {
        let Settings { limits } = Settings::parse_from(["settings"]);
        let slots = Slots::new(&limits);
        let claims = claims(1, exp);
        let slot = slots.take(AccountId::from(claims.sub), None).unwrap();
        Connection::new(claims, slot, &limits)
    }

    #[test]
    fn a_newer_token_of_the_same_account_prolongs_the_connection() {
        let connection = connection(100);
        assert_eq!(
            connection.time_left(DateTime::UNIX_EPOCH),
            Duration::from_secs(105)
        );
        connection.renew(claims(1, 300)).unwrap();
        connection.renew(claims(1, 200)).unwrap();
        assert_eq!(
            connection.time_left(DateTime::UNIX_EPOCH),
            Duration::from_secs(305)
        );
        assert_eq!(
            connection.renew(claims(2, 400)).unwrap_err().code(),
            "other-account"
        );
    }

    #[test]
    fn only_the_newest_watch_of_a_kind_is_worked_on() {
        let connection = connection(100);
        let people = || Request::WatchPresence(PresenceWatch { users: Vec::new() });
        let posts = || Request::WatchPosts(PostWatch { posts: Vec::new() });
        for request in [people(), posts(), people()] {
            connection.enqueue(Frame { request, ack: None }).unwrap();
        }
        let mut frames = connection.frames().unwrap();
        let replaced = std::iter::from_fn(|| frames.try_recv().ok())
            .map(|frame| connection.take_watch(frame.request.watches().unwrap()));
        assert_eq!(replaced.collect::<Vec<_>>(), [true, false, false]);
    }

    #[test]
    fn a_flood_of_mistakes_ends_the_connection() {
        let connection = connection(100);
        for _ in 0..MISTAKES_BURST {
            connection.mistaken();
        }
        assert_eq!(connection.ending(), None);
        connection.mistaken();
        assert_eq!(connection.ending(), Some(Ending::Flooding));
    }

    #[test]
    fn of_several_reasons_to_end_the_first_stands() {
        let connection = connection(100);
        connection.end(Ending::Revoked);
        connection.end(Ending::Left);
        assert_eq!(connection.ending(), Some(Ending::Revoked));
    }
}
