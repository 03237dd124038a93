//! Writing archives, so that nobody who doesn't take theirs keeps others from theirs.
//!
//! A place among those that are read from the database is taken for one part at a time, and given back while the client
//! takes that part. Who takes none loses the archive after a while.

use std::{io, sync::Arc, time::Duration};

use axum::body::Bytes;
use bson::Uuid;
use futures::{Stream, StreamExt, stream};
use platform::{
    Problem,
    shares::{Share, Shares},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::timeout,
};

use crate::{config::ExportLimits, problems};

/// Parts that wait for the client beside the one that is being written.
const AHEAD: usize = 1;

/// Places for archives.
pub(crate) struct Exports {
    /// One for each that may be read from the database.
    reading: Arc<Semaphore>,
    /// One for each that may be under way.
    open: Arc<Semaphore>,
    of_accounts: Shares<Uuid>,
    idle: Duration,
    whole: Duration,
}

/// A place for one archive.
pub(crate) struct Place {
    reading: Arc<Semaphore>,
    idle: Duration,
    whole: Duration,
    _held: (OwnedSemaphorePermit, Share<Uuid>),
}

/// Why an archive isn't whole.
#[derive(Debug, thiserror::Error)]
enum Unfinished {
    #[error("the client takes nothing")]
    Idle,
    #[error("the client is gone")]
    Gone,
    #[error(transparent)]
    Broken(io::Error),
}

impl Exports {
    pub(crate) fn new(limits: ExportLimits) -> Self {
        let seconds = |seconds: u16| Duration::from_secs(seconds.into());
        let open = if limits.max_exports == 0 {
            0
        } else {
            limits.max_open_exports
        };
        Self {
            reading: Arc::new(Semaphore::new(limits.max_exports.into())),
            open: Arc::new(Semaphore::new(open.into())),
            of_accounts: Shares::new(1),
            idle: seconds(limits.export_idle_seconds),
            whole: seconds(limits.export_seconds),
        }
    }

    /// A place for the archive of an account, which has one at a time.
    pub(crate) fn open(&self, account: Uuid) -> Result<Place, Problem> {
        let share = self.of_accounts.take(account, 1);
        let share = share.ok_or_else(problems::too_many_of_yours)?;
        let open = self.open.clone().try_acquire_owned();
        Ok(Place {
            reading: self.reading.clone(),
            idle: self.idle,
            whole: self.whole,
            _held: (open.map_err(|_| problems::busy())?, share),
        })
    }
}

impl Place {
    /// The same archive, written as fast as its client takes it. One that isn't whole ends with an error, so that the
    /// client sees that it isn't.
    pub(crate) fn write(
        self,
        archive: impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static,
    ) -> impl Stream<Item = Result<Bytes, io::Error>> {
        let (parts, written) = mpsc::channel::<Option<Bytes>>(AHEAD);
        // Ends with the answer, for then nobody takes its parts, and at the latest when it has taken too long.
        tokio::spawn(async move {
            match timeout(self.whole, self.write_to(&parts, archive)).await {
                Ok(Ok(())) => {}
                Ok(Err(why)) => tracing::info!(%why, "an archive is given up"),
                Err(_) => tracing::info!("an archive takes too long and is given up"),
            }
        });
        stream::unfold(Some(written), async |written| {
            let mut written = written?;
            match written.recv().await {
                Some(Some(part)) => Some((Ok(part), Some(written))),
                Some(None) => None,
                None => Some((Err(io::Error::other("the archive was given up")), None)),
            }
        })
    }

    /// Ends the parts with a `None`.
    async fn write_to(
        &self,
        parts: &mpsc::Sender<Option<Bytes>>,
        archive: impl Stream<Item = Result<Bytes, io::Error>>,
    ) -> Result<(), Unfinished> {
        let mut archive = std::pin::pin!(archive);
        loop {
            let part = {
                // Nobody closes the semaphore.
                let _reading = self.reading.acquire().await.map_err(|_| Unfinished::Gone)?;
                archive.next().await.transpose().map_err(Unfinished::Broken)?
            };
            let is_last = part.is_none();
            let sent = timeout(self.idle, parts.send(part)).await;
            sent.map_err(|_| Unfinished::Idle)?
                .map_err(|_| Unfinished::Gone)?;
            if is_last {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;

    use super::*;

    const LIMITS: ExportLimits = ExportLimits {
        max_exports: 1,
        max_open_exports: 3,
        export_idle_seconds: 30,
        export_seconds: 300,
    };

    fn account(n: u128) -> Uuid {
        Uuid::from_bytes(n.to_be_bytes())
    }

    fn archive(parts: usize) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static {
        stream::iter((0..parts).map(|_| Ok(Bytes::from_static(b"part"))))
    }

    async fn whole(written: impl Stream<Item = Result<Bytes, io::Error>>) -> Result<usize, io::Error> {
        written.try_fold(0, async |parts, _| Ok(parts + 1)).await
    }

    #[tokio::test]
    async fn archives_that_nobody_takes_hold_up_no_other() {
        let exports = Exports::new(LIMITS);
        let untaken = [1, 2].map(|n| exports.open(account(n)).unwrap().write(archive(100)));
        assert_eq!(
            whole(exports.open(account(3)).unwrap().write(archive(100)))
                .await
                .unwrap(),
            100
        );
        drop(untaken);
    }

    #[tokio::test]
    async fn an_account_has_one_archive_at_a_time_and_all_together_have_so_many() {
        let exports = Exports::new(LIMITS);
        let _first = exports.open(account(1)).unwrap();
        assert_eq!(exports.open(account(1)).err().unwrap().status().as_u16(), 429);
        let second = exports.open(account(2)).unwrap();
        let _third = exports.open(account(3)).unwrap();
        assert_eq!(exports.open(account(4)).err().unwrap().status().as_u16(), 503);
        whole(second.write(archive(3))).await.unwrap();
        tokio::task::yield_now().await;
        assert!(exports.open(account(2)).is_ok(), "its place is free again");
    }

    #[tokio::test(start_paused = true)]
    async fn an_archive_that_nobody_takes_is_given_up_and_seen_to_be_unfinished() {
        let exports = Exports::new(LIMITS);
        let mut written = Box::pin(exports.open(account(1)).unwrap().write(archive(100)));
        assert!(written.next().await.unwrap().is_ok());
        tokio::time::sleep(Duration::from_secs(31)).await;
        assert!(exports.open(account(1)).is_ok());
        assert!(whole(written).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn an_archive_that_is_taken_slowly_ends_some_time() {
        let exports = Exports::new(LIMITS);
        let slowly = exports
            .open(account(1))
            .unwrap()
            .write(archive(100))
            .then(async |part| {
                tokio::time::sleep(Duration::from_secs(20)).await;
                part
            });
        assert!(whole(slowly).await.is_err());
    }
}
