//! What is left of a run: a page for people, and the same numbers for [`super::compare`].
use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use anyhow::{Context, Result};
use serde::Serialize;

use super::{
    accounting::{Account, Accounts},
    machine::Machine,
    summary::{Metric, Summary},
};

const PAGE: &str = include_str!("report.html");
/// The numbers' file, in a run's folder.
pub(crate) const RESULT: &str = "result.json";
/// The processes that only the measuring needs, or that stand before every system.
const APART: [&str; 1] = ["edge"];

/// What an operation of a phase of `cost` may take of the processors, in milliseconds: the promise of
/// docs/performance.md.
const PROMISED: [(&str, f64); 4] = [("single", 0.4), ("list", 0.8), ("write", 1.5), ("message", 1.5)];
/// A promise is broken where it takes so many times as long: a machine that others share is that much slower at times.
const BROKEN: f64 = 1.25;

/// A run and its verdict.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) scenario: &'static str,
    pub(crate) verdict: Verdict,
    pub(crate) machine: Machine,
    /// k6's numbers under load.
    pub(crate) load: Summary,
    /// k6's numbers of the search for what was acknowledged.
    pub(crate) check: Summary,
    /// What it cost the system.
    pub(crate) accounts: Accounts,
    /// What a fixed piece of work cost meanwhile, by phase, in milliseconds.
    pub(crate) yardsticks: BTreeMap<String, f64>,
}

/// Whether all is well.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Verdict {
    /// Every threshold of the scenario was met.
    pub(crate) thresholds: bool,
    /// Every acknowledged write was found exactly once.
    pub(crate) nothing_lost: bool,
    /// The load generator offered what it was to offer.
    pub(crate) rate_kept: bool,
}

impl Verdict {
    pub(crate) const fn passed(self) -> bool {
        self.thresholds && self.nothing_lost && self.rate_kept
    }

    fn words(self) -> String {
        if self.passed() {
            return "passed: every threshold met, every acknowledged write there exactly once".to_owned();
        }
        let reasons = [
            (self.thresholds, "a threshold was not met"),
            (self.nothing_lost, "an acknowledged write is missing or doubled"),
            (self.rate_kept, "the load generator could not keep its rate"),
        ];
        let reasons: Vec<&str> = reasons
            .iter()
            .filter(|(well, _)| !well)
            .map(|(_, reason)| *reason)
            .collect();
        format!("not passed: {}", reasons.join(", and "))
    }
}

/// The CPU time of one operation in one phase.
#[derive(Debug, PartialEq)]
pub(crate) struct Cost {
    pub(crate) phase: String,
    operations: f64,
    cpu_ms: f64,
    yardstick: Option<f64>,
}

impl Report {
    /// Writes the page and the numbers.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let numbers = serde_json::to_vec_pretty(self)?;
        for (name, content) in [(RESULT, numbers), ("report.html", self.page().into_bytes())] {
            let path = folder.join(name);
            fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    /// The gist, for the terminal.
    pub(crate) fn tell(&self, folder: &Path) {
        for cost in self.costs() {
            println!("{}", cost.sentence());
        }
        if let Some(sentence) = self.load.offered().sentence() {
            println!("{sentence}");
        }
        println!("{}: {}", self.scenario, self.verdict.words());
        println!("{}", folder.join("report.html").display());
    }

    fn page(&self) -> String {
        let costs: Vec<String> = self.costs().iter().map(Cost::sentence).collect();
        let fields = [
            ("title", escaped(&format!("Echo under load: {}", self.scenario))),
            (
                "class",
                if self.verdict.passed() { "passed" } else { "" }.to_owned(),
            ),
            ("verdict", self.verdict.words()),
            ("offered", self.load.offered().sentence().unwrap_or_default()),
            ("thresholds", self.thresholds()),
            ("times", self.times()),
            ("cost", costs.join("<br>")),
            ("accounts", self.account_rows()),
            ("machine", self.machine_rows()),
        ];
        fields.iter().fold(PAGE.to_owned(), |page, (name, value)| {
            page.replace(&format!("{{{{{name}}}}}"), value)
        })
    }

    fn thresholds(&self) -> String {
        let metrics = self.load.metrics.iter().chain(&self.check.metrics);
        let limits = metrics.flat_map(|(name, metric)| {
            metric
                .thresholds
                .iter()
                .map(move |(limit, met)| (name, limit, *met))
        });
        let mut rows = String::new();
        for (metric, limit, met) in limits.filter(|(_, limit, _)| !always_met(limit)) {
            let met = if met {
                "yes"
            } else {
                r#"<span class="missed">no</span>"#
            };
            row(
                &mut rows,
                &[
                    Cell::Text(&escaped(metric)),
                    Cell::Text(&escaped(limit)),
                    Cell::Text(met),
                ],
            );
        }
        rows
    }

    fn times(&self) -> String {
        let of_metric = |(name, metric): (&String, &Metric)| {
            let value = |statistic: &str| metric.values.get(statistic).copied();
            Some((name.clone(), value("med")?, value("p(95)")?, value("p(99)")?))
        };
        let times: Vec<_> = self
            .load
            .metrics
            .iter()
            .filter(|(name, _)| name.starts_with("http_req_duration") || name.ends_with("_ms"))
            .filter_map(of_metric)
            .collect();
        let longest = times
            .iter()
            .map(|(_, _, p95, _)| *p95)
            .fold(f64::MIN_POSITIVE, f64::max);
        let mut rows = String::new();
        for (name, median, p95, p99) in &times {
            let bar = format!(
                r#"<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="{:.1}" height="10"/></svg>"#,
                100.0 * p95 / longest
            );
            let cells = [
                Cell::Text(&escaped(name)),
                Cell::Number(*median),
                Cell::Number(*p95),
                Cell::Number(*p99),
                Cell::Text(&bar),
            ];
            row(&mut rows, &cells);
        }
        rows
    }

    fn account_rows(&self) -> String {
        let mut rows = String::new();
        for (phase, processes) in &self.accounts {
            for (process, account) in processes {
                let cells = [
                    Cell::Text(&escaped(phase)),
                    Cell::Text(&escaped(process)),
                    Cell::Number(account.cpu_ms),
                    Cell::Number(account.memory_before_mib),
                    Cell::Number(account.memory_after_mib),
                ];
                row(&mut rows, &cells);
            }
        }
        rows
    }

    fn machine_rows(&self) -> String {
        let machine = &self.machine;
        let cores = machine.cores.to_string();
        let facts = [
            ("Processor", &machine.processor),
            ("Cores, shared with the load generator", &cores),
            ("Memory", &machine.memory),
            ("System", &machine.system),
            ("Commit", &machine.commit),
        ];
        let mut rows = String::new();
        for (name, value) in facts {
            row(&mut rows, &[Cell::Text(name), Cell::Text(&escaped(value))]);
        }
        rows
    }

    fn costs(&self) -> Vec<Cost> {
        costs(&self.load, &self.accounts, &self.yardsticks)
    }
}

/// Phases are told by the tag `phase`; a run of one phase counts all its operations.
pub(crate) fn costs(load: &Summary, accounts: &Accounts, yardsticks: &BTreeMap<String, f64>) -> Vec<Cost> {
    let cost = |(phase, processes): (&String, &BTreeMap<String, Account>)| {
        let counted = |metric: &str| load.value(metric, "count");
        let operations = counted(&format!("echo_operations{{phase:{phase}}}"))
            .or_else(|| counted_load(load))
            .filter(|operations| *operations > 0.0)?;
        let counts = processes
            .iter()
            .filter(|(name, _)| !APART.contains(&name.as_str()));
        let cpu_ms = counts.map(|(_, account)| account.cpu_ms).sum();
        Some(Cost {
            phase: phase.clone(),
            operations,
            cpu_ms,
            yardstick: yardsticks.get(phase).copied(),
        })
    };
    accounts.iter().filter_map(cost).collect()
}

/// Operations under load alone: those of the setup bear no kind that is shown.
fn counted_load(load: &Summary) -> Option<f64> {
    let kinds = load
        .metrics
        .keys()
        .filter(|name| name.starts_with("echo_operations{scenario:"));
    let counts: Vec<f64> = kinds.filter_map(|name| load.value(name, "count")).collect();
    (!counts.is_empty()).then(|| counts.iter().sum())
}

impl Cost {
    /// Of one operation, in milliseconds.
    pub(crate) fn each(&self) -> f64 {
        self.cpu_ms / self.operations
    }

    fn promised(&self) -> Option<f64> {
        let found = PROMISED.iter().find(|(phase, _)| *phase == self.phase);
        found.map(|(_, promised)| *promised)
    }

    /// Whether it is what was promised, as far as something was.
    pub(crate) fn is_kept(&self) -> bool {
        self.promised()
            .is_none_or(|promised| self.each() <= promised * BROKEN)
    }

    /// Of a thousand operations, in pieces of the fixed work that took place beside them.
    pub(crate) fn in_yardsticks(&self) -> Option<f64> {
        Some(1e3 * self.each() / self.yardstick?)
    }

    fn sentence(&self) -> String {
        let mut sentence = format!(
            "{}: {:.2} ms of CPU time for each of {:.0} operations (services, nats-server and mongod; load generator and edge apart)",
            self.phase,
            self.each(),
            self.operations
        );
        let mut add = |words: std::fmt::Arguments<'_>| {
            let added = sentence.write_fmt(words);
            debug_assert!(added.is_ok(), "a String takes everything");
        };
        if let Some(promised) = self.promised() {
            add(format_args!("; wanted: at most {promised:.1} ms"));
        }
        if let Some(yardstick) = self.yardstick {
            add(format_args!("; a fixed piece of work took {yardstick:.1} ms"));
        }
        sentence
    }
}

/// A limit that is there to have a sub-metric in the summary.
fn always_met(limit: &str) -> bool {
    matches!(limit, "count>=0" | "max>=0")
}

enum Cell<'a> {
    /// As it stands: HTML.
    Text(&'a str),
    Number(f64),
}

fn row(rows: &mut String, cells: &[Cell<'_>]) {
    rows.push_str("<tr>");
    for cell in cells {
        let written = match cell {
            Cell::Text(text) => write!(rows, "<td>{text}</td>"),
            Cell::Number(number) => write!(rows, r#"<td class="number">{number:.1}</td>"#),
        };
        debug_assert!(written.is_ok(), "a String takes everything");
    }
    rows.push_str("</tr>\n");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(values: &[(&str, f64)], thresholds: &[(&str, bool)]) -> Metric {
        Metric {
            values: values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), *value))
                .collect(),
            thresholds: thresholds
                .iter()
                .map(|(name, met)| ((*name).to_owned(), *met))
                .collect(),
        }
    }

    fn report() -> Report {
        let mut load = Summary::default();
        let duration = metric(
            &[("med", 1.0), ("p(95)", 8.0), ("p(99)", 9.0)],
            &[("p(95)<10", false)],
        );
        load.metrics
            .insert("http_req_duration{kind:read}".to_owned(), duration);
        let operations = metric(&[("count", 200.0)], &[("count>=0", true)]);
        load.metrics
            .insert("echo_operations{phase:write}".to_owned(), operations);
        let account = |cpu_ms| Account {
            cpu_ms,
            memory_before_mib: 1.0,
            memory_after_mib: 2.0,
        };
        let processes = [("mongod", 100.0), ("projector", 60.0), ("edge", 999.0)];
        let processes = processes.map(|(name, cpu)| (name.to_owned(), account(cpu)));
        Report {
            scenario: "cost",
            verdict: Verdict {
                thresholds: false,
                nothing_lost: true,
                rate_kept: true,
            },
            machine: Machine {
                processor: "A & B".to_owned(),
                cores: 2,
                memory: "unknown".to_owned(),
                system: "Linux".to_owned(),
                commit: "abc".to_owned(),
            },
            load,
            check: Summary::default(),
            accounts: [("write".to_owned(), processes.into())].into(),
            yardsticks: [("write".to_owned(), 40.0)].into(),
        }
    }

    #[test]
    fn the_edge_is_no_part_of_the_cost() {
        let cost = Cost {
            phase: "write".to_owned(),
            operations: 200.0,
            cpu_ms: 160.0,
            yardstick: Some(40.0),
        };
        assert_eq!((cost.each(), cost.in_yardsticks()), (0.8, Some(20.0)));
        assert_eq!(report().costs(), [cost]);
    }

    #[test]
    fn a_promise_is_kept_within_what_a_slow_machine_explains() {
        let cost = |phase: &str, cpu_ms| Cost {
            phase: phase.to_owned(),
            operations: 100.0,
            cpu_ms,
            yardstick: None,
        };
        assert!(cost("write", 150.0).is_kept() && cost("write", 187.0).is_kept());
        assert!(!cost("write", 188.0).is_kept() && !cost("single", 51.0).is_kept());
        assert!(cost("load", 999.0).is_kept(), "nothing was promised");
        assert!(
            cost("write", 150.0)
                .sentence()
                .ends_with("; wanted: at most 1.5 ms")
        );
    }

    #[test]
    fn the_page_tells_what_was_missed_and_escapes_what_it_shows() {
        let page = report().page();
        assert!(page.contains("not passed: a threshold was not met"));
        assert!(page.contains("p(95)&lt;10") && page.contains(r#"<span class="missed">no</span>"#));
        assert!(page.contains("A &amp; B"));
        assert!(
            !page.contains("count&gt;=0"),
            "limits that always hold say nothing"
        );
        assert!(!page.contains("{{"), "every field is filled in");
    }
}
