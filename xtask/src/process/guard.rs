//! A small second process that outlives a killed xtask just long enough to end its children.
//!
//! It waits on a pipe whose other end only xtask holds. When xtask goes, however it goes, the pipe
//! closes. After an orderly end no child is written down any more and the guard has nothing to do.
use std::{
    env, fs,
    io::{self, Read},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
};

use anyhow::{Context, Result};

use super::record;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder in which children are written down.
    run: PathBuf,
    /// The xtask whose children these are.
    #[arg(long)]
    owner: u32,
    /// A folder to delete at the end, for systems that leave nothing behind.
    #[arg(long)]
    delete: Option<PathBuf>,
}

/// Holds the pipe open; dropping it lets the guard process go.
#[derive(Debug)]
pub(crate) struct Guard(Child);

impl Guard {
    /// Ends what an earlier run left in `run`, then watches over it.
    pub(crate) fn over(run: &Path, delete: Option<&Path>) -> Result<Guard> {
        record::end_all(run, None)?;
        let mut command = Command::new(own_program()?);
        command
            .arg("guard")
            .arg(run)
            .args(["--owner", &process::id().to_string()]);
        if let Some(folder) = delete {
            command.arg("--delete").arg(folder);
        }
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .arg0("xtask")
            .process_group(0)
            .spawn()
            .context("cannot start the guard process")?;
        Ok(Guard(child))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        if let Err(error) = self.0.wait() {
            eprintln!("the guard process: {error}");
        }
    }
}

/// This program, even if a build has put a newer one in its place meanwhile: `cargo xtask test` builds
/// the whole workspace, and xtask is part of it.
fn own_program() -> Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    // The link may point at a file that is gone; it can be started all the same.
    if running.is_symlink() {
        return Ok(running.to_path_buf());
    }
    env::current_exe().context("this program cannot be found")
}

/// The guard process itself.
pub(crate) fn run(args: &Args) -> Result<()> {
    // What arrives does not matter, only that the pipe closes; nothing is ever written to it.
    io::stdin()
        .read_to_end(&mut Vec::new())
        .context("cannot wait for xtask")?;
    record::end_all(&args.run, Some(args.owner))?;
    if let Some(folder) = args.delete.as_ref().filter(|folder| folder.exists()) {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}
