//! What of the people here stands in the bucket, and what has to be written.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use events::AccountId;
use tokio::time::Instant;

/// Who leaves and is back within this time, as by loading the page anew, was never gone.
pub(crate) const LINGER: Duration = Duration::from_secs(2);
/// How long an entry stands without being written again: that of a gateway that died is gone after it.
pub(crate) const ENTRY_LIVES: Duration = Duration::from_hours(1);

/// Something to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Write {
    /// That somebody is here, and was seen.
    Here(AccountId),
    /// That somebody has left, and was seen last then.
    Left(AccountId, DateTime<Utc>),
}

/// What stands in the bucket of the people here.
#[derive(Default)]
pub(crate) struct Ledger {
    /// When each one's entry was written.
    written: HashMap<AccountId, Instant>,
    leaving: HashMap<AccountId, (Instant, DateTime<Utc>)>,
    coming: HashSet<AccountId>,
}

impl Ledger {
    /// Notes whether somebody is here now.
    pub(crate) fn note(&mut self, account: AccountId, is_here: bool, now: Instant, at: DateTime<Utc>) {
        if is_here {
            self.leaving.remove(&account);
            if !self.written.contains_key(&account) {
                self.coming.insert(account);
            }
            return;
        }
        self.coming.remove(&account);
        if self.written.contains_key(&account) {
            self.leaving.entry(account).or_insert((now, at));
        }
    }

    /// What has to be written now, and who has been here for so long that it is written again.
    pub(crate) fn due(&self, now: Instant) -> Vec<Write> {
        let mut due: Vec<Write> = self.coming.iter().copied().map(Write::Here).collect();
        let left = self
            .leaving
            .iter()
            .filter(|(_, (since, _))| *since + LINGER <= now);
        due.extend(left.map(|(account, (_, at))| Write::Left(*account, *at)));
        // Twice before it would go.
        let old = self
            .written
            .iter()
            .filter(|(account, written)| {
                **written + ENTRY_LIVES / 3 <= now && !self.leaving.contains_key(account)
            })
            .map(|(account, _)| Write::Here(*account));
        due.extend(old);
        due
    }

    /// Everybody leaves.
    pub(crate) fn all_leave(&self, at: DateTime<Utc>) -> Vec<Write> {
        self.written
            .keys()
            .map(|account| {
                let since = self.leaving.get(account).map_or(at, |(_, at)| *at);
                Write::Left(*account, since)
            })
            .collect()
    }

    /// Notes that something was written.
    pub(crate) fn done(&mut self, write: Write, now: Instant) {
        match write {
            Write::Here(account) => {
                self.coming.remove(&account);
                self.written.insert(account, now);
            }
            Write::Left(account, _) => {
                self.written.remove(&account);
                self.leaving.remove(&account);
            }
        }
    }

    /// How many people the bucket says are here.
    pub(crate) fn entries(&self) -> usize {
        self.written.len()
    }

    /// Whether somebody is about to have left.
    pub(crate) fn anybody_leaves(&self) -> bool {
        !self.leaving.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn account() -> AccountId {
        AccountId::from(Uuid::from_u128(1))
    }

    fn write_all(ledger: &mut Ledger, now: Instant) -> Vec<Write> {
        let due = ledger.due(now);
        for write in &due {
            ledger.done(*write, now);
        }
        due
    }

    #[test]
    fn a_second_socket_is_not_written() {
        let (mut ledger, now) = (Ledger::default(), Instant::now());
        ledger.note(account(), true, now, DateTime::UNIX_EPOCH);
        assert_eq!(write_all(&mut ledger, now), [Write::Here(account())]);
        ledger.note(account(), true, now, DateTime::UNIX_EPOCH);
        assert_eq!(write_all(&mut ledger, now), []);
    }

    #[test]
    fn who_is_back_at_once_was_never_gone() {
        let (mut ledger, now) = (Ledger::default(), Instant::now());
        let at = DateTime::UNIX_EPOCH;
        ledger.note(account(), true, now, at);
        write_all(&mut ledger, now);
        ledger.note(account(), false, now, at);
        assert_eq!(write_all(&mut ledger, now), []);
        ledger.note(account(), true, now, at);
        assert_eq!(write_all(&mut ledger, now + LINGER), []);
        ledger.note(account(), false, now, at);
        assert!(ledger.anybody_leaves());
        assert_eq!(write_all(&mut ledger, now + LINGER), [Write::Left(account(), at)]);
        assert!(!ledger.anybody_leaves());
    }

    #[test]
    fn who_stays_is_written_again_before_the_entry_goes() {
        let (mut ledger, now) = (Ledger::default(), Instant::now());
        ledger.note(account(), true, now, DateTime::UNIX_EPOCH);
        write_all(&mut ledger, now);
        let later = now + ENTRY_LIVES / 3;
        assert_eq!(write_all(&mut ledger, later), [Write::Here(account())]);
        assert_eq!(write_all(&mut ledger, later), []);
    }

    #[test]
    fn what_could_not_be_written_stays_due() {
        let (mut ledger, now) = (Ledger::default(), Instant::now());
        ledger.note(account(), true, now, DateTime::UNIX_EPOCH);
        assert_eq!(ledger.due(now), ledger.due(now));
        assert_eq!(write_all(&mut ledger, now), [Write::Here(account())]);
        ledger.note(account(), false, now, DateTime::UNIX_EPOCH);
        assert_eq!(ledger.due(now + LINGER), ledger.due(now + LINGER));
        assert_eq!(ledger.due(now + LINGER).len(), 1);
    }
}
