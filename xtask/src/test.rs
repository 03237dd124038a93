//! `cargo xtask test`: everything that must hold before a change lands, in stages that name themselves.
use std::process::Command;

use anyhow::Result;
use clap::Subcommand;

use crate::{
    browser, configuration, contracts, fuzz,
    servers::{Addresses, TestServers},
    system::System,
    tools, web,
    workspace::{self, Profile, cargo, run, stage},
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Add the long tests: those in modules called `long`.
    #[arg(long, global = true)]
    long: bool,
    #[command(subcommand)]
    only: Option<Only>,
}

/// One part of the tests instead of all.
#[derive(Subcommand)]
enum Only {
    /// The Rust tests, on servers of their own.
    Rust {
        /// Passed on to the test runner.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// The web client's checks, unit tests and build.
    Web,
    /// The browser test against a system of its own.
    Browser,
    /// Requests of every shape against a system of their own.
    Fuzz,
    /// The configuration files, and the containers of `compose.yaml` without Docker.
    Configuration,
}

/// Runs what is asked for; the first stage that fails ends it.
pub(crate) fn run_tests(args: &Args) -> Result<()> {
    match &args.only {
        Some(Only::Rust { arguments }) => rust(args.long, arguments),
        Some(Only::Web) => web_client(),
        Some(Only::Browser) => on_a_system(&[BROWSER]),
        Some(Only::Fuzz) => on_a_system(&[FUZZ]),
        Some(Only::Configuration) => configuration::check().and_then(|()| configuration::containers::check()),
        None => everything(args.long),
    }
}

fn everything(long: bool) -> Result<()> {
    stage("provision", tools::provision_all)?;
    stage("configuration", configuration::check)?;
    stage("format", || run(cargo().args(["fmt", "--all", "--check"])))?;
    stage("lints", || {
        run(cargo().args([
            "clippy",
            "--quiet",
            "--workspace",
            "--all-targets",
            "--",
            "--deny",
            "warnings",
        ]))
    })?;
    rust(long, &[])?;
    stage("contracts", contracts::check)?;
    stage("rules of the OpenAPI document", contracts::lint)?;
    web_client()?;
    stage("containers", configuration::containers::check)?;
    on_a_system(&[BROWSER, FUZZ])
}

/// Something to do with a system that runs at an address.
type Check = (&'static str, fn(&System, &str) -> Result<()>);

const BROWSER: Check = ("browser test", browser::test);
const FUZZ: Check = ("requests of every shape", |_, url| fuzz::check(url));

/// Starts one system for all of `checks`; starting takes longer than some of them.
fn on_a_system(checks: &[Check]) -> Result<()> {
    let mut system = System::private("test", Profile::Dev)?;
    // Who tries requests of every shape gives many wrong passwords, and must still be let in.
    system.variables = ["ECHO_LOGIN_LIMIT", "ECHO_LOGIN_ACCOUNT_LIMIT"]
        .map(|name| (name.to_owned(), "1000000".to_owned()))
        .into();
    let mut running = stage("a system to test", || system.start())?;
    for (heading, check) in checks {
        let result = stage(heading, || check(&system, &running.url)).and_then(|()| running.check());
        if let Err(error) = result {
            system.keep_logs()?;
            return Err(error);
        }
    }
    Ok(())
}

fn rust(long: bool, arguments: &[String]) -> Result<()> {
    stage("build", || {
        run(cargo().args(["build", "--quiet", "--workspace", "--all-targets"]))
    })?;
    let servers = stage("test servers", TestServers::start)?;
    stage("Rust tests", || {
        run(&mut rust_tests(long, arguments, &servers.addresses)?)
    })
}

/// nextest runs each test in a process of its own, tells how long each takes and ends those that
/// hang. It is no part of a Rust installation, and building it takes longer than all our tests.
fn rust_tests(long: bool, arguments: &[String], addresses: &Addresses) -> Result<Command> {
    let mut command = cargo();
    let named = arguments
        .iter()
        .any(|argument| argument == "-p" || argument.starts_with("--package"));
    let everywhere = (!named).then_some("--workspace");
    if workspace::output(cargo().args(["nextest", "--version"]))?
        .status
        .success()
    {
        command
            .args(["nextest", "run", "--no-fail-fast"])
            .args(everywhere);
        command.args(["--profile", if long { "long" } else { "default" }]);
        command.args(arguments);
    } else {
        println!(
            "cargo-nextest is not installed, so the tests run with `cargo test`: a hanging test is not ended"
        );
        command
            .args(["test", "--all-targets", "--no-fail-fast"])
            .args(everywhere);
        command.args(arguments);
        if !long {
            command.args(["--", "--skip", "long::"]);
        }
    }
    command.envs(addresses.variables());
    Ok(command)
}

fn web_client() -> Result<()> {
    stage("web client: install", web::install)?;
    for (heading, script) in [
        ("web client: types", "typecheck"),
        ("web client: lints", "lint"),
        ("web client: unit tests", "test"),
        ("web client: build", "build"),
    ] {
        stage(heading, || run(&mut web::npm(&["run", "--silent", script])))?;
    }
    Ok(())
}
