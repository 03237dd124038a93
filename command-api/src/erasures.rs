//! Erasures under way: begun by requests, taken up again at the start and, should another instance have died over one,
//! every few minutes.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use events::AccountId;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use platform::id;
use platform::shutdown::Shutdown;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::app::App;
use crate::handlers::erasure;
use crate::measure::ERASURES;

/// How many may wait to be begun. What finds no place is found again with the next look.
const PLACES: usize = 1_000;
/// How many are carried out at once.
const AT_ONCE: usize = 8;
/// How often it is looked for erasures that others have left.
const LOOK_EVERY: Duration = Duration::from_mins(10);
/// So much longer than that the later looks go back: an erasure under way elsewhere takes no longer.
const LOOK_BACK: TimeDelta = TimeDelta::hours(1);
/// The pause before an erasure that failed is tried again; it doubles with each further time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Where erasures are left to be carried out. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Erasures {
    begun: mpsc::Sender<AccountId>,
    delay: Duration,
}

/// What was begun.
pub(crate) struct Queue(mpsc::Receiver<AccountId>);

impl Erasures {
    /// `delay` is how long after a request commands of the person may still be under way.
    pub(crate) fn new(delay: Duration) -> (Self, Queue) {
        let (begun, queue) = mpsc::channel(PLACES);
        (Self { begun, delay }, Queue(queue))
    }

    /// Has an erasure carried out that was requested.
    pub(crate) fn begin(&self, account: AccountId) {
        if self.begun.try_send(account).is_err() {
            tracing::warn!(account.id = %account, "too many erasures wait; this one is taken up later");
        }
    }

    pub(crate) fn delay(&self) -> Duration {
        self.delay
    }
}

impl Queue {
    /// Carries erasures out until the shutdown begins. What isn't done by then is taken up at the next start.
    pub(crate) async fn work(mut self, app: App, shutdown: Shutdown) {
        let (mut working, mut under_way) = (
            FuturesUnordered::<BoxFuture<'_, AccountId>>::new(),
            HashSet::new(),
        );
        let mut waiting: Vec<AccountId> = Vec::new();
        // All that were ever requested; later only those of late.
        let mut since = DateTime::UNIX_EPOCH;
        let mut look_at = Instant::now();
        let app = Arc::new(app);
        loop {
            while working.len() < AT_ONCE
                && let Some(account) = waiting.pop()
            {
                if under_way.insert(account) {
                    working.push(Box::pin(complete(app.clone(), account)));
                }
            }
            tokio::select! {
                () = shutdown.begun() => return,
                () = tokio::time::sleep_until(look_at) => {
                    look_at = Instant::now() + look(&app, &mut since, &mut waiting).await;
                }
                begun = self.0.recv() => match begun {
                    Some(account) => waiting.push(account),
                    None => return,
                },
                Some(done) = working.next() => {
                    under_way.remove(&done);
                }
            }
        }
    }
}

/// Looks for erasures that nobody has completed; says when to look again.
async fn look(app: &App, since: &mut DateTime<Utc>, waiting: &mut Vec<AccountId>) -> Duration {
    let now = app.clock().now();
    match app.store().unfinished_erasures(*since).await {
        Ok(found) => {
            if !found.is_empty() {
                tracing::info!(erasures = found.len(), "erasures are taken up");
            }
            waiting.extend(found);
            *since = now - LOOK_BACK;
            LOOK_EVERY
        }
        Err(error) => {
            tracing::warn!(%error, "unfinished erasures can't be looked for; trying again");
            FIRST_PAUSE
        }
    }
}

/// Carries an erasure out, however often it fails.
async fn complete(app: Arc<App>, account: AccountId) -> AccountId {
    let mut pause = FIRST_PAUSE;
    loop {
        match erasure::carry_out(&app, account).await {
            Ok(()) => {
                metrics::counter!(ERASURES, "outcome" => "done").increment(1);
                return account;
            }
            Err(error) => {
                metrics::counter!(ERASURES, "outcome" => "failed").increment(1);
                tracing::warn!(account.id = %account, %error, "an erasure failed; trying again");
            }
        }
        tokio::time::sleep(pause.mul_f64(0.5 + id::random_fraction() / 2.0)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
