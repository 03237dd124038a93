//! How fast is the chat, how much does a socket weigh, and how soon are all back after a restart?
//!
//! Three measurements against real processes, the first two also against `../rooms`, a Node server that does
//! nothing but rooms, in the same run: the ratio to it says more than any number of milliseconds.
//! `cargo xtask bench sockets` builds everything and gives the servers.

mod crowd;
mod figures;
mod people;
mod servers;

use std::time::Duration;

use clap::Parser;

use crate::crowd::Crowd;
use crate::figures::Report;
use crate::people::People;
use crate::servers::{Echo, Rooms};

/// What is measured, and how much of it.
#[derive(Debug, Clone, Parser)]
struct Settings {
    /// People who are connected while messages are timed, a socket each.
    #[arg(long, default_value_t = 1_000)]
    people: usize,
    /// Messages per second.
    #[arg(long, default_value_t = 300)]
    rate: u32,
    /// For so many seconds, after five that don't count.
    #[arg(long, default_value_t = 30)]
    seconds: u32,
    /// Sockets that do nothing, to be weighed, and that come back after a restart.
    #[arg(long, default_value_t = 10_000)]
    idle: usize,
    /// Where the figures go as JSON, besides standard output.
    #[arg(long)]
    json: Option<std::path::PathBuf>,
    /// Given by cargo; there is nothing else to this program than a benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Settings {
    fn span(&self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::parse();
    let mut report = Report::default();

    let rooms = Rooms::start().await?;
    let nobody = People::unknown(settings.people.max(settings.idle));
    report.rooms_delivery = Some(deliver(&settings, &rooms.address, &nobody).await?);
    drop(rooms);
    let rooms = Rooms::start().await?;
    report.rooms_weight = Some(weigh(&settings, &rooms.address, rooms.pid()?, &nobody).await?.0);
    drop(rooms);

    let mut echo = Echo::start().await?;
    let people = People::sign_up(&echo, settings.people.max(settings.idle)).await?;
    report.delivery = Some(deliver(&settings, &echo.address(), &people).await?);
    echo.restart_gateway().await;
    let (weight, crowd) = weigh(&settings, &echo.address(), echo.gateway_pid(), &people).await?;
    report.weight = Some(weight);
    report.reconnection = Some(crowd.survive(&mut echo).await?);

    report.tell(&settings);
    if let Some(file) = &settings.json {
        report.write(file)?;
    }
    Ok(())
}

/// Times messages between people who are all connected.
async fn deliver(settings: &Settings, address: &str, people: &People) -> anyhow::Result<figures::Delivery> {
    let crowd = Crowd::connect(address, people, settings.people).await?;
    crowd.chat(settings.rate, Duration::from_secs(5)).await?;
    let delivery = crowd.chat(settings.rate, settings.span()).await?;
    Ok(delivery)
}

/// Weighs a server's process without sockets and with many.
async fn weigh(
    settings: &Settings,
    address: &str,
    pid: u32,
    people: &People,
) -> anyhow::Result<(figures::Weight, Crowd)> {
    // A few connections first: what the first ones cost is not theirs alone.
    drop(Crowd::connect(address, people, 100.min(settings.idle)).await?);
    let before = figures::resident_bytes(pid)?;
    let crowd = Crowd::connect(address, people, settings.idle).await?;
    let after = figures::resident_bytes(pid)?;
    let weight = figures::Weight {
        sockets: settings.idle,
        bytes: after.saturating_sub(before),
    };
    Ok((weight, crowd))
}
