//! What a load costs: the CPU time and memory of every process, from the kernel's own accounting.
//!
//! The scripts say in their journal where a phase begins and ends; a thread follows the journal and reads the
//! processes' accounts at that moment.
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Result, anyhow};
use nix::unistd::{SysconfVar, sysconf};
use serde::{Deserialize, Serialize};

use super::yardstick;

/// How often the journal is looked at; a phase lasts seconds.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What one process used during one phase.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Account {
    /// User and system time, in milliseconds.
    pub(crate) cpu_ms: f64,
    /// Resident memory at the phase's beginning and end, in MiB.
    pub(crate) memory_before_mib: f64,
    pub(crate) memory_after_mib: f64,
}

/// By phase, then by process. Empty for a system that runs elsewhere.
pub(crate) type Accounts = BTreeMap<String, BTreeMap<String, Account>>;

/// What was read in the course of a run.
#[derive(Debug, Default)]
pub(crate) struct Books {
    pub(crate) accounts: Accounts,
    /// By phase, the mean of what a fixed piece of work took right before and right after it, in milliseconds.
    pub(crate) yardsticks: BTreeMap<String, f64>,
}

/// Follows a run.
pub(crate) struct Accountant {
    over: Arc<AtomicBool>,
    thread: JoinHandle<Books>,
}

impl Accountant {
    /// Begins to follow `journal`, which need not be there yet.
    pub(crate) fn start(journal: &Path, processes: Option<Vec<(String, u32)>>) -> Accountant {
        let over = Arc::new(AtomicBool::new(false));
        let (journal, until) = (journal.to_owned(), over.clone());
        let thread = thread::spawn(move || follow(&journal, &processes.unwrap_or_default(), &until));
        Accountant { over, thread }
    }

    /// Ends the last phase, and tells all.
    pub(crate) fn stop(self) -> Result<Books> {
        self.over.store(true, Ordering::Relaxed);
        self.thread
            .join()
            .map_err(|_| anyhow!("the accounting broke down"))
    }
}

fn follow(journal: &PathBuf, processes: &[(String, u32)], over: &AtomicBool) -> Books {
    let mut books = Books::default();
    let mut current: Option<Phase> = None;
    let mut lines: Option<BufReader<fs::File>> = None;
    loop {
        let ended = over.load(Ordering::Relaxed);
        if lines.is_none() {
            lines = fs::File::open(journal).ok().map(BufReader::new);
        }
        let mut line = String::new();
        while lines
            .as_mut()
            .is_some_and(|lines| lines.read_line(&mut line).is_ok_and(|read| read > 0))
        {
            if let Some(Mark { phase }) = Mark::in_line(&line) {
                books.close(current.take(), processes);
                current = phase.map(|name| Phase::begin(name, processes));
            }
            // A line that was still being written goes on with the next look.
            if line.ends_with('\n') {
                line.clear();
            }
        }
        if ended {
            books.close(current, processes);
            return books;
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// `{"phase": "load"}` begins a phase, `{"phase": null}` ends one; every other line is nothing.
#[derive(Debug, PartialEq)]
struct Mark {
    phase: Option<String>,
}

impl Mark {
    fn in_line(line: &str) -> Option<Mark> {
        let line: serde_json::Value = serde_json::from_str(line).ok()?;
        let phase = line.get("phase")?.as_str().map(str::to_owned);
        Some(Mark { phase })
    }
}

/// A phase that has begun.
struct Phase {
    name: String,
    yardstick: Option<f64>,
    before: Vec<Reading>,
}

impl Phase {
    fn begin(name: String, processes: &[(String, u32)]) -> Self {
        let before = read_all(processes);
        // Where nobody's time is told there is nothing to compare with it.
        let yardstick = if before.is_empty() {
            None
        } else {
            yardstick::measure()
        };
        Self {
            name,
            yardstick,
            before,
        }
    }
}

impl Books {
    fn close(&mut self, phase: Option<Phase>, processes: &[(String, u32)]) {
        let Some(phase) = phase else { return };
        let after = read_all(processes);
        let used = processes.iter().zip(phase.before.into_iter().zip(after));
        let account = |before: Reading, after: Reading| Account {
            cpu_ms: after.cpu_ms - before.cpu_ms,
            memory_before_mib: before.memory_mib,
            memory_after_mib: after.memory_mib,
        };
        let of_phase = used.map(|((name, _), (before, after))| (name.clone(), account(before, after)));
        self.accounts.insert(phase.name.clone(), of_phase.collect());
        let sticks = phase
            .yardstick
            .and_then(|before| Some((before, yardstick::measure()?)));
        if let Some((before, after)) = sticks {
            self.yardsticks.insert(phase.name, f64::midpoint(before, after));
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Reading {
    cpu_ms: f64,
    memory_mib: f64,
}

fn read_all(processes: &[(String, u32)]) -> Vec<Reading> {
    processes
        .iter()
        .map(|(_, pid)| read(*pid).unwrap_or_default())
        .collect()
}

/// From `/proc`, which Linux has.
fn read(pid: u32) -> Option<Reading> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let ticks_per_second = sysconf(SysconfVar::CLK_TCK).ok()??;
    let page = sysconf(SysconfVar::PAGE_SIZE).ok()??;
    parse(&stat, ticks_per_second, page)
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn parse(stat: &str, ticks_per_second: i64, page: i64) -> Option<Reading> {
    // The name, in parentheses, may hold anything; counted from behind it the fields are fixed (proc(5)).
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<i64>().ok();
    let ticks = field(14)? + field(15)?;
    Some(Reading {
        cpu_ms: ticks as f64 * 1e3 / ticks_per_second as f64,
        memory_mib: (field(24)? * page) as f64 / f64::from(1 << 20),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_s_account_is_read_whatever_the_process_is_called() {
        let stat = "4711 (a ) b) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 9 0 100 9999 512 0";
        let reading = parse(stat, 100, 4096).unwrap();
        assert_eq!((reading.cpu_ms, reading.memory_mib), (3000.0, 2.0));
    }

    #[test]
    fn this_process_has_an_account() {
        let reading = read(std::process::id()).unwrap();
        assert!(reading.memory_mib > 0.0);
    }

    #[test]
    fn phases_are_told_by_the_journal_alone() {
        let begins = Mark {
            phase: Some("load".to_owned()),
        };
        assert_eq!(Mark::in_line(r#"{"phase":"load"}"#), Some(begins));
        assert_eq!(Mark::in_line(r#"{"phase":null}"#), Some(Mark { phase: None }));
        assert_eq!(Mark::in_line(r#"{"acknowledged":"post","id":"x"}"#), None);
        assert_eq!(Mark::in_line("time=now level=error"), None);
    }

    #[test]
    fn a_phase_ends_where_the_next_begins_or_the_run_is_over() {
        let folder = std::env::temp_dir().join(format!("echo-accounting-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let journal = folder.join("journal.log");
        fs::write(&journal, "noise\n{\"phase\":\"a\"}\n{\"phase\":\"b\"}\n").unwrap();
        let me = ("me".to_owned(), std::process::id());
        let books = Accountant::start(&journal, Some(vec![me])).stop().unwrap();
        assert_eq!(books.accounts.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert!(books.accounts["b"]["me"].cpu_ms >= 0.0);
        assert!(books.yardsticks["a"] > 0.0 && books.yardsticks["b"] > 0.0);
        fs::remove_dir_all(folder).unwrap();
    }
}
