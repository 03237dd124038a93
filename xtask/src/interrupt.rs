//! Ctrl-C and SIGTERM as a flag that every wait looks at, so that whatever was started is ended in order.
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// How long a wait sleeps between two looks: short enough that nobody notices.
const TICK: Duration = Duration::from_millis(50);

/// From here on a signal sets the flag instead of ending the program on the spot.
pub(crate) fn listen() -> Result<()> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst)).context("cannot handle Ctrl-C")
}

/// Whether somebody asked this program to stop.
pub(crate) fn requested() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Fails once somebody asked this program to stop.
pub(crate) fn check() -> Result<()> {
    if requested() {
        bail!("interrupted");
    }
    Ok(())
}

/// Asks `ready` again and again until it has an answer, an interruption comes or `limit` is over.
///
/// `what` completes the sentence "… within 30 s".
pub(crate) fn wait_for<T>(
    what: &str,
    limit: Duration,
    mut ready: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let started = Instant::now();
    loop {
        check()?;
        if let Some(value) = ready()? {
            return Ok(value);
        }
        if started.elapsed() > limit {
            bail!("{what} within {} s", limit.as_secs());
        }
        thread::sleep(TICK);
    }
}
