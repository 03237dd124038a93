//! How fast do projections apply events, and how far behind are they under an even load?
//!
//! Rebuilds each read model from a stream of made-up events, and then has MongoDB take the very write commands that the
//! engine sent, in the same order and sizes, without transactions, reading, unsealing or checkpoints: what a perfect
//! engine could reach. Then lets events happen at an even rate and tells how long each projection takes to apply them.
//! `cargo xtask bench projections` runs this on servers of its own.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that fails has nothing to say but why"
)]

mod happening;
mod lag;
mod rebuild;

use clap::Parser;
use testkit::TestSystem;

use crate::happening::Happening;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Args {
    /// How many events are in the streams together.
    #[arg(long, default_value_t = 500_000)]
    events: usize,
    /// How often each read model is built, by the engine and by raw commands in turn.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// How many events happen in a second while the lag is measured.
    #[arg(long, default_value_t = 500)]
    rate: u32,
    /// For how many seconds.
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// Only projections whose name has this in it.
    #[arg(long, default_value = "")]
    only: String,
    /// `cargo bench` says so.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() {
    let args = Args::parse();
    let system = TestSystem::start().await;
    let mut happening = Happening::new(&system);
    eprintln!("{} events happen", args.events);
    happening.happen(args.events).await;
    println!(
        "Rebuilds of {} events; medians of {} rounds.",
        args.events, args.rounds
    );
    println!(
        "{:<14} {:>9} {:>9} {:>10} {:>10} {:>12}",
        "projection", "events", "writes", "events/s", "raw", "engine / raw"
    );
    for projection in projector::projections::all() {
        if projection.model().name.contains(&args.only) {
            rebuild::measure(&system, projection, args.rounds).await;
        }
    }
    lag::measure(&system, happening, args.rate, args.seconds).await;
}
