//! What is done with a real browser: the test of the whole way, and pictures of every page.
use std::{
    fs,
    path::{self, Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    demo,
    system::System,
    tools::chromium,
    web,
    workspace::{self, Profile, run},
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the pictures go.
    #[arg(default_value = "target/screenshots")]
    folder: PathBuf,
}

/// People in browsers, on a system of their own.
pub(crate) fn test() -> Result<()> {
    with_system("browser-test", Profile::Dev, |system, url, chromium| {
        run(script("e2e", chromium)
            .env("ECHO_BASE_URL", url)
            .env("ECHO_E2E_MAIL", system.root.join("mail")))
    })
}

/// Pictures of the demo network.
pub(crate) fn screenshots(args: &Args) -> Result<()> {
    let folder = path::absolute(&args.folder)?;
    with_system("screenshots", Profile::Dev, |_, url, chromium| {
        demo::fill(url)?;
        run(as_somebody(script("screenshots", chromium), url)
            .arg("--")
            .arg(&folder))
    })
}

/// How soon a page of the demo network is there. The services are optimized: it is the client that is measured.
pub(crate) fn measure() -> Result<()> {
    with_system("web-performance", Profile::Release, |_, url, chromium| {
        demo::fill(url)?;
        run(&mut as_somebody(script("performance", chromium), url))
    })
}

/// With what a script needs to log in.
fn as_somebody(mut command: Command, url: &str) -> Command {
    command
        .env("ECHO_E2E_URL", url)
        .env("ECHO_E2E_LOGIN", demo::SOMEBODY)
        .env("ECHO_E2E_PASSWORD", demo::PASSWORD);
    command
}

fn script(name: &str, chromium: &Path) -> Command {
    let mut command = web::npm(&["run", "--silent", name]);
    command.env("ECHO_CHROMIUM", chromium);
    command
}

/// Starts a system for `work`, which is given it, its address and the browser.
fn with_system(
    what: &str,
    profile: Profile,
    work: impl FnOnce(&System, &str, &Path) -> Result<()>,
) -> Result<()> {
    let Some(chromium) = chromium::find()? else {
        println!("skipped: Chromium is missing (install it, or set ECHO_CHROMIUM)");
        return Ok(());
    };
    web::install()?;
    let system = System::private(what, profile)?;
    let mut running = system.start()?;
    let result = work(&system, &running.url, &chromium).and_then(|()| running.check());
    if result.is_err() {
        keep_logs(&system.root.join("logs"), what)?;
    }
    result
}

/// Copies the logs of a system to where they outlive it.
fn keep_logs(logs: &Path, what: &str) -> Result<()> {
    let target = workspace::root().join("target/logs").join(what);
    fs::create_dir_all(&target).with_context(|| format!("cannot make {}", target.display()))?;
    for entry in fs::read_dir(logs)? {
        let entry = entry?;
        fs::copy(entry.path(), target.join(entry.file_name()))?;
    }
    println!("The services' logs are kept in {}.", target.display());
    Ok(())
}
