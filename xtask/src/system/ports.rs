//! One block of ports per system, so that two systems never meet and one number moves everything.
use std::{
    net::TcpListener,
    sync::atomic::{AtomicU16, Ordering},
};

use anyhow::{Result, bail};

use crate::servers;

/// A block of ports, named by its first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports(u16);

/// What each port of a block is for, by its distance from the first.
const BLOCK: [(u16, &str); 13] = [
    (0, "the edge"),
    (1, "command-api"),
    (2, "query-api"),
    (3, "the first chat-gateway"),
    (4, "the second chat-gateway"),
    (11, "command-api's health and metrics"),
    (12, "query-api's health and metrics"),
    (13, "the projector's health and metrics"),
    (14, "the first chat-gateway's health and metrics"),
    (15, "the second chat-gateway's health and metrics"),
    (21, "nats-server"),
    (22, "nats-server's monitoring"),
    (23, "mongod"),
];

/// How many ports a block spans.
const SPAN: u16 = 24;

/// How many blocks there are to choose from.
const BLOCKS: u16 = 400;

/// How many of them this process has looked at.
static LOOKED_AT: AtomicU16 = AtomicU16::new(0);

impl From<u16> for Ports {
    fn from(base: u16) -> Ports {
        Ports(base)
    }
}

impl Ports {
    /// A block that nobody uses. Below 32768, so that the system gives none of it away to an
    /// outgoing connection meanwhile.
    pub(crate) fn free() -> Result<Ports> {
        // Two processes that look at the same time begin in different places, and one process never
        // looks in the same place twice: a block is free until its owner gets round to using it.
        let offset = u16::try_from(std::process::id() % u32::from(BLOCKS))?;
        for _ in 0..BLOCKS {
            let block = (offset + LOOKED_AT.fetch_add(1, Ordering::Relaxed)) % BLOCKS;
            let base = 20_000 + block * SPAN;
            if BLOCK
                .iter()
                .all(|(distance, _)| TcpListener::bind(("127.0.0.1", base + distance)).is_ok())
            {
                return Ok(Ports(base));
            }
        }
        bail!("no block of {SPAN} ports is free");
    }

    /// Fails with one sentence that names the first port in use.
    pub(crate) fn require_free(self) -> Result<()> {
        BLOCK
            .iter()
            .try_for_each(|(distance, what)| servers::require_free(self.0 + distance, what))
    }

    pub(crate) fn edge(self) -> u16 {
        self.0
    }
    pub(crate) fn command_api(self) -> u16 {
        self.0 + 1
    }
    pub(crate) fn query_api(self) -> u16 {
        self.0 + 2
    }
    pub(crate) fn gateways(self) -> [u16; 2] {
        [self.0 + 3, self.0 + 4]
    }
    /// Of command-api, query-api, projector and the two gateways.
    pub(crate) fn admin(self) -> [u16; 5] {
        [11, 12, 13, 14, 15].map(|distance| self.0 + distance)
    }
    pub(crate) fn nats(self) -> u16 {
        self.0 + 21
    }
    pub(crate) fn nats_monitor(self) -> u16 {
        self.0 + 22
    }
    pub(crate) fn mongo(self) -> u16 {
        self.0 + 23
    }

    /// What a person opens. `localhost`, because browsers treat it as a secure origin.
    pub(crate) fn url(self) -> String {
        format!("http://localhost:{}", self.edge())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_port_of_a_system_is_looked_at_before_it_starts() {
        let ports = Ports::from(1000);
        let mut used = vec![ports.edge(), ports.command_api(), ports.query_api()];
        used.extend(ports.gateways());
        used.extend(ports.admin());
        used.extend([ports.nats(), ports.nats_monitor(), ports.mongo()]);
        let listed: Vec<u16> = BLOCK.iter().map(|(distance, _)| 1000 + distance).collect();
        assert_eq!(used, listed);
        assert!(BLOCK.iter().all(|(distance, _)| *distance < SPAN));
    }

    #[test]
    fn a_port_in_use_is_named_with_its_purpose() {
        let ports = Ports::free().unwrap();
        ports.require_free().unwrap();
        let _taken = TcpListener::bind(("127.0.0.1", ports.mongo())).unwrap();
        let error = ports.require_free().unwrap_err().to_string();
        assert!(
            error.contains(&ports.mongo().to_string()) && error.contains("mongod"),
            "{error}"
        );
    }
}
