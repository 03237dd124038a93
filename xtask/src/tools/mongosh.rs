//! MongoDB's shell, which sets MongoDB up for `compose.yaml`. Its image has one; here it comes from npm.
use std::{env, fs, path::PathBuf, process::Command};

use anyhow::Result;

use super::on_path;
use crate::{web, workspace};

/// The files that say which packages it is made of.
const PACKAGES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

/// The program: named by `ECHO_MONGOSH`, on PATH, or installed below `./.tools`.
pub(crate) fn provision() -> Result<PathBuf> {
    if let Some(named) = env::var_os("ECHO_MONGOSH").filter(|value| !value.is_empty()) {
        return Ok(named.into());
    }
    if let Some(path) = on_path("mongosh") {
        return Ok(path);
    }
    let from = workspace::root().join("xtask/mongosh");
    let folder = workspace::root().join(".tools/mongosh");
    let program = folder.join("node_modules/.bin/mongosh");
    // Written last, so that an installation that was cut off is done again.
    let complete = folder.join("complete");
    let wanted = fs::read_to_string(from.join("package-lock.json"))?;
    if fs::read_to_string(&complete).is_ok_and(|installed| installed == wanted) {
        return Ok(program);
    }
    web::require_node()?;
    fs::create_dir_all(&folder)?;
    for file in PACKAGES {
        fs::copy(from.join(file), folder.join(file))?;
    }
    eprintln!("installing mongosh ...");
    // What is optional are native parts for Kerberos, encryption and other systems' certificates.
    let npm = [
        "ci",
        "--omit=optional",
        "--ignore-scripts",
        "--no-progress",
        "--loglevel=error",
    ];
    workspace::stdout_of(Command::new("npm").args(npm).current_dir(&folder))?;
    fs::write(complete, wanted)?;
    Ok(program)
}
