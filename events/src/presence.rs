//! The moment when somebody was last seen, which gateways write and an erasure takes away.

use std::time::Duration;

use async_nats::jetstream::message::PublishMessage;

use crate::{AccountId, EventStore, LoadError, Namespace, store::unavailable};

/// The last token of the key under which it stands, after the account's.
pub const SEEN: &str = "seen";
/// The life of the mark that it was taken away.
const MARK_LIVES: Duration = Duration::from_mins(1);

impl Namespace {
    /// The subject under which it is stored when an account was last seen.
    pub fn last_seen(&self, account: AccountId) -> String {
        format!("$KV.{}.{account}.{SEEN}", self.presence_bucket())
    }
}

impl EventStore {
    /// Forgets when somebody was last seen. Again is the same.
    ///
    /// # Errors
    ///
    /// The bucket can't be reached.
    pub async fn forget_last_seen(&self, account: AccountId) -> Result<(), LoadError> {
        let purge = PublishMessage::build()
            .header("KV-Operation", "PURGE")
            .header(async_nats::header::NATS_ROLLUP, "sub")
            .ttl(MARK_LIVES);
        let subject = self.namespace().last_seen(account);
        let acknowledged = self.jetstream.send_publish(subject, purge).await;
        acknowledged.map_err(unavailable)?.await.map_err(unavailable)?;
        Ok(())
    }
}
