//! `cargo xtask bench commands`: how fast commands are handled beside raw publishing, and what the pure parts cost.
use anyhow::Result;

use crate::{
    servers::TestServers,
    workspace::{cargo, run, stage},
};

/// How it is measured.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Also what sealing, encoding, deciding and checking tokens cost, without any server.
    #[arg(long)]
    parts: bool,
    /// Passed on: `--rounds 9`, `--seconds 5`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// The crates whose parts are measured.
const PARTS: [(&str, &str); 3] = [
    ("events", "events"),
    ("command-api", "decide"),
    ("platform", "tokens"),
];

/// Measures on servers of its own, with optimizations.
pub(crate) fn measure(args: &Args) -> Result<()> {
    if args.parts {
        for (package, bench) in PARTS {
            run(cargo().args(["bench", "--quiet", "--package", package, "--bench", bench]))?;
        }
    }
    let bench = [
        "bench",
        "--quiet",
        "--package",
        "command-api",
        "--bench",
        "commands",
    ];
    stage("build", || run(cargo().args(bench).arg("--no-run")))?;
    let servers = stage("test servers", TestServers::start)?;
    run(cargo()
        .args(bench)
        .arg("--")
        .args(&args.arguments)
        .envs(servers.addresses.variables()))
}
