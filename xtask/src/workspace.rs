//! The checkout, and the programs that are run in it.
use std::{
    ffi::OsStr,
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::interrupt;

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// The cargo that started this program, or the one on PATH.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    // `cargo run` describes the xtask package to its child. Passed on to another cargo these would
    // make build scripts that look at them run again.
    for (name, _) in std::env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// The program and its arguments as a person would type them.
pub(crate) fn describe(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|part| {
            Path::new(part)
                .file_name()
                .filter(|_| Path::new(part).is_absolute())
                .unwrap_or(part)
                .to_string_lossy()
                .into_owned()
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs a program with our own input and output, and fails when it does.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    if !status.success() {
        bail!("`{}` failed ({status})", describe(command));
    }
    Ok(())
}

/// Runs a program with our own input and output, and tells how it ended.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
    interrupt::check()?;
    let mut child = command
        .spawn()
        .map_err(|error| cannot_start(command.get_program(), error))?;
    wait(&mut child)
}

/// Waits for a child's end, and ends it when somebody asks us to stop.
fn wait(child: &mut Child) -> Result<ExitStatus> {
    loop {
        if let Some(status) = child.try_wait()? {
            interrupt::check()?;
            return Ok(status);
        }
        if interrupt::requested() {
            crate::process::terminate(child.id());
            child.wait()?;
            bail!("interrupted");
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Runs a program to its end and gives what it wrote, whatever its exit status.
pub(crate) fn output(command: &mut Command) -> Result<Output> {
    interrupt::check()?;
    command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| cannot_start(command.get_program(), error))
}

/// Runs a program and gives its standard output as text; fails with all it said when it fails.
pub(crate) fn stdout_of(command: &mut Command) -> Result<String> {
    let name = describe(command);
    let output = output(command)?;
    if !output.status.success() {
        let said = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
        bail!("`{name}` failed ({}): {}", output.status, said.concat().trim());
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{name}` did not write text"))
}

fn cannot_start(program: &OsStr, error: io::Error) -> anyhow::Error {
    let name = program.to_string_lossy().into_owned();
    if error.kind() != io::ErrorKind::NotFound {
        return anyhow::Error::new(error).context(format!("cannot start {name}"));
    }
    match name.as_str() {
        "python3" => anyhow::anyhow!("python3 is missing: install Python 3.9 or newer with pip"),
        "node" | "npm" => anyhow::anyhow!("{name} is missing: install Node.js 20 or newer, which brings npm"),
        "cargo" => anyhow::anyhow!("cargo is missing: install Rust from https://rustup.rs"),
        _ => anyhow::anyhow!("{name} is missing"),
    }
}

/// Builds packages' binaries and says where each of them is.
///
/// Cargo itself is asked for the paths, because a developer's settings may move the target folder.
pub(crate) fn build(packages: &[&str], profile: Profile) -> Result<Vec<(String, PathBuf)>> {
    let mut command = cargo();
    command.args(["build", "--bins", "--message-format=json-render-diagnostics"]);
    command.args(profile.cargo_args());
    for package in packages {
        command.args(["--package", package]);
    }
    if !io::stderr().is_terminal() {
        command.arg("--quiet");
    }
    command.stdout(Stdio::piped());
    let mut child = command
        .spawn()
        .map_err(|error| cannot_start(command.get_program(), error))?;
    let mut output = child.stdout.take().context("cargo has no standard output")?;
    // Read beside the waiting, so that neither a full pipe nor a long build hides an interruption.
    let reader = thread::spawn(move || {
        let mut messages = String::new();
        output.read_to_string(&mut messages).map(|_| messages)
    });
    let status = wait(&mut child)?;
    let messages = reader
        .join()
        .map_err(|_| anyhow::anyhow!("cargo's output could not be read"))??;
    if !status.success() {
        bail!("the build failed, see above");
    }
    Ok(executables(&messages))
}

/// The names and paths of the programs that cargo's messages say it has built.
fn executables(messages: &str) -> Vec<(String, PathBuf)> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter_map(|message| {
            let path = message.get("executable")?.as_str()?;
            let name = message.pointer("/target/name")?.as_str()?;
            Some((name.to_owned(), PathBuf::from(path)))
        })
        .collect()
}

/// How the services are compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build; for developing and testing.
    Dev,
    /// What is measured.
    Release,
    /// What a container ships: takes a third longer to build.
    Shipped,
}

impl Profile {
    fn cargo_args(self) -> &'static [&'static str] {
        match self {
            Profile::Dev => &[],
            Profile::Release => &["--release"],
            Profile::Shipped => &["--profile", "dist"],
        }
    }
}

/// Prints a heading, does the work and prints how long it took.
pub(crate) fn stage<T>(heading: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n== {heading}");
    let started = Instant::now();
    let value = work().with_context(|| format!("{heading}: failed after {}", seconds(started.elapsed())))?;
    println!("-- {heading}: {}", seconds(started.elapsed()));
    Ok(value)
}

/// A duration as people say it: `0.4 s`, `2 min 05 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    let whole = duration.as_secs();
    if whole < 60 {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_s_messages_name_the_programs_it_built() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"events"},"executable":null}"#,
            "\nnot json\n",
            r#"{"reason":"compiler-artifact","target":{"name":"projector"},"executable":"/t/debug/projector"}"#,
            "\n",
        );
        assert_eq!(
            executables(messages),
            [("projector".to_owned(), PathBuf::from("/t/debug/projector"))]
        );
    }

    #[test]
    fn durations_read_well() {
        assert_eq!(seconds(Duration::from_millis(430)), "0.4 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 05 s");
    }
}
