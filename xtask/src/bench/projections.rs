//! How fast each read model is built from its stream, beside the same writes without an engine, and the lag of all of
//! them at an even rate. The events and the measuring are the benchmark `projections` of projector; here it gets
//! servers of its own.
use anyhow::Result;

use crate::{
    servers::TestServers,
    workspace::{self, cargo, stage},
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many events there are.
    #[arg(long, default_value_t = 500_000)]
    events: u32,
    /// Passed on to the benchmark: `--only feed`, `--rounds 1`, `--rate 1000`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Prints the tables for `docs/performance.md`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bench = [
        "bench",
        "--quiet",
        "--package",
        "projector",
        "--bench",
        "projections",
    ];
    stage("build", || run_quietly(&bench))?;
    let servers = stage("test servers", TestServers::start)?;
    let mut command = cargo();
    command
        .args(bench)
        .args(["--", "--events", &args.events.to_string()])
        .args(&args.arguments)
        .envs(servers.addresses.variables());
    workspace::run(&mut command)
}

fn run_quietly(bench: &[&str]) -> Result<()> {
    workspace::run(cargo().args(bench).arg("--no-run"))
}
