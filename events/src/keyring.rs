//! The keyring: everybody's data key, wrapped, in the bucket `echo_keys`, apart from the events.

use std::{sync::Arc, time::Duration};

use async_nats::{
    Client,
    jetstream::{self, kv, stream::LastRawMessageErrorKind},
};
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use moka::future::Cache;
use serde::{Deserialize, Serialize};

use crate::{AccountId, BrokenSeal, DataKey, MasterKeys, Namespace, Remembered};

mod change;
mod feed;
mod rotation;

pub use feed::KeyFeed;
pub use rotation::Rotation;

/// How many people's keys a service keeps at hand; a key and its entry take about 300 bytes.
const CACHED_KEYS: u64 = 200_000;
/// How long a key is used before it is looked up again, should the word of an erasure not have come.
const CACHED_FOR: Duration = Duration::from_mins(5);
/// Changed keys that are borne in mind, at about 100 bytes each: an erasure makes one.
const CHANGED_KEYS: u64 = 20_000;
/// How many keys are asked for at once when many are needed.
const CONCURRENT_LOOKUPS: usize = 64;

/// A person's key, or the mark that it was destroyed.
#[derive(Clone, Debug)]
pub enum KeyState {
    /// It can be used.
    Alive(Arc<DataKey>),
    /// The person has been forgotten, for good.
    Erased,
}

/// Why a key can't be had. Worth trying again, for ever: none of these means that a person was erased.
#[derive(Clone, Debug, thiserror::Error)]
pub enum KeyError {
    /// The bucket can't be reached.
    #[error("the key bucket can't be reached: {0}")]
    Unavailable(String),
    /// There is no key (yet) for this account.
    #[error("no key for account {0}")]
    Missing(AccountId),
    /// The stored entry isn't one of ours.
    #[error("the key entry of account {0} is malformed")]
    Malformed(AccountId),
    /// No master key that this service was given opens it.
    #[error("the key of account {0} can't be unwrapped")]
    Wrapped(AccountId, #[source] BrokenSeal),
    /// The person has been forgotten; nothing can be written for them.
    #[error("account {0} has been erased")]
    Erased(AccountId),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Entry {
    Key { master: String, wrapped: String },
    Tombstone { erased_at: DateTime<Utc> },
}

impl Entry {
    fn read(account: AccountId, json: &[u8]) -> Result<Self, KeyError> {
        serde_json::from_slice(json).map_err(|_| KeyError::Malformed(account))
    }

    fn write(&self, account: AccountId) -> Result<bytes::Bytes, KeyError> {
        let json = serde_json::to_vec(self).map_err(|_| KeyError::Malformed(account))?;
        Ok(json.into())
    }
}

/// Finds and makes data keys. Cheap to clone; all clones share a cache.
#[derive(Clone, Debug)]
pub struct Keyring {
    client: Client,
    bucket: kv::Store,
    masters: Arc<MasterKeys>,
    known: Remembered<AccountId, KeyState>,
    /// Accounts whose keys have changed lately: the leader is asked for these, for a replica may not know yet.
    changed: Cache<AccountId, ()>,
}

impl Keyring {
    /// Opens the bucket, which must exist (see [`crate::provision`]).
    pub async fn open(
        jetstream: &jetstream::Context,
        namespace: &Namespace,
        masters: MasterKeys,
    ) -> Result<Self, KeyError> {
        let bucket = jetstream
            .get_key_value(namespace.keys_bucket())
            .await
            .map_err(unavailable)?;
        if bucket.stream.cached_info().config.deny_delete {
            return Err(unavailable(
                "its server lets no revision be overwritten, so no key could be destroyed",
            ));
        }
        Ok(Self {
            client: jetstream.client(),
            bucket,
            masters: Arc::new(masters),
            known: Remembered::new(CACHED_KEYS, CACHED_FOR),
            changed: Cache::builder()
                .max_capacity(CHANGED_KEYS)
                .time_to_live(CACHED_FOR)
                .build(),
        })
    }

    /// Makes the key of a new account. Done by sign-up alone, before its events; if the key is there
    /// already, from a try that went unanswered, that one is returned.
    pub async fn create(&self, account: AccountId) -> Result<Arc<DataKey>, KeyError> {
        let key = DataKey::generate();
        let (master, wrapped) = self.masters.wrap(account, &key);
        let entry = Entry::Key { master, wrapped }.write(account)?;
        let created = async {
            self.bucket.create(account.to_string(), entry).await?;
            Ok::<_, kv::CreateError>(KeyState::Alive(Arc::new(key)))
        };
        match self.known.learn(&account, created).await {
            Ok(KeyState::Alive(key)) => Ok(key),
            Ok(KeyState::Erased) => Err(KeyError::Erased(account)),
            Err(error) if error.kind() == kv::CreateErrorKind::AlreadyExists => self.alive(account).await,
            Err(error) => Err(unavailable(error)),
        }
    }

    /// The key of an account that must not be erased.
    pub async fn alive(&self, account: AccountId) -> Result<Arc<DataKey>, KeyError> {
        match self.get(account).await? {
            KeyState::Alive(key) => Ok(key),
            KeyState::Erased => Err(KeyError::Erased(account)),
        }
    }

    /// The key of an account, or the mark of its erasure.
    pub async fn get(&self, account: AccountId) -> Result<KeyState, KeyError> {
        if let Some(state) = self.known.known(&account).await {
            return Ok(state);
        }
        // Boxed, for it is part of nearly every command.
        Box::pin(self.known.get(&account, self.load(account))).await
    }

    async fn load(&self, account: AccountId) -> Result<KeyState, KeyError> {
        match self.stored(account).await?.ok_or(KeyError::Missing(account))? {
            Entry::Key { master, wrapped } => {
                let key = self.masters.unwrap(account, &master, &wrapped);
                let key = key.map_err(|error| KeyError::Wrapped(account, error))?;
                Ok(KeyState::Alive(Arc::new(key)))
            }
            Entry::Tombstone { .. } => Ok(KeyState::Erased),
        }
    }

    /// The entry as any replica has it, or as the leader does: where it has changed lately, and where the replica has none.
    async fn stored(&self, account: AccountId) -> Result<Option<Entry>, KeyError> {
        if !self.changed.contains_key(&account) {
            let entry = self.bucket.get(account.to_string()).await.map_err(unavailable)?;
            if let Some(entry) = entry {
                return Entry::read(account, &entry).map(Some);
            }
        }
        let subject = format!("{}{account}", self.bucket.prefix);
        match self.bucket.stream.get_last_raw_message_by_subject(&subject).await {
            // A mark that it was deleted, which Echo itself never does.
            Ok(message) if message.headers.get("KV-Operation").is_some() => Ok(None),
            Ok(message) => Entry::read(account, &message.payload).map(Some),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// The keys of many accounts, each looked up once.
    pub async fn get_many(
        &self,
        accounts: impl IntoIterator<Item = AccountId>,
    ) -> Result<std::collections::HashMap<AccountId, KeyState>, KeyError> {
        let accounts: std::collections::HashSet<AccountId> = accounts.into_iter().collect();
        stream::iter(accounts)
            .map(|account| async move { Ok((account, self.get(account).await?)) })
            .buffer_unordered(CONCURRENT_LOOKUPS)
            .try_collect()
            .await
    }

    /// Drops a key that has changed from memory; the next use asks the bucket's leader for it.
    pub async fn forget(&self, account: AccountId) {
        self.changed.insert(account, ()).await;
        self.known.changed(&account).await;
    }

    /// Drops all keys from memory: after a break of the connection word of an erasure may have been missed.
    pub fn forget_all(&self) {
        self.known.forget_all();
    }
}

fn unavailable(error: impl std::fmt::Display) -> KeyError {
    KeyError::Unavailable(error.to_string())
}
