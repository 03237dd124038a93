//! Hearing that a key changed, so that no service goes on using what was destroyed.

use async_nats::Subscriber;
use futures::StreamExt;

use super::{KeyError, Keyring, unavailable};
use crate::{AccountId, Namespace};

/// Set by the server on what it republishes: the sequence of the subject's message before, 0 for the first.
const LAST_SEQUENCE: &str = "Nats-Last-Sequence";

/// Drops from memory what is changed in the bucket.
pub struct KeyFeed {
    live: Subscriber,
    keyring: Keyring,
}

impl Keyring {
    /// Listens for changes of keys, which the server announces itself when it stores them; run the feed as a task.
    pub async fn listen(&self, namespace: &Namespace) -> Result<KeyFeed, KeyError> {
        let subject = namespace.live_keys("*");
        let live = self.client.subscribe(subject).await.map_err(unavailable)?;
        Ok(KeyFeed {
            live,
            keyring: self.clone(),
        })
    }
}

impl KeyFeed {
    /// Runs until the connection is closed for good.
    pub async fn run(mut self) {
        while let Some(message) = self.live.next().await {
            let header = message
                .headers
                .as_ref()
                .and_then(|headers| headers.get(LAST_SEQUENCE));
            // Nobody holds an earlier revision of a new one.
            if header.is_some_and(|last| last.as_str() == "0") {
                continue;
            }
            let account = message.subject.rsplit('.').next();
            if let Some(account) = account.and_then(|account| account.parse::<AccountId>().ok()) {
                self.keyring.forget(account).await;
            } else {
                tracing::warn!(nats.subject = %message.subject, "a key's change names no account");
            }
        }
    }
}
