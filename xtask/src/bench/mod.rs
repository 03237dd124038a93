//! `cargo xtask bench`: measures a system, tells a verdict, and keeps the numbers to compare with later ones.
//!
//! The load scenarios are k6 scripts in `k6/`. Each run gets a folder below `target/bench/` with a report
//! for people ([`report`]) and the same numbers as JSON, which [`compare`] sets side by side.
use anyhow::Result;
use clap::Subcommand;

use crate::browser;

mod accounting;
mod all;
mod commands;
mod compare;
mod login_timing;
mod machine;
mod projections;
mod reads;
mod report;
mod scenario;
mod sockets;
mod summary;
mod yardstick;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    #[command(flatten)]
    Load(scenario::Scenario),
    /// The chat at a thousand sockets, the weight of ten thousand, and how soon all are back after a restart.
    Sockets(sockets::Args),
    /// The web client in Chromium, on a processor four times slower.
    Web,
    /// Every read on a network of a size and on one of a tenth of it.
    Reads(reads::Args),
    /// Whether the time of a log-in tells that an account exists.
    LoginTiming(login_timing::Args),
    /// How fast commands are handled, over HTTP and without, beside raw publishing.
    Commands(commands::Args),
    /// How fast read models are rebuilt, beside raw writes, and how far they lag at an even rate.
    Projections(projections::Args),
    /// All of these in turn, and in the end what passed, what didn't, and what was skipped.
    All(all::Args),
    /// Set the numbers of two runs side by side.
    Compare(compare::Args),
}

/// Runs a benchmark; a threshold that is not met is an error.
pub(crate) fn run(args: &Args) -> Result<()> {
    match &args.what {
        What::Load(scenario) => {
            scenario::run(scenario)?;
            if scenario.measures_sockets() {
                sockets::run(&sockets::Args::default())?;
            }
            Ok(())
        }
        What::All(args) => all::run(args),
        What::Sockets(args) => sockets::run(args),
        What::Web => browser::measure(),
        What::Reads(args) => reads::run(args),
        What::LoginTiming(args) => login_timing::run(args),
        What::Commands(args) => commands::measure(args),
        What::Projections(args) => projections::run(args),
        What::Compare(args) => compare::run(args),
    }
}
