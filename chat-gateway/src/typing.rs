//! Who is typing: from gateway to gateway over core NATS, never stored, and only to friends.

use async_nats::Message;
use events::{AccountId, Pair};
use platform::Problem;

use crate::app::{Gateway, away};
use crate::people::Peer;
use crate::wire::{Done, Typing, TypingChanged, event};

/// The last token of the subject of typing.
pub(crate) const TYPING: &str = "typing";

/// Tells a friend of `from`, wherever connected.
pub(crate) async fn relay(gateway: &Gateway, from: AccountId, typing: &Typing) -> Result<Done, Problem> {
    let friends = match Pair::of(from, typing.to) {
        Some(pair) => gateway
            .friends
            .are(&gateway.store, pair)
            .await
            .map_err(|error| away(&error))?,
        None => false,
    };
    if !friends {
        return Err(Problem::forbidden(
            "not-friends",
            "Only friends are told who is typing.",
        ));
    }
    let changed = TypingChanged {
        from,
        active: typing.active,
    };
    let payload = serde_json::to_vec(&changed).map_err(Problem::internal)?;
    gateway
        .store
        .client()
        .publish(gateway.store.namespace().typing(typing.to), payload.into())
        .await
        .map_err(|error| away(&error))?;
    Ok(Done {})
}

/// Hands on what another gateway, or this one, relayed.
pub(crate) fn deliver(peers: &[Peer], message: &Message) {
    match serde_json::from_slice::<TypingChanged>(&message.payload) {
        Ok(changed) => {
            for peer in peers {
                peer.emit(event::TYPING, &changed);
            }
        }
        Err(error) => tracing::warn!(%error, "what a gateway relayed can't be read"),
    }
}
