//! `cargo xtask bench`: k6 against a system of its own, or against one that runs.
use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    system::{self, System},
    tools,
    workspace::{self, Profile},
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which script of k6/ to run.
    scenario: Scenario,
    /// The edge of a running system; without it one is started with optimizations, and ended.
    #[arg(long)]
    url: Option<String>,
    /// Passed on to k6.
    #[arg(last = true)]
    arguments: Vec<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Scenario {
    /// The whole way, once through and under light load, with every threshold on.
    Smoke,
}

impl Scenario {
    fn script(self) -> &'static str {
        match self {
            Scenario::Smoke => "k6/smoke.js",
        }
    }
}

/// Runs a scenario; a threshold that is not met is an error.
pub(crate) fn run(args: &Args) -> Result<()> {
    let k6 = tools::K6.provision()?;
    let measure = |url: &str| {
        let mut command = Command::new(&k6);
        command
            .args([
                "run",
                "--no-usage-report",
                "--env",
                &format!("ECHO_BASE_URL={url}"),
            ])
            .args(&args.arguments)
            .arg(args.scenario.script())
            .current_dir(workspace::root());
        workspace::run(&mut command)
    };
    if let Some(url) = &args.url {
        return measure(url);
    }
    let mut running = System::private("bench", Profile::Release)?.start()?;
    system::progress(&format!("measuring {}", running.url));
    measure(&running.url)?;
    running.check()
}
