//! `cargo xtask …`: everything that is done to Echo from a checkout, in one program.
//!
//! It provisions the servers, starts the whole system, tests it, and keeps what is generated in
//! step with the code. It leans on few crates so that its own compilation stays a matter of seconds.
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

mod bench;
mod browser;
mod configuration;
mod contracts;
mod demo;
mod fuzz;
mod http;
mod interrupt;
mod process;
mod servers;
mod system;
mod test;
mod tools;
mod up;
mod web;
mod workspace;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Set up, start, test and measure Echo."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start the whole system on this machine and keep it running until Ctrl-C.
    Up(up::Args),
    /// Delete the data and keys of the system that `up` starts.
    Reset,
    /// Run every check and test, or one part of them.
    Test(test::Args),
    /// Generate the OpenAPI document and the web client's types from the code.
    Contracts(contracts::Args),
    /// Measure a system under load with k6.
    Bench(bench::Args),
    /// Take pictures of every page of a system filled with the demo network.
    Screenshots(browser::Args),
    /// Fetch nats-server, mongod, Caddy and k6 by hash into ./.tools, unless the machine has them.
    Provision,
    /// Keep one nats-server and one mongod running for tests started by hand.
    Servers,
    /// Ends what a killed xtask left behind. Started by xtask itself.
    #[command(hide = true)]
    Guard(process::guard::Args),
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    if let Command::Guard(args) = command {
        return process::guard::run(&args);
    }
    interrupt::listen()?;
    match command {
        Command::Up(args) => up::run(&args),
        Command::Reset => up::reset(),
        Command::Test(args) => test::run_tests(&args),
        Command::Contracts(args) => contracts::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Screenshots(args) => browser::screenshots(&args),
        Command::Provision => tools::provision_all(),
        Command::Servers => servers::keep_running(),
        Command::Guard(_) => Ok(()),
    }
}
