//! What is written down about a child, so that it can be found again and ended by somebody else.
use std::{
    fs,
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

    fn end(&self) {
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

/// Ends every process that is written down in a run folder and empties it.
pub(super) fn end_all(run: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(run) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry?.path();
        // A record cut short by a crash names nobody.
        if let Ok(record) = serde_json::from_slice::<Record>(&fs::read(&path)?) {
            record.end();
        }
        fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
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
