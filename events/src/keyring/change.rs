//! Changing a key's entry so that nothing is left of what it was: by a mark that the person was erased, or by the
//! same key under another master key.
//!
//! A revision that is replaced is overwritten in the server's files ("secure delete"). It is done before a write, for
//! what an earlier try left behind, and after it; so at any time at most one older revision waits to be overwritten.

use async_nats::jetstream::{kv, message::StreamMessage, stream::RawMessageErrorKind};
use chrono::{DateTime, Utc};

use super::{Entry, KeyError, KeyState, Keyring, unavailable};
use crate::AccountId;

/// How often a change is tried anew when somebody else changes the same entry meanwhile.
const TRIES: u32 = 8;

impl Keyring {
    /// Destroys the key of an account for good, and puts the mark of it in its place. Again is the same.
    ///
    /// # Errors
    /// In the midst it may have failed at any point: do it again until it succeeds.
    pub async fn erase(&self, account: AccountId, at: DateTime<Utc>) -> Result<(), KeyError> {
        let changed = self.change(account, |entry| match entry {
            Entry::Key { .. } => Ok(Some(Entry::Tombstone { erased_at: at })),
            Entry::Tombstone { .. } => Ok(None),
        });
        changed.await?;
        self.forget(account).await;
        let erased = std::future::ready(Ok::<_, KeyError>(KeyState::Erased));
        self.known.learn(&account, erased).await?;
        Ok(())
    }

    /// Changes an entry on the leader, if it is still the one that `change` saw, and overwrites all older ones. Says
    /// whether there was something to change.
    pub(super) async fn change(
        &self,
        account: AccountId,
        change: impl Fn(Entry) -> Result<Option<Entry>, KeyError>,
    ) -> Result<bool, KeyError> {
        for _ in 0..TRIES {
            let revisions = self.revisions(account).await?;
            let Some((last, older)) = revisions.split_last() else {
                return Err(KeyError::Missing(account));
            };
            for revision in older {
                self.shred(revision.sequence).await?;
            }
            let Some(next) = change(Entry::read(account, &last.payload)?)? else {
                return Ok(false);
            };
            let put = self
                .bucket
                .update(account.to_string(), next.write(account)?, last.sequence);
            match put.await {
                Ok(_) => {
                    self.shred(last.sequence).await?;
                    return Ok(true);
                }
                Err(error) if error.kind() == kv::UpdateErrorKind::WrongLastRevision => {}
                Err(error) => return Err(unavailable(error)),
            }
        }
        Err(unavailable(
            "others changed the entry at the same time, every time",
        ))
    }

    /// All revisions of an entry that the leader holds, oldest first.
    async fn revisions(&self, account: AccountId) -> Result<Vec<StreamMessage>, KeyError> {
        let subject = format!("{}{account}", self.bucket.prefix);
        let mut revisions: Vec<StreamMessage> = Vec::new();
        loop {
            let from = revisions.last().map_or(1, |revision| revision.sequence + 1);
            let next = self
                .bucket
                .stream
                .get_first_raw_message_by_subject(&subject, from);
            match next.await {
                Ok(revision) => revisions.push(revision),
                Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => return Ok(revisions),
                Err(error) => return Err(unavailable(error)),
            }
        }
    }

    /// Overwrites a revision in the server's files. One that isn't there any more was overwritten by another.
    async fn shred(&self, revision: u64) -> Result<(), KeyError> {
        match self.bucket.stream.delete_message(revision).await {
            Ok(_) => Ok(()),
            Err(error) => match self.bucket.stream.get_raw_message(revision).await {
                Err(gone) if gone.kind() == RawMessageErrorKind::NoMessageFound => Ok(()),
                _ => Err(unavailable(error)),
            },
        }
    }
}
