//! The gateway's own benchmark: `chat-gateway/benches/sockets`, on servers and services that it is given here.
use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    servers::TestServers,
    system,
    workspace::{self, Profile},
};

#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Where the figures go as JSON, besides standard output.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Passed on: `--people 100 --rate 50 --seconds 10 --idle 1000`.
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// The services that take part.
const SERVICES: [&str; 4] = ["command-api", "query-api", "projector", "chat-gateway"];

/// Measures messages, memory and reconnection, beside a Node server that does nothing but rooms.
pub(crate) fn run(args: &Args) -> Result<()> {
    let rooms = workspace::root().join("chat-gateway/benches/rooms");
    workspace::run(
        Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(rooms),
    )?;
    system::progress("building the services");
    workspace::build(&SERVICES, Profile::Release)?;
    let servers = TestServers::start()?;
    system::progress("measuring sockets");
    let mut command = workspace::cargo();
    command
        .args(["bench", "--package", "chat-gateway", "--bench", "sockets", "--"])
        .envs(servers.addresses.variables());
    if let Some(json) = &args.json {
        command.arg("--json").arg(std::path::absolute(json)?);
    }
    workspace::run(command.args(&args.arguments))
}
