//! Another master key: every person's key is wrapped anew, and no event is touched.

use futures::{StreamExt, TryStreamExt, stream};

use super::{Entry, KeyError, Keyring, unavailable};
use crate::{AccountId, store::direct_get_messages};

/// How many entries are read at once.
const PAGE: u32 = 500;
/// How many keys are wrapped anew at once.
const AT_ONCE: usize = 16;

/// How far a rotation has come in its pass through the bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// Keys that are under the current master key now and were under another before.
    pub rewrapped: u64,
    /// Keys that were under the current master key already.
    pub current: u64,
    /// Marks of people who were erased; there is nothing to wrap.
    pub erased: u64,
}

/// What is to be done about one revision.
enum Found {
    Rewrap(AccountId),
    Current,
    Erased,
}

impl Keyring {
    /// Wraps every key that isn't under the current master key anew; `progress` is told after each page. Safe beside
    /// running services and again after a break: a key is changed only if nobody else changed it meanwhile, and the
    /// revision under the old master key is overwritten in the server's files.
    ///
    /// Services that still wrap with an older master key may add keys while this goes on. Where the answer says that
    /// any were wrapped anew, the next pass tells whether all are done.
    pub async fn rotate(&self, mut progress: impl FnMut(&Rotation)) -> Result<Rotation, KeyError> {
        let mut rotation = Rotation::default();
        let mut next = 1;
        loop {
            let request = serde_json::json!({
                "batch": PAGE, "seq": next, "next_by_subj": format!("{}>", self.bucket.prefix),
            });
            let page = direct_get_messages(&self.client, &self.bucket.stream_name, &request).await;
            let page = page.map_err(unavailable)?;
            let Some(last) = page.messages.last() else {
                return Ok(rotation);
            };
            next = last.sequence + 1;
            let mut stale = Vec::new();
            for message in &page.messages {
                match self.found(&message.subject, &message.payload)? {
                    Found::Rewrap(account) => stale.push(account),
                    Found::Current => rotation.current += 1,
                    Found::Erased => rotation.erased += 1,
                }
            }
            let rewrapped: Vec<bool> = stream::iter(stale)
                .map(|account| self.rewrap(account))
                .buffer_unordered(AT_ONCE)
                .try_collect()
                .await?;
            rotation.rewrapped += rewrapped.iter().map(|changed| u64::from(*changed)).sum::<u64>();
            progress(&rotation);
            if page.left == 0 {
                return Ok(rotation);
            }
        }
    }

    fn found(&self, subject: &str, payload: &[u8]) -> Result<Found, KeyError> {
        let account = subject.strip_prefix(&self.bucket.prefix);
        let account: Option<AccountId> = account.and_then(|account| account.parse().ok());
        let account = account.ok_or_else(|| unavailable(format!("{subject} is no account's key")))?;
        Ok(match Entry::read(account, payload)? {
            Entry::Key { master, .. } if self.masters.is_current(&master) => Found::Current,
            Entry::Key { .. } => Found::Rewrap(account),
            Entry::Tombstone { .. } => Found::Erased,
        })
    }

    /// Wraps one key anew, if its last revision needs it; older revisions are overwritten in any case.
    async fn rewrap(&self, account: AccountId) -> Result<bool, KeyError> {
        self.change(account, |entry| match entry {
            Entry::Key { master, wrapped } if !self.masters.is_current(&master) => {
                let key = self.masters.unwrap(account, &master, &wrapped);
                let key = key.map_err(|error| KeyError::Wrapped(account, error))?;
                let (master, wrapped) = self.masters.wrap(account, &key);
                Ok(Some(Entry::Key { master, wrapped }))
            }
            Entry::Key { .. } | Entry::Tombstone { .. } => Ok(None),
        })
        .await
    }
}
