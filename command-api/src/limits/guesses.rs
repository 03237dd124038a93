//! How often passwords may be tried.
//!
//! There are two counts. That of a *name* is kept as it was given, before anything is looked up, so that a name which
//! is nobody's is counted like any other; log-in answers 429 where it is used up. That of an *account* is one for all
//! of its names and for whatever asks for its password: log-in, another password or address, erasure, a repeated
//! sign-up. Log-in shows it only to browsers that hold a session of the account, or it would tell which address belongs
//! to which name: where it is used up, no password is right.
//!
//! Both are counted before the check, so that many at once are not more than one after another; a right password takes
//! it back. Many wrong ones from wherever slow down only sources from which none was ever right: not where that was in
//! the last 15 minutes, and not a browser that holds a session of the account.

use events::{AccountId, NameHash};

use super::{Count, Limits, Refusal, Source, milliseconds};
use crate::measure::LIMITED;

/// Whose password is tried, as far as counting goes: an account, or a name that is nobody's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target(String);

impl From<&AccountId> for Target {
    fn from(account: &AccountId) -> Self {
        Self(account.to_string())
    }
}

impl From<&NameHash> for Target {
    fn from(name: &NameHash) -> Self {
        Self(name.to_string())
    }
}

impl Limits {
    /// One log-in under a name, whether or not anybody has it.
    pub(crate) async fn log_in(
        &self,
        name: &NameHash,
        source: Source,
        been_here: impl Future<Output = bool>,
    ) -> Result<(), Refusal> {
        let (name, source) = (name.to_string(), source.to_string());
        let wrong = self.read(&self.name("wrong name", &[&name])).await?;
        if self.are_many(wrong)
            && self
                .read(&self.name("right name", &[&name, &source]))
                .await?
                .is_none()
            && !been_here.await
        {
            self.wait_in_turn(&self.name("turn of name", &[&name, &source]), First::Waits)
                .await?;
        }
        let limit = self.config.login_limit;
        self.attempt("log-in", &[&name, &source], limit).await
    }

    /// One check of an account's password.
    pub(crate) async fn guess(
        &self,
        target: &Target,
        source: Source,
        been_here: impl Future<Output = bool>,
    ) -> Result<(), Refusal> {
        let (target, source) = (&target.0, source.to_string());
        let wrong = self.read(&self.name("wrong", &[target])).await?;
        if self.are_many(wrong)
            && self
                .read(&self.name("right", &[target, &source]))
                .await?
                .is_none()
            && !been_here.await
        {
            // The owner, who isn't told to wait, is right at the first try.
            self.wait_in_turn(&self.name("turn", &[target, &source]), First::Goes)
                .await?;
        }
        let limit = self.config.login_limit;
        self.attempt("guess", &[target, &source], limit).await
    }

    /// The password that was tried for `target` was wrong, or not looked at; with the name it was tried under, if it
    /// was a log-in.
    pub(crate) async fn was_wrong(&self, target: &Target, name: Option<&NameHash>) -> Result<(), Refusal> {
        let more = |count: Count| {
            let attempts = count.attempts.saturating_add(1);
            Ok(Count { attempts, ..count })
        };
        if let Some(name) = name {
            let key = self.name("wrong name", &[&name.to_string()]);
            self.update(&key, more).await?;
        }
        self.update(&self.name("wrong", &[&target.0]), more).await
    }

    /// The password that was tried for `target` was right: nothing counts against the account from here any more, and
    /// its names are known here.
    pub(crate) async fn was_right(
        &self,
        target: &Target,
        names: &[NameHash],
        source: Source,
    ) -> Result<(), Refusal> {
        let source = source.to_string();
        let since = self.clock.now().timestamp_millis();
        let none = |count: Count| Ok(Count { attempts: 0, ..count });
        let known = |count: Count| Ok(Count { since, ..count });
        self.update(&self.name("guess", &[&target.0, &source]), none)
            .await?;
        self.update(&self.name("right", &[&target.0, &source]), known)
            .await?;
        for name in names.iter().map(ToString::to_string) {
            self.update(&self.name("log-in", &[&name, &source]), none).await?;
            self.update(&self.name("right name", &[&name, &source]), known)
                .await?;
        }
        Ok(())
    }

    fn are_many(&self, wrong: Option<Count>) -> bool {
        wrong.is_some_and(|count| count.attempts >= self.config.login_account_limit)
    }

    /// One try in each delay. Whether the first is one, or has to come back after the delay, is for the caller to say.
    async fn wait_in_turn(&self, key: &str, first: First) -> Result<(), Refusal> {
        let now = self.clock.now().timestamp_millis();
        let delay = i64::from(self.config.login_delay_seconds) * 1_000;
        let mut waits = false;
        let turn = |count: Count| {
            waits = count.next == 0 && first == First::Waits;
            if count.next > now {
                return Err(count.next - now);
            }
            let next = now + delay;
            Ok(Count { next, ..count })
        };
        let outcome = self.update(key, turn).await;
        if waits || matches!(outcome, Err(Refusal::Wait(_))) {
            metrics::counter!(LIMITED, "kind" => "turn").increment(1);
        }
        outcome?;
        if waits {
            return Err(Refusal::Wait(milliseconds(delay)));
        }
        Ok(())
    }
}

/// What becomes of the first try of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    /// It may be made.
    Goes,
    /// It comes back after the delay.
    Waits,
}
