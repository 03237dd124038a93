//! Packages of the operating system, where installing them needs nobody's password: as root on Debian and its kin.
use std::{path::Path, process::Command};

use anyhow::Result;

use crate::workspace;

/// Whether packages can be installed without asking anybody.
pub(crate) fn can_install() -> bool {
    Path::new("/usr/bin/apt-get").exists()
        && workspace::stdout_of(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Installs packages; their own chatter goes to nobody unless it fails.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    eprintln!("installing {} with apt-get ...", packages.join(", "));
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    workspace::stdout_of(apt().args(["-qq", "update"]))?;
    workspace::stdout_of(
        apt()
            .args(["-qq", "--yes", "--no-install-recommends", "install"])
            .args(packages),
    )?;
    Ok(())
}
