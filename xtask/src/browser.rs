//! What is done with a real browser: the test of the whole way, and pictures of every page.
use std::{
    path::{self, Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::{
    demo,
    system::System,
    tools::chromium,
    web,
    workspace::{Profile, run},
};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where the pictures go.
    #[arg(default_value = "target/screenshots")]
    folder: PathBuf,
}

/// People in browsers, on a system that runs at `url`.
pub(crate) fn test(system: &System, url: &str) -> Result<()> {
    let Some(chromium) = chromium()? else {
        return Ok(());
    };
    run(script("e2e", &chromium)
        .env("ECHO_BASE_URL", url)
        .env("ECHO_E2E_MAIL", system.root.join("mail")))
}

/// The browser, with what its tests are written in installed; says so where there is none.
fn chromium() -> Result<Option<PathBuf>> {
    let found = chromium::find()?;
    match found {
        Some(_) => web::install()?,
        None => println!("skipped: Chromium is missing (install it, or set ECHO_CHROMIUM)"),
    }
    Ok(found)
}

/// Pictures of the demo network.
pub(crate) fn screenshots(args: &Args) -> Result<()> {
    let folder = path::absolute(&args.folder)?;
    with_system("screenshots", Profile::Dev, |url, chromium| {
        demo::fill(url)?;
        run(as_somebody(script("screenshots", chromium), url)
            .arg("--")
            .arg(&folder))
    })
}

/// How soon a page of the demo network is there. The services are optimized: it is the client that is measured.
pub(crate) fn measure() -> Result<()> {
    with_system("web-performance", Profile::Release, |url, chromium| {
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

/// Starts a system for `work`, which is given its address and the browser.
fn with_system(what: &str, profile: Profile, work: impl FnOnce(&str, &Path) -> Result<()>) -> Result<()> {
    let Some(chromium) = chromium()? else {
        return Ok(());
    };
    let system = System::private(what, profile)?;
    let mut running = system.start()?;
    let result = work(&running.url, &chromium).and_then(|()| running.check());
    if result.is_err() {
        system.keep_logs()?;
    }
    result
}
