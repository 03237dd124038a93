//! `cargo xtask up`: the whole system on a developer's machine.
use anyhow::Result;

use crate::{
    demo,
    system::{self, System},
    workspace::Profile,
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The port to open in a browser; the system's other ports follow it.
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1024..=65_000))]
    port: u16,
    /// Compile with optimizations.
    #[arg(long)]
    release: bool,
    /// Fill the system with a small network of people, posts and conversations.
    #[arg(long)]
    demo: bool,
}

/// Starts everything, says where it is, and ends it when asked to.
pub(crate) fn run(args: &Args) -> Result<()> {
    let profile = if args.release {
        Profile::Release
    } else {
        Profile::Dev
    };
    let mut running = System::development(args.port, profile).start()?;
    if args.demo {
        system::progress("filling in the demo network");
        demo::fill(&running.url)?;
    }
    println!("\nEcho is ready: {}\nCtrl-C ends it.", running.url);
    let watched = running.watch();
    println!();
    running.stop();
    watched
}

/// Deletes what `up` keeps.
pub(crate) fn reset() -> Result<()> {
    System::development(0, Profile::Dev).reset()
}
