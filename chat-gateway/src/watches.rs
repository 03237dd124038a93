//! Who watches what: each socket some things, each thing any number of sockets.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use crate::connection::Connection;
use crate::people::Peer;

/// Which sockets watch which things. What a socket watches is set as a whole.
pub(crate) struct Watches<K> {
    watchers: HashMap<K, Vec<Peer>>,
    /// By the connection's number, so that one that ends needn't be looked for everywhere.
    watched: HashMap<u64, Vec<K>>,
}

impl<K> Default for Watches<K> {
    fn default() -> Self {
        Self {
            watchers: HashMap::new(),
            watched: HashMap::new(),
        }
    }
}

impl<K: Copy + Eq + Hash> Watches<K> {
    /// Lets `peer` watch exactly `things`; returns those that nobody watches any more.
    pub(crate) fn set(&mut self, peer: &Peer, things: impl IntoIterator<Item = K>) -> Vec<K> {
        let mut left = self.drop_all(peer.connection.number());
        // Who ends a connection drops its watches afterwards: either that is seen here, or they are dropped then.
        if peer.connection.ending().is_none() {
            let things: HashSet<K> = things.into_iter().collect();
            for thing in &things {
                self.watchers.entry(*thing).or_default().push(peer.clone());
            }
            if !things.is_empty() {
                self.watched
                    .insert(peer.connection.number(), things.into_iter().collect());
            }
        }
        left.retain(|thing| !self.is_watched(thing));
        left
    }

    /// Ends all watches of a connection; returns what nobody watches any more.
    pub(crate) fn end(&mut self, connection: &Connection) -> Vec<K> {
        let mut left = self.drop_all(connection.number());
        left.retain(|thing| !self.is_watched(thing));
        left
    }

    /// Whether anybody watches `thing`.
    pub(crate) fn is_watched(&self, thing: &K) -> bool {
        self.watchers.contains_key(thing)
    }

    /// The sockets that watch `thing`.
    pub(crate) fn of(&self, thing: &K) -> &[Peer] {
        self.watchers.get(thing).map_or(&[], Vec::as_slice)
    }

    /// All that is watched.
    pub(crate) fn all(&self) -> Vec<K> {
        self.watchers.keys().copied().collect()
    }

    /// How many things are watched.
    pub(crate) fn count(&self) -> usize {
        self.watchers.len()
    }

    fn drop_all(&mut self, number: u64) -> Vec<K> {
        let things = self.watched.remove(&number).unwrap_or_default();
        for thing in &things {
            if let Some(peers) = self.watchers.get_mut(thing) {
                peers.retain(|peer| peer.connection.number() != number);
                if peers.is_empty() {
                    self.watchers.remove(thing);
                }
            }
        }
        things
    }
}
