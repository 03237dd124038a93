//! The one place where time comes from.
//!
//! Everything else is forbidden to ask the system (clippy's `disallowed-methods`), so that a test can hold the
//! clock still or move it on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, SubsecRound, Utc};

/// Tells the time, in UTC and whole milliseconds: what the API prints is then exactly what was stored.
#[derive(Debug, Clone, Default)]
pub struct Clock(Source);

#[derive(Debug, Clone, Default)]
enum Source {
    #[default]
    System,
    /// Milliseconds since 1970, shared by all clones.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of the machine.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `at` until [`Clock::advance`] moves it; its clones move with it.
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self(Source::Fixed(Arc::new(AtomicI64::new(at.timestamp_millis()))))
    }

    /// The present moment.
    pub fn now(&self) -> DateTime<Utc> {
        match &self.0 {
            Source::System => now(),
            Source::Fixed(millis) => {
                DateTime::from_timestamp_millis(millis.load(Ordering::SeqCst)).unwrap_or(DateTime::UNIX_EPOCH)
            }
        }
    }

    /// Moves a fixed clock on. The machine's clock can't be moved, and says so.
    ///
    /// # Panics
    ///
    /// On a clock that isn't fixed: a test that does this has mixed up its clocks.
    pub fn advance(&self, by: Duration) {
        match &self.0 {
            Source::System => panic!("only a fixed clock can be advanced"),
            Source::Fixed(millis) => {
                millis.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
            }
        }
    }
}

/// The machine's time, for the few places that have no [`Clock`] at hand.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the place that the rule points to"
)]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_milliseconds() {
        assert_eq!(Clock::system().now().timestamp_subsec_nanos() % 1_000_000, 0);
    }

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let clock = Clock::fixed(DateTime::UNIX_EPOCH);
        let copy = clock.clone();
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH);
        clock.advance(Duration::seconds(61));
        assert_eq!(copy.now().timestamp(), 61);
    }
}
