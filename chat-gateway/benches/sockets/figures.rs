//! What was measured, for people and as JSON.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::Settings;

/// Bytes of a page of memory, as Linux counts them here.
const PAGE: u64 = 4_096;

/// All figures of one run.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) delivery: Option<Delivery>,
    pub(crate) rooms_delivery: Option<Delivery>,
    pub(crate) weight: Option<Weight>,
    pub(crate) rooms_weight: Option<Weight>,
    pub(crate) reconnection: Option<Reconnection>,
}

/// How long messages take.
#[derive(Debug, Serialize)]
pub(crate) struct Delivery {
    rate: u32,
    messages: usize,
    sent_to_acknowledged: Percentiles,
    /// Nothing for what is seen before the sender's acknowledgement has arrived.
    acknowledged_to_seen: Percentiles,
    sent_to_seen: Percentiles,
}

impl Delivery {
    pub(crate) fn of(
        rate: u32,
        acknowledged: Vec<Duration>,
        seen_after: Vec<Duration>,
        seen: Vec<Duration>,
    ) -> Self {
        Self {
            rate,
            messages: seen.len(),
            sent_to_acknowledged: Percentiles::of(acknowledged),
            acknowledged_to_seen: Percentiles::of(seen_after),
            sent_to_seen: Percentiles::of(seen),
        }
    }
}

/// Milliseconds that so many of a hundred take at most.
#[derive(Debug, Clone, Copy, Serialize)]
struct Percentiles {
    p50_ms: f64,
    p99_ms: f64,
}

impl Percentiles {
    fn of(mut spans: Vec<Duration>) -> Self {
        spans.sort_unstable();
        let at = |hundredths: usize| {
            let index = (spans.len() * hundredths / 100).min(spans.len().saturating_sub(1));
            spans.get(index).map_or(0.0, |span| span.as_secs_f64() * 1e3)
        };
        Self {
            p50_ms: at(50),
            p99_ms: at(99),
        }
    }
}

/// What idle sockets weigh in their server's memory.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Weight {
    pub(crate) sockets: usize,
    pub(crate) bytes: u64,
}

impl Weight {
    fn kib_each(self) -> f64 {
        let sockets = u32::try_from(self.sockets).unwrap_or(u32::MAX);
        let kib = u32::try_from(self.bytes / 1_024).unwrap_or(u32::MAX);
        f64::from(kib) / f64::from(sockets)
    }
}

/// How long all need to be back.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Reconnection {
    pub(crate) sockets: usize,
    /// From the old gateway's death to the new one's listening.
    pub(crate) gateway: Duration,
    /// From then until the last one is welcomed and has synced.
    pub(crate) everybody: Duration,
}

/// The memory of a process that is really there.
pub(crate) fn resident_bytes(pid: u32) -> Result<u64> {
    let file = format!("/proc/{pid}/statm");
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {file}"))?;
    let pages = text
        .split_whitespace()
        .nth(1)
        .context("statm has a second column")?;
    Ok(pages.parse::<u64>()? * PAGE)
}

impl Report {
    /// The figures as a table in Markdown.
    pub(crate) fn tell(&self, settings: &Settings) {
        type Of = fn(&Delivery) -> Percentiles;
        println!("\n| | Echo | rooms alone (Node) |\n| --- | --- | --- |");
        let spans: [(&str, Of); 3] = [
            ("sent → acknowledged", |delivery| delivery.sent_to_acknowledged),
            ("acknowledged → seen", |delivery| delivery.acknowledged_to_seen),
            ("sent → seen", |delivery| delivery.sent_to_seen),
        ];
        for (name, of) in spans {
            let cell = |delivery: &Option<Delivery>| {
                delivery.as_ref().map(of).map_or_else(String::new, |spans| {
                    format!("{:.1} / {:.1} ms", spans.p50_ms, spans.p99_ms)
                })
            };
            println!(
                "| {name}, p50 / p99, {} sockets, {} messages/s | {} | {} |",
                settings.people,
                settings.rate,
                cell(&self.delivery),
                cell(&self.rooms_delivery)
            );
        }
        let cell = |weight: Option<Weight>| {
            weight.map_or_else(String::new, |weight| format!("{:.1} KiB", weight.kib_each()))
        };
        println!(
            "| memory per idle socket, {} sockets | {} | {} |",
            settings.idle,
            cell(self.weight),
            cell(self.rooms_weight)
        );
        if let Some(back) = self.reconnection {
            println!(
                "| {} sockets back and in sync after a restart | {:.1} s | |",
                back.sockets,
                back.everybody.as_secs_f64()
            );
        }
    }

    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        let json = serde_json::to_vec_pretty(self)?;
        fs::write(file, json).with_context(|| format!("cannot write {}", file.display()))
    }
}
