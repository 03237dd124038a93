//! Threads for work that takes a core for long: a bounded number, with a bounded queue before them, of which each caller
//! has a share. A caller takes its turn among all callers, not among all that is queued.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use platform::shares::Shares;
use tokio::sync::Semaphore;

/// Why work isn't taken on; nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// The queue is full.
    #[error("too many images are being processed")]
    All,
    /// The caller has as much in the queue as it may.
    #[error("too many images of this account are being processed")]
    Caller,
}

/// Why work came to no result.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// It wasn't taken on.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The work panicked.
    #[error("the work on an image panicked")]
    Panicked,
}

/// How much work there may be.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// Work that goes on at once.
    pub threads: usize,
    /// Work that waits beside that.
    pub queue: usize,
    /// Work of one caller that goes on at once.
    pub threads_per_caller: usize,
    /// Work of one caller that goes on or waits.
    pub places_per_caller: u64,
}

/// A bounded number of threads. Cheap to clone; all clones share the threads and the queue.
#[derive(Clone, Debug)]
pub struct Workers<K> {
    threads: Arc<Semaphore>,
    /// One permit for each that works or waits.
    places: Arc<Semaphore>,
    shares: Shares<K>,
    /// Of each caller who waits or works, one permit for each that may work.
    turns: Arc<Mutex<HashMap<K, Weak<Semaphore>>>>,
    threads_per_caller: usize,
}

impl<K: Hash + Eq + Copy + Send + 'static> Workers<K> {
    /// So many threads.
    pub fn new(capacity: Capacity) -> Self {
        Self {
            threads: Arc::new(Semaphore::new(capacity.threads)),
            places: Arc::new(Semaphore::new(capacity.threads + capacity.queue)),
            shares: Shares::new(capacity.places_per_caller),
            turns: Arc::default(),
            threads_per_caller: capacity.threads_per_caller,
        }
    }

    /// Whether there is no place, for who would rather not prepare in vain.
    pub fn is_busy(&self) -> bool {
        self.places.available_permits() == 0
    }

    /// Does `job` of `caller` on a thread of its own.
    pub async fn run<T: Send + 'static>(
        &self,
        caller: K,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, WorkError> {
        let share = self.shares.take(caller, 1).ok_or(Busy::Caller)?;
        let place = self.places.clone().try_acquire_owned().map_err(|_| Busy::All)?;
        // Nobody closes the semaphores.
        let turn = self.turn(caller).acquire_owned().await.map_err(|_| Busy::All)?;
        let thread = self
            .threads
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| Busy::All)?;
        let running = tokio::task::spawn_blocking(move || {
            // Held until the work is done, even if the one who asked has gone away.
            let _held = (share, place, turn, thread);
            job()
        });
        running.await.map_err(|_| WorkError::Panicked)
    }

    /// What a caller's work takes turns by.
    fn turn(&self, caller: K) -> Arc<Semaphore> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = turns.get(&caller).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::new(Semaphore::new(self.threads_per_caller));
        turns.insert(caller, Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const CAPACITY: Capacity = Capacity {
        threads: 1,
        queue: 1,
        threads_per_caller: 1,
        places_per_caller: 2,
    };

    /// Work that goes on until it is let go.
    async fn begun(workers: &Workers<u8>, caller: u8) -> (mpsc::Sender<()>, tokio::task::JoinHandle<()>) {
        let (go, wait) = mpsc::channel::<()>();
        let (started, has_started) = tokio::sync::oneshot::channel();
        let workers = workers.clone();
        let working = tokio::spawn(async move {
            let job = move || {
                started.send(()).unwrap();
                wait.recv().unwrap();
            };
            workers.run(caller, job).await.unwrap();
        });
        has_started.await.unwrap();
        (go, working)
    }

    #[tokio::test]
    async fn beyond_the_queue_nobody_waits() {
        let workers = Workers::new(CAPACITY);
        let (go, first) = begun(&workers, 1).await;
        let mut second = Box::pin(workers.run(2, || ()));
        assert!(futures::poll!(&mut second).is_pending(), "it waits in the queue");
        assert!(workers.is_busy());
        assert!(matches!(
            workers.run(3, || ()).await,
            Err(WorkError::Busy(Busy::All))
        ));
        go.send(()).unwrap();
        first.await.unwrap();
        second.await.unwrap();
        assert!(workers.run(3, || ()).await.is_ok(), "the places are free again");
    }

    #[tokio::test]
    async fn a_caller_fills_no_more_than_its_share_of_the_queue() {
        let workers = Workers::new(Capacity {
            queue: 10,
            ..CAPACITY
        });
        let (go, first) = begun(&workers, 1).await;
        let mut second = Box::pin(workers.run(1, || ()));
        assert!(futures::poll!(&mut second).is_pending());
        let third = workers.run(1, || ()).await;
        assert!(matches!(third, Err(WorkError::Busy(Busy::Caller))));
        let mut other = Box::pin(workers.run(2, || ()));
        assert!(
            futures::poll!(&mut other).is_pending(),
            "another's share is another's"
        );
        go.send(()).unwrap();
        first.await.unwrap();
        let (second, other) = tokio::join!(second, other);
        second.and(other).unwrap();
    }

    #[tokio::test]
    async fn a_caller_leaves_threads_to_others() {
        let workers = Workers::new(Capacity {
            threads: 2,
            queue: 10,
            ..CAPACITY
        });
        let (go, first) = begun(&workers, 1).await;
        let mut second = Box::pin(workers.run(1, || ()));
        assert!(
            futures::poll!(&mut second).is_pending(),
            "though there is a thread"
        );
        workers.run(2, || ()).await.unwrap();
        go.send(()).unwrap();
        first.await.unwrap();
        second.await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_ends_the_work_and_not_the_worker() {
        let workers = Workers::new(CAPACITY);
        assert!(matches!(
            workers.run(1, || panic!("bad image")).await,
            Err(WorkError::Panicked)
        ));
        assert!(workers.run(1, || ()).await.is_ok());
    }
}
