//! Where something was measured: without it a number says little.
use std::{fs, process::Command};

use serde::{Deserialize, Serialize};

use crate::workspace;

/// The machine and what ran on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory: String,
    pub(crate) system: String,
    /// The commit, and whether anything was changed since.
    pub(crate) commit: String,
}

impl Machine {
    /// This one. What can't be told is called unknown.
    pub(crate) fn look() -> Machine {
        let told = |command: &mut Command| {
            let output = workspace::stdout_of(command.current_dir(workspace::root()));
            output.map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned())
        };
        Machine {
            processor: field("/proc/cpuinfo", "model name"),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory: field("/proc/meminfo", "MemTotal"),
            system: told(Command::new("uname").arg("-sr")),
            commit: told(Command::new("git").args(["describe", "--always", "--dirty"])),
        }
    }
}

/// The value of `name: value` in a file of such lines.
fn field(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let value = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim().to_owned());
    value.unwrap_or_else(|| "unknown".to_owned())
}
