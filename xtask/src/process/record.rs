//! What is written down about a child, so that it can be found again and ended by somebody else.
use std::{
    fs,
    io::ErrorKind,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use serde::{Deserialize, Serialize};

use super::{is_alive, signal, terminate};

/// How long what was left behind may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest that a process which is there may be without a command line, if it is to get one.
const NAMELESS: Duration = Duration::from_millis(500);

/// A process and the program that it runs.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) pid: u32,
    /// As it was started; guards against a process number that has been given to somebody else.
    pub(super) program: String,
}

impl Record {
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        fs::write(path, serde_json::to_vec(self)?).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Whether the process is still there and still runs the program.
    fn is_running(&self) -> bool {
        is_alive(self.pid) && program_of(self.pid).is_some_and(|program| program == self.program)
    }

    /// A process that was started this very moment may not have its command line yet, and one that has ended has none
    /// any more.
    fn wait_for_its_name(&self) {
        let asked = Instant::now();
        while is_alive(self.pid) && program_of(self.pid).is_none() && asked.elapsed() < NAMELESS {
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn end(&self) {
        self.wait_for_its_name();
        if !self.is_running() {
            return;
        }
        terminate(self.pid);
        let asked = Instant::now();
        while self.is_running() {
            if asked.elapsed() > PATIENCE {
                signal(self.pid, Signal::SIGKILL);
                break;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The file of a child that `owner` started as its `order`th.
///
/// No two runs ever share a name, so that whoever ends what an earlier run left cannot touch what a
/// later one has just started.
pub(super) fn file_name(owner: u32, order: u32, name: &str) -> String {
    format!("{owner}-{order:04}-{name}.json")
}

/// Ends the processes that are written down in a run folder, the youngest first, and forgets them.
/// All of them, or those of one owner.
pub(super) fn end_all(run: &Path, owner: Option<u32>) -> Result<()> {
    let Ok(entries) = fs::read_dir(run) else {
        return Ok(());
    };
    let mut files = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if owner.is_none_or(|owner| name.starts_with(&format!("{owner}-"))) {
            files.push(name);
        }
    }
    files.sort_unstable();
    for name in files.iter().rev() {
        let path = run.join(name);
        // Somebody else may be ending the same, and a record cut short by a crash names nobody.
        let record = fs::read(&path)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok());
        if let Some(record) = record {
            record.end();
        }
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The first word of a process's command line. A process that has ended has none, even while its
/// parent has not yet asked for its status.
fn program_of(pid: u32) -> Option<String> {
    if Path::new("/proc/self/cmdline").exists() {
        let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let program = line.split(|byte| *byte == 0).next()?;
        return Some(String::from_utf8_lossy(program).into_owned()).filter(|program| !program.is_empty());
    }
    let output = Command::new("ps")
        .args(["-o", "command=", "-p", &pid.to_string()])
        .output()
        .ok()?;
    String::from_utf8_lossy(&output.stdout)
        .split_whitespace()
        .next()
        .map(str::to_owned)
}
