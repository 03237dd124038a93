//! What the projector announces to one person: notifications, and that the feed has something new.
//!
//! An announcement may be lost, as when no gateway hears it; the lists that `GET` gives are the truth.

use async_nats::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::measure;
use crate::people::Peer;

/// The last token of the subject of notifications.
pub(crate) const NOTIFICATION: &str = "notification";
/// The last token of the subject of the feed.
pub(crate) const FEED: &str = "feed";

/// Hands an announcement on.
pub(crate) fn deliver<T: DeserializeOwned + Serialize>(
    peers: &[Peer],
    name: &'static str,
    message: &Message,
) {
    match serde_json::from_slice::<T>(&message.payload) {
        Ok(notice) => {
            let told = peers.iter().filter(|peer| peer.emit(name, &notice)).count();
            measure::delivered(name, told);
        }
        Err(error) => tracing::warn!(%error, event = name, "an announcement can't be read"),
    }
}
