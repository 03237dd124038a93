//! One load scenario: start a system, let k6 loose on it, look for what it acknowledged, report.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use clap::Subcommand;

use super::{
    accounting::Accountant,
    machine::Machine,
    report::{self, Report, Verdict},
    summary::Summary,
};
use crate::{
    system::{self, Running, System},
    tools,
    workspace::{self, Profile},
};

/// What can be run, each a script of the same name in `k6/` that opens with the question it answers.
#[derive(Subcommand)]
pub(crate) enum Scenario {
    /// The whole way, once through and under light load, with every threshold on.
    Smoke(Load),
    /// Mostly posts, likes, comments and messages.
    WriteHeavy(Load),
    /// Mostly feeds, profiles, threads, histories and sidebars.
    ReadHeavy(Load),
    /// An ordinary load, for which speed is promised.
    Mixed(Load),
    /// More and more users, to find the knee and to see what happens beyond it.
    Stress(Load),
    /// Everybody at once, with pictures.
    Spike(Load),
    /// Chats through real sockets, and then what `bench sockets` measures: how long a message takes to the other's
    /// screen, the weight of a socket, and how soon all are back.
    Chat(Load),
    /// For half an hour: does anything grow?
    Soak(Load),
    /// Feeds in quiet, and beside a flood of log-ins.
    Logins(Load),
    /// The CPU time that one operation of each kind costs the whole system.
    Cost(Load),
}

/// How a scenario is run.
#[derive(clap::Args, Clone, Default)]
pub(crate) struct Load {
    /// The edge of a running system; without it one is started with optimizations, and ended.
    #[arg(long)]
    url: Option<String>,
    /// Operations offered in a second, where the scenario offers them at a rate.
    #[arg(long)]
    rate: Option<u32>,
    /// How long the load lasts, as k6 writes it: 30s, 5m.
    #[arg(long, value_parser = duration)]
    duration: Option<String>,
    /// How many people are prepared.
    #[arg(long)]
    people: Option<u32>,
    /// Compile the services as containers ship them, which takes longer and makes them a little faster.
    #[arg(long, conflicts_with = "url")]
    shipped: bool,
    /// Passed on to k6.
    #[arg(last = true)]
    arguments: Vec<String>,
}

impl Load {
    /// The usual load on the edge at `url`, or on a system of its own.
    pub(super) fn at(url: Option<String>) -> Load {
        Load {
            url,
            ..Load::default()
        }
    }
}

/// A time as k6 writes it: numbers with their units, none of them missing.
fn duration(text: &str) -> Result<String, String> {
    let wrong = || format!("\"{text}\" is no time; 90s, 5m and 1h30m are");
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .ok_or_else(wrong)?;
        rest[..digits].parse::<f64>().map_err(|_| wrong())?;
        let unit = ["ms", "h", "m", "s"]
            .into_iter()
            .find(|unit| rest[digits..].starts_with(unit))
            .ok_or_else(wrong)?;
        rest = &rest[digits + unit.len()..];
    }
    if text.is_empty() {
        Err(wrong())
    } else {
        Ok(text.to_owned())
    }
}

impl Scenario {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Scenario::Smoke(_) => "smoke",
            Scenario::WriteHeavy(_) => "write-heavy",
            Scenario::ReadHeavy(_) => "read-heavy",
            Scenario::Mixed(_) => "mixed",
            Scenario::Stress(_) => "stress",
            Scenario::Spike(_) => "spike",
            Scenario::Chat(_) => "chat",
            Scenario::Soak(_) => "soak",
            Scenario::Logins(_) => "logins",
            Scenario::Cost(_) => "cost",
        }
    }

    /// Whether sockets are to be measured for themselves too: theirs is a system started here.
    pub(crate) fn measures_sockets(&self) -> bool {
        matches!(self, Scenario::Chat(load) if load.url.is_none())
    }

    /// Fails for a setting that this scenario would pass over in silence.
    fn check(&self) -> Result<()> {
        let load = self.load();
        let no_rate = matches!(
            self,
            Scenario::Smoke(_) | Scenario::Stress(_) | Scenario::Spike(_) | Scenario::Chat(_)
        );
        if no_rate && load.rate.is_some() {
            bail!("{} offers operations at no rate: leave --rate out", self.name());
        }
        if matches!(self, Scenario::Smoke(_)) && load.people.is_some() {
            bail!("smoke signs its people up itself: leave --people out");
        }
        Ok(())
    }

    fn load(&self) -> &Load {
        match self {
            Scenario::Smoke(load)
            | Scenario::WriteHeavy(load)
            | Scenario::ReadHeavy(load)
            | Scenario::Mixed(load)
            | Scenario::Stress(load)
            | Scenario::Spike(load)
            | Scenario::Chat(load)
            | Scenario::Soak(load)
            | Scenario::Logins(load)
            | Scenario::Cost(load) => load,
        }
    }
}

/// All of a load test's people come from one address, which the usual limits would take for an attack.
const RAISED_LIMITS: [(&str, &str); 2] = [("ECHO_SIGNUP_LIMIT", "1000000"), ("ECHO_LOGIN_LIMIT", "1000000")];

/// Runs a scenario and writes its report; fails if a threshold is not met or a write is lost.
pub(crate) fn run(scenario: &Scenario) -> Result<()> {
    scenario.check()?;
    let load = scenario.load();
    let k6 = tools::K6.provision()?;
    let folder = new_folder(scenario.name())?;
    let mut running = match load.url {
        Some(_) => None,
        None => Some(start(load)?),
    };
    let url = match (&load.url, &running) {
        (Some(url), _) => url.clone(),
        (None, Some(running)) => running.url.clone(),
        (None, None) => bail!("there is no system to measure"),
    };
    let accountant = Accountant::start(&folder.join(JOURNAL), running.as_ref().map(Running::processes));
    system::progress(&format!("measuring {url}"));
    let met = measure(&k6, scenario, &url, &folder);
    let books = accountant.stop()?;
    let thresholds = met?;
    system::progress("looking for everything that was acknowledged");
    let found = check(&k6, &url, &folder)?;
    if let Some(running) = &mut running {
        running.check()?;
    }
    let summary = Summary::read(&folder.join(SUMMARY))?;
    let costs = report::costs(&summary, &books.accounts, &books.yardsticks);
    // Promised for the scenario's own rate: at a lower one each operation costs more.
    let kept = load.rate.is_some() || costs.iter().all(report::Cost::is_kept);
    let thresholds = thresholds && kept && unharmed(scenario, &summary)?;
    let offered = summary.offered();
    let report = Report {
        scenario: scenario.name(),
        machine: Machine::look(),
        load: summary,
        check: Summary::read(&folder.join(CHECK_SUMMARY))?,
        accounts: books.accounts,
        yardsticks: books.yardsticks,
        verdict: Verdict {
            thresholds,
            nothing_lost: found,
            rate_kept: offered.is_kept(),
        },
    };
    report.write(&folder)?;
    report.tell(&folder);
    if !report.verdict.passed() {
        bail!(
            "{} did not pass: see {}",
            scenario.name(),
            folder.join("report.html").display()
        );
    }
    Ok(())
}

/// Beside a flood of log-ins feeds may take so many times as long as in quiet, 95 of a hundred.
const MOST_HARM: f64 = 2.0;

/// Whether others are still served well beside a flood of log-ins, which k6 has no threshold for: it is a ratio.
fn unharmed(scenario: &Scenario, summary: &Summary) -> Result<bool> {
    if !matches!(scenario, Scenario::Logins(_)) {
        return Ok(true);
    }
    let p95 = |phase: &str| {
        let metric = format!("http_req_duration{{scenario:{phase},kind:read}}");
        let value = summary.value(&metric, "p(95)");
        value.with_context(|| format!("the summary lacks {metric}"))
    };
    let (quiet, flood) = (p95("quiet")?, p95("flood")?);
    let ratio = flood / quiet;
    println!(
        "feeds: p95 {quiet:.1} ms in quiet, {flood:.1} ms beside a flood of log-ins: {ratio:.2} times as long (at most {MOST_HARM})"
    );
    Ok(ratio <= MOST_HARM)
}

fn start(load: &Load) -> Result<Running> {
    let profile = if load.shipped {
        Profile::Shipped
    } else {
        Profile::Release
    };
    let mut system = System::private("bench", profile)?;
    let raised = RAISED_LIMITS.map(|(name, value)| (name.to_owned(), value.to_owned()));
    system.variables.extend(raised);
    system.start()
}

/// What k6's scripts wrote on their console.
const JOURNAL: &str = "journal.log";
const SUMMARY: &str = "summary.json";
const CHECK_SUMMARY: &str = "check.json";
/// k6's exit status when a threshold isn't met.
const THRESHOLDS_NOT_MET: i32 = 99;

/// Whether all thresholds are met.
fn measure(k6: &Path, scenario: &Scenario, url: &str, folder: &Path) -> Result<bool> {
    let load = scenario.load();
    let mut command = script(k6, scenario.name(), url, &folder.join(SUMMARY));
    command
        .arg("--console-output")
        .arg(folder.join(JOURNAL))
        .args(["--log-format", "raw"])
        .args(&load.arguments)
        .env("K6_WEB_DASHBOARD", "true")
        // No server: the charts are wanted afterwards.
        .env("K6_WEB_DASHBOARD_PORT", "-1")
        .env("K6_WEB_DASHBOARD_PERIOD", "2s")
        .env("K6_WEB_DASHBOARD_EXPORT", folder.join("charts.html"));
    let settings = [
        ("ECHO_RATE", load.rate.map(|rate| rate.to_string())),
        ("ECHO_DURATION", load.duration.clone()),
        ("ECHO_PEOPLE", load.people.map(|people| people.to_string())),
    ];
    for (name, value) in settings {
        if let Some(value) = value {
            command.args(["--env", &format!("{name}={value}")]);
        }
    }
    ended(&mut command)
}

/// Whether everything that was acknowledged is there exactly once.
fn check(k6: &Path, url: &str, folder: &Path) -> Result<bool> {
    let mut command = script(k6, "check", url, &folder.join(CHECK_SUMMARY));
    let journal = folder.join(JOURNAL);
    command
        .arg("--quiet")
        .args(["--env", &format!("ECHO_JOURNAL={}", journal.display())]);
    ended(&mut command)
}

fn script(k6: &Path, name: &str, url: &str, summary: &Path) -> Command {
    let mut command = Command::new(k6);
    command
        .args([
            "run",
            "--no-usage-report",
            "--summary-mode",
            "legacy",
            "--summary-export",
        ])
        .arg(summary)
        .args(["--env", &format!("ECHO_BASE_URL={url}")])
        .arg(workspace::root().join("k6").join(name).with_extension("js"))
        .current_dir(workspace::root());
    command
}

fn ended(command: &mut Command) -> Result<bool> {
    let status = workspace::status(command)?;
    match status.code() {
        Some(0) => Ok(true),
        Some(THRESHOLDS_NOT_MET) => Ok(false),
        _ => bail!("`{}` failed ({status})", workspace::describe(command)),
    }
}

/// `target/bench/<scenario>-<n>`, with a number that no earlier run has.
fn new_folder(scenario: &str) -> Result<PathBuf> {
    let bench = workspace::root().join("target/bench");
    for number in 1.. {
        let folder = bench.join(format!("{scenario}-{number:03}"));
        if !folder.exists() {
            fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
            return Ok(folder);
        }
    }
    bail!("{} is full", bench.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_taken_as_k6_takes_it_and_nothing_else_is() {
        for text in ["30s", "5m", "1h30m", "500ms", "1.5s", "1m500ms"] {
            assert_eq!(duration(text).unwrap(), text);
        }
        for text in ["", "5", "m", "5x", "5m3", "5 m", "-5s", "1.2.3s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_setting_that_would_do_nothing_is_refused() {
        let rate = || Load {
            rate: Some(5),
            ..Load::default()
        };
        assert!(Scenario::Mixed(rate()).check().is_ok());
        assert!(Scenario::Smoke(rate()).check().is_err());
        assert!(Scenario::Chat(rate()).check().is_err());
        let people = Load {
            people: Some(20),
            ..Load::default()
        };
        assert!(Scenario::Smoke(people.clone()).check().is_err());
        assert!(Scenario::Chat(people).check().is_ok());
    }
}
