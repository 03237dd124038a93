//! `cargo xtask bench all`: every measurement in turn. One that doesn't pass ends nothing, and one that is skipped is
//! named with the reason.
use anyhow::{Result, bail};

use super::{
    commands, login_timing, projections, reads,
    scenario::{self, Load, Scenario},
    sockets,
};
use crate::{browser, interrupt};

#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// The edge of a running system, for the load scenarios; what needs a system of its own is skipped then.
    #[arg(long)]
    url: Option<String>,
    /// Add what lasts half an hour.
    #[arg(long)]
    long: bool,
}

/// One of what there is to measure.
struct Measurement {
    name: &'static str,
    run: Box<dyn Fn() -> Result<()>>,
    /// Why it isn't run this time.
    skipped: Option<&'static str>,
}

/// What came of one.
#[derive(Debug, PartialEq)]
enum Outcome {
    Passed,
    NotPassed(String),
    Skipped(&'static str),
}

/// Why a measurement on servers of its own has no place beside a running system.
const OWN_SYSTEM: &str = "it measures a system of its own, and --url names one that runs";
/// Why a soak isn't part of it.
const LONG: &str = "it lasts half an hour; --long adds it";
/// Why what comes after Ctrl-C isn't run.
const INTERRUPTED: &str = "interrupted";

/// Runs all, and tells of each.
pub(crate) fn run(args: &Args) -> Result<()> {
    let outcomes: Vec<_> = plan(args)
        .into_iter()
        .map(|measurement| (measurement.name, measurement.outcome()))
        .collect();
    println!();
    for line in table(&outcomes) {
        println!("{line}");
    }
    let count = |is: fn(&Outcome) -> bool| outcomes.iter().filter(|(_, outcome)| is(outcome)).count();
    let failed = count(|outcome| matches!(outcome, Outcome::NotPassed(_)));
    let skipped = count(|outcome| matches!(outcome, Outcome::Skipped(_)));
    if failed > 0 {
        bail!(
            "{failed} of {} did not pass, {skipped} were skipped",
            outcomes.len()
        );
    }
    interrupt::check()?;
    println!("{} passed, {skipped} skipped", outcomes.len() - skipped);
    Ok(())
}

fn plan(args: &Args) -> Vec<Measurement> {
    let kinds: [fn(Load) -> Scenario; 10] = [
        Scenario::Smoke,
        Scenario::WriteHeavy,
        Scenario::ReadHeavy,
        Scenario::Mixed,
        Scenario::Stress,
        Scenario::Spike,
        Scenario::Chat,
        Scenario::Logins,
        Scenario::Cost,
        Scenario::Soak,
    ];
    let scenarios = kinds.map(|kind| {
        let scenario = kind(Load::at(args.url.clone()));
        let long = matches!(scenario, Scenario::Soak(_)) && !args.long;
        Measurement {
            name: scenario.name(),
            run: Box::new(move || scenario::run(&scenario)),
            skipped: long.then_some(LONG),
        }
    });
    let own = |name, run: fn() -> Result<()>| Measurement {
        name,
        run: Box::new(run),
        skipped: args.url.is_some().then_some(OWN_SYSTEM),
    };
    let others = [
        own("sockets", || sockets::run(&defaults()?)),
        own("web", browser::measure),
        own("reads", || reads::run(&defaults()?)),
        own("login-timing", || login_timing::run(&defaults()?)),
        own("commands", || commands::measure(&defaults()?)),
        own("projections", || projections::run(&defaults()?)),
    ];
    scenarios.into_iter().chain(others).collect()
}

/// What a command is given that is called without arguments.
fn defaults<A: clap::Args>() -> Result<A> {
    let command = A::augment_args(clap::Command::new("bench"));
    Ok(A::from_arg_matches(&command.try_get_matches_from(["bench"])?)?)
}

impl Measurement {
    fn outcome(&self) -> Outcome {
        if let Some(reason) = self.skipped {
            return Outcome::Skipped(reason);
        }
        if interrupt::requested() {
            return Outcome::Skipped(INTERRUPTED);
        }
        println!("\n== {}", self.name);
        match (self.run)() {
            Ok(()) => Outcome::Passed,
            Err(_) if interrupt::requested() => Outcome::Skipped(INTERRUPTED),
            Err(error) => Outcome::NotPassed(format!("{error:#}")),
        }
    }
}

fn table(outcomes: &[(&str, Outcome)]) -> Vec<String> {
    outcomes
        .iter()
        .map(|(name, outcome)| match outcome {
            Outcome::Passed => format!("{name:<12} passed"),
            Outcome::NotPassed(reason) => format!("{name:<12} not passed: {reason}"),
            Outcome::Skipped(reason) => format!("{name:<12} skipped: {reason}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipped(args: &Args) -> Vec<(&'static str, &'static str)> {
        let planned = plan(args).into_iter();
        planned
            .filter_map(|measurement| Some((measurement.name, measurement.skipped?)))
            .collect()
    }

    #[test]
    fn everything_that_can_be_measured_is_run_or_named_as_skipped() {
        use clap::CommandFactory;
        let command = crate::Cli::command();
        let bench = command.find_subcommand("bench").unwrap();
        let mut known: Vec<&str> = bench.get_subcommands().map(clap::Command::get_name).collect();
        known.retain(|name| !["all", "compare", "help"].contains(name));
        let mut planned: Vec<&str> = plan(&Args::default())
            .iter()
            .map(|measurement| measurement.name)
            .collect();
        known.sort_unstable();
        planned.sort_unstable();
        assert_eq!(planned, known);
    }

    #[test]
    fn what_is_skipped_says_why() {
        assert_eq!(skipped(&Args::default()), [("soak", LONG)]);
        let everything = Args {
            long: true,
            url: None,
        };
        assert_eq!(skipped(&everything), []);
        let elsewhere = Args {
            long: true,
            url: Some("http://localhost:8080".to_owned()),
        };
        let own = [
            "sockets",
            "web",
            "reads",
            "login-timing",
            "commands",
            "projections",
        ];
        assert_eq!(skipped(&elsewhere), own.map(|name| (name, OWN_SYSTEM)));
    }

    #[test]
    fn every_measurement_can_be_run_without_arguments() {
        assert!(defaults::<reads::Args>().is_ok());
        assert!(defaults::<projections::Args>().is_ok());
        assert!(defaults::<commands::Args>().is_ok());
        assert!(defaults::<sockets::Args>().is_ok());
    }

    #[test]
    fn each_outcome_has_a_line() {
        let outcomes = [
            ("smoke", Outcome::Passed),
            ("mixed", Outcome::NotPassed("mixed did not pass".to_owned())),
            ("soak", Outcome::Skipped(LONG)),
        ];
        assert_eq!(
            table(&outcomes),
            [
                "smoke        passed",
                "mixed        not passed: mixed did not pass",
                "soak         skipped: it lasts half an hour; --long adds it",
            ]
        );
    }
}
