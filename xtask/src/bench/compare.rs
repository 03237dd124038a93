//! Two runs side by side.
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{
    accounting::Accounts,
    machine::Machine,
    report::{self, RESULT},
    summary::Summary,
};
use crate::workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A run's folder, or its name below target/bench: write-heavy-001.
    before: PathBuf,
    /// The other.
    after: PathBuf,
}

/// As much of a run's numbers as is compared.
#[derive(Deserialize)]
struct Numbers {
    machine: Machine,
    load: Summary,
    accounts: Accounts,
    /// Runs of earlier versions have none.
    #[serde(default)]
    yardsticks: BTreeMap<String, f64>,
}

/// What is worth comparing, in the order in which it is shown.
const STATISTICS: [&str; 5] = ["med", "p(95)", "p(99)", "count", "rate"];

/// Prints every number of both runs and their ratio.
pub(crate) fn run(args: &Args) -> Result<()> {
    let (before, after) = (read(&args.before)?, read(&args.after)?);
    if (&before.machine.processor, before.machine.cores) != (&after.machine.processor, after.machine.cores) {
        println!("These are different machines; only what is a ratio in itself can be compared.");
    }
    println!(
        "{:<56} {:>6} {:>12} {:>12} {:>7}",
        "", "", "before", "after", "ratio"
    );
    for line in lines(&before.load, &after.load)
        .into_iter()
        .chain(costs(&before, &after))
    {
        println!("{line}");
    }
    Ok(())
}

/// What an operation costs: in milliseconds, and beside a fixed piece of work, for the same machine isn't always as fast.
fn costs(before: &Numbers, after: &Numbers) -> Vec<String> {
    let [old, new] =
        [before, after].map(|numbers| report::costs(&numbers.load, &numbers.accounts, &numbers.yardsticks));
    let mut lines = Vec::new();
    for old in old {
        let Some(new) = new.iter().find(|new| new.phase == old.phase) else {
            continue;
        };
        lines.push(line(
            &format!("CPU time {{phase:{}}}", old.phase),
            "ms",
            old.each(),
            new.each(),
        ));
        if let Some((old_sticks, new_sticks)) = old.in_yardsticks().zip(new.in_yardsticks()) {
            let name = format!("CPU time of 1,000 {{phase:{}}}", old.phase);
            lines.push(line(&name, "sticks", old_sticks, new_sticks));
        }
    }
    lines
}

fn lines(before: &Summary, after: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, metric) in &before.metrics {
        for statistic in STATISTICS {
            let Some((old, new)) = metric
                .values
                .get(statistic)
                .copied()
                .zip(after.value(name, statistic))
            else {
                continue;
            };
            lines.push(line(name, statistic, old, new));
        }
    }
    lines
}

fn line(name: &str, statistic: &str, old: f64, new: f64) -> String {
    let ratio = if old == 0.0 {
        "-".to_owned()
    } else {
        format!("{:.2}", new / old)
    };
    format!("{name:<56} {statistic:>6} {old:>12.2} {new:>12.2} {ratio:>7}")
}

fn read(run: &Path) -> Result<Numbers> {
    let named = workspace::root().join("target/bench").join(run);
    let folder = if run.join(RESULT).exists() { run } else { &named };
    let path = folder.join(RESULT);
    let text =
        fs::read_to_string(&path).with_context(|| format!("there is no run in {}", folder.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} holds no numbers of a run", path.display()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{super::summary::Metric, *};

    fn summary(metrics: &[(&str, &str, f64)]) -> Summary {
        let mut summary = Summary::default();
        for (name, statistic, value) in metrics {
            let values = BTreeMap::from([((*statistic).to_owned(), *value)]);
            let metric = Metric {
                values,
                ..Metric::default()
            };
            summary.metrics.insert((*name).to_owned(), metric);
        }
        summary
    }

    #[test]
    fn what_both_have_is_set_side_by_side_with_its_ratio() {
        let before = summary(&[("a", "p(95)", 10.0), ("b", "count", 0.0), ("c", "rate", 1.0)]);
        let after = summary(&[("a", "p(95)", 5.0), ("b", "count", 3.0)]);
        let lines = lines(&before, &after);
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("a ") && lines[0].ends_with(" 0.50"));
        assert!(lines[1].ends_with(" -"), "nothing is divided by zero");
    }

    #[test]
    fn what_an_operation_costs_is_compared_beside_a_fixed_piece_of_work() {
        let numbers = |cpu_ms: f64, yardstick: f64| -> Numbers {
            let account =
                serde_json::json!({ "cpu_ms": cpu_ms, "memory_before_mib": 1.0, "memory_after_mib": 1.0 });
            let machine = serde_json::json!({
                "processor": "", "cores": 2, "memory": "", "system": "", "commit": "",
            });
            let counted = serde_json::json!({ "values": { "count": 100.0 }, "thresholds": {} });
            let whole = serde_json::json!({
                "machine": machine,
                "load": { "metrics": { "echo_operations{phase:write}": counted } },
                "accounts": { "write": { "mongod": account } },
                "yardsticks": { "write": yardstick },
            });
            serde_json::from_value(whole).expect("numbers of a run")
        };
        // Twice as dear on a machine half as fast.
        let lines = costs(&numbers(100.0, 20.0), &numbers(200.0, 40.0));
        assert!(lines[0].ends_with(" 2.00"), "{lines:?}");
        assert!(lines[1].ends_with(" 1.00"), "{lines:?}");
    }
}
