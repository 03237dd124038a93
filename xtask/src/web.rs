//! The web client: installed, checked and built with npm.
use std::{fs, path::Path, process::Command, time::SystemTime};

use anyhow::{Context, Result, bail};

use crate::{system, workspace};

/// What the build reads, below `frontend/`.
const SOURCES: [&str; 6] = [
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
];

/// npm in the front end's folder.
pub(crate) fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command
        .args(arguments)
        .current_dir(workspace::root().join("frontend"));
    // Neither advice nor advertisements between our own lines.
    command.envs([
        ("npm_config_fund", "false"),
        ("npm_config_audit", "false"),
        ("npm_config_update_notifier", "false"),
    ]);
    command
}

/// Fails with one sentence where Node is missing or too old.
pub(crate) fn require_node() -> Result<()> {
    /// The oldest that the front end's tools run on.
    const OLDEST: u32 = 20;
    let version = workspace::stdout_of(Command::new("node").arg("--version"))?;
    let major = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|text| text.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST) {
        bail!(
            "node is {}, but Node.js {OLDEST} or newer is needed",
            version.trim()
        );
    }
    Ok(())
}

/// Installs the packages of the lock file, unless exactly these are installed.
pub(crate) fn install() -> Result<()> {
    require_node()?;
    let folder = workspace::root().join("frontend");
    let lock = folder.join("package-lock.json");
    // npm writes this file at the end of a complete installation.
    let installed = folder.join("node_modules/.package-lock.json");
    if newest(&installed)?
        .is_some_and(|at| newest(&lock).is_ok_and(|lock| lock.is_none_or(|lock| lock <= at)))
    {
        return Ok(());
    }
    system::progress("installing the web client's packages");
    workspace::run(&mut npm(&["ci", "--no-progress", "--loglevel=error"]))
}

/// Builds the web client if a source is newer than what is built.
pub(crate) fn build_if_changed() -> Result<()> {
    let folder = workspace::root().join("frontend");
    let built = newest(&system::web_client().join("index.html"))?;
    let mut changed = None;
    for source in SOURCES {
        changed = changed.max(newest(&folder.join(source))?);
    }
    if changed.is_none() {
        bail!("{} holds no web client", folder.display());
    }
    if built >= changed {
        return Ok(());
    }
    install()?;
    system::progress("building the web client");
    workspace::stdout_of(&mut npm(&["run", "--silent", "build"])).map(drop)
}

/// When the newest file at or below a path was changed; `None` if there is nothing.
fn newest(path: &Path) -> Result<Option<SystemTime>> {
    let Ok(meta) = fs::metadata(path) else {
        return Ok(None);
    };
    // A folder changes when something in it is removed.
    let mut newest_so_far = Some(meta.modified()?);
    if !meta.is_dir() {
        return Ok(newest_so_far);
    }
    for entry in fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))? {
        newest_so_far = newest_so_far.max(newest(&entry?.path())?);
    }
    Ok(newest_so_far)
}
