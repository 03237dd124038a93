//! Chromium for the browser test and the screenshots.
use std::{env, path::PathBuf};

use anyhow::{Result, bail};

use super::{debian, on_path};

/// The names that distributions give the browser.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// The browser: named by `ECHO_CHROMIUM`, on PATH, or installed on the spot where that is possible.
///
/// Without one the browser test cannot run. On a continuous-integration machine that is an error,
/// because a test that quietly did not run would be taken for one that passed; elsewhere it is `None`.
pub(crate) fn find() -> Result<Option<PathBuf>> {
    if let Some(named) = env::var_os("ECHO_CHROMIUM").filter(|value| !value.is_empty()) {
        let path = PathBuf::from(named);
        if !path.exists() {
            bail!("ECHO_CHROMIUM names {}, which does not exist", path.display());
        }
        return Ok(Some(path));
    }
    if let Some(path) = NAMES.iter().find_map(|name| on_path(name)) {
        return Ok(Some(path));
    }
    if debian::can_install() {
        debian::install(&["chromium"])?;
        return Ok(on_path("chromium"));
    }
    if env::var("CI").is_ok_and(|value| value == "true") {
        bail!(
            "Chromium is missing, and with CI=true the browser test must run: install it or set ECHO_CHROMIUM"
        );
    }
    Ok(None)
}
