//! Each read on a network of a size and on one of a tenth of it: does it get slower as the network grows?
//!
//! The networks and the load are made by the benchmark `reads` of query-api; here it gets servers of its own.
use anyhow::Result;

use crate::{
    servers::TestServers,
    workspace::{self, cargo},
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many people the larger network has.
    #[arg(long, default_value_t = 100_000)]
    accounts: u32,
    /// How many posts.
    #[arg(long, default_value_t = 1_000_000)]
    posts: u32,
    /// For how many seconds each read is measured on each of the two.
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Passed on to the benchmark: `--readers 16`, `--only feed`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Prints the table for `docs/performance.md`.
pub(crate) fn run(args: &Args) -> Result<()> {
    let servers = TestServers::start()?;
    let mut command = cargo();
    command
        .args(["bench", "--package", "query-api", "--bench", "reads", "--"])
        .args(["--accounts", &args.accounts.to_string()])
        .args(["--posts", &args.posts.to_string()])
        .args(["--seconds", &args.seconds.to_string()])
        .args(&args.arguments)
        .envs(servers.addresses.variables());
    workspace::run(&mut command)
}
