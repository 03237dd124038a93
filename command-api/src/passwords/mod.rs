//! Password hashes: Argon2id on a bounded number of threads, with a bounded queue before them.
//!
//! A hash costs tens of milliseconds of a core by design, so it may neither run on the threads that serve
//! everybody else nor pile up: beyond the queue the answer is [`Busy`], at once. The threads step back behind all
//! others of the machine, so that a flood of log-ins takes what nobody else needs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Instant;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use platform::id;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Semaphore, oneshot};

use crate::measure::{PASSWORD_WAIT, PASSWORDS_REFUSED};

mod opaque;
mod weakness;

pub(crate) use opaque::opaque;
pub use weakness::Weakness;
pub(crate) use weakness::weakness;

/// 19 MiB, two passes, one lane: OWASP's first recommendation for Argon2id.
const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// The queue is full; nothing was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are being hashed")]
pub struct Busy;

/// Why a password was neither hashed nor checked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The queue is full.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// The hash can't be made or read.
    #[error("a password could not be hashed or checked: {0}")]
    Broken(String),
}

/// The niceness of the threads that hash, of at most 19: each step is about a quarter less of a busy core.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 15;

type Job = Box<dyn FnOnce() + Send>;

/// Hashes and checks passwords. Cheap to clone; all clones share the threads and the queue.
#[derive(Clone)]
pub struct Passwords {
    /// To the threads, which end when nobody holds this any more.
    jobs: mpsc::Sender<Job>,
    /// One permit for each that hashes or waits.
    places: Arc<Semaphore>,
    argon2: Argon2<'static>,
    /// The hash of a password that nobody knows.
    dummy: Arc<str>,
}

impl Passwords {
    /// Hashes on at most `threads` threads while at most `queue` more wait.
    pub fn new(threads: usize, queue: usize) -> Result<Self, Error> {
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| broken(&error))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = hash_now(&argon2, &id::random_bytes::<32>())?.into();
        Ok(Self {
            jobs: workers(threads).map_err(|error| broken(&error))?,
            places: Arc::new(Semaphore::new(threads + queue)),
            argon2,
            dummy,
        })
    }

    /// The hash of `password`, in PHC string format.
    pub async fn hash(&self, password: SecretString) -> Result<String, Error> {
        let argon2 = self.argon2.clone();
        self.run(move || {
            let password = Zeroizing::new(opaque(password.expose_secret()).into_owned());
            hash_now(&argon2, password.as_bytes())
        })
        .await
    }

    /// Whether `password` has this hash. Without one it takes just as long and the answer is no, so that the time
    /// doesn't tell whether an account exists.
    ///
    /// Hashes from before passwords had one form are of what was typed then, so that is tried too where it differs.
    pub async fn verify(&self, password: SecretString, hash: Option<&str>) -> Result<bool, Error> {
        let (argon2, exists) = (self.argon2.clone(), hash.is_some());
        let hash = hash.map_or_else(|| self.dummy.clone(), Arc::from);
        let matches = self
            .run(move || {
                let hash = PasswordHash::new(&hash).map_err(|error| broken(&error))?;
                let matches = |text: &str| argon2.verify_password(text.as_bytes(), &hash).is_ok();
                let typed = password.expose_secret();
                let compared = Zeroizing::new(opaque(typed).into_owned());
                Ok(matches(&compared) || (*compared != typed && matches(typed)))
            })
            .await?;
        Ok(matches && exists)
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| {
            metrics::counter!(PASSWORDS_REFUSED).increment(1);
            Busy
        })?;
        let (done, answer) = oneshot::channel();
        let asked = Instant::now();
        let job = move || {
            // Who has gone away while waiting needs no hash any more.
            if done.is_closed() {
                return;
            }
            metrics::histogram!(PASSWORD_WAIT).record(asked.elapsed().as_secs_f64());
            let result = job();
            // Held until the work is done, even if the one who asked has gone away.
            drop(place);
            let _gone_away = done.send(result);
        };
        self.jobs.send(Box::new(job)).map_err(|error| broken(&error))?;
        answer.await.map_err(|error| broken(&error))?
    }
}

/// Threads that take one job after another.
fn workers(threads: usize) -> std::io::Result<mpsc::Sender<Job>> {
    let (jobs, waiting) = mpsc::channel::<Job>();
    let waiting = Arc::new(Mutex::new(waiting));
    for _ in 0..threads {
        let waiting = waiting.clone();
        thread::Builder::new()
            .name("passwords".to_owned())
            .spawn(move || {
                step_back();
                let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
                while let Ok(job) = next() {
                    // Whoever waits for the answer learns that there is none; the thread goes on.
                    let _panicked = catch_unwind(AssertUnwindSafe(job));
                }
            })?;
    }
    Ok(jobs)
}

/// On Linux each thread has a niceness of its own; elsewhere it would be the whole process's.
#[cfg(target_os = "linux")]
fn step_back() {
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::warn!(%error, "passwords are hashed with the priority of everything else");
    }
}

#[cfg(not(target_os = "linux"))]
fn step_back() {}

fn hash_now(argon2: &Argon2<'_>, password: &[u8]) -> Result<String, Error> {
    let hash: PasswordHash = argon2.hash_password(password).map_err(|error| broken(&error))?;
    Ok(hash.to_string())
}

fn broken(error: &impl std::fmt::Display) -> Error {
    Error::Broken(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    fn password(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let passwords = Passwords::new(2, 2).unwrap();
        let hash = passwords.hash(password("correct horse")).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(
            passwords
                .verify(password("correct horse"), Some(&hash))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify(password("battery staple"), Some(&hash))
                .await
                .unwrap()
        );
        assert!(!passwords.verify(password("correct horse"), None).await.unwrap());
    }

    #[tokio::test]
    async fn password_of_another_keyboard_is_the_same_password() {
        let passwords = Passwords::new(1, 2).unwrap();
        let (composed, decomposed) = ("Z\u{fc}rich am See", "Zu\u{308}rich\u{a0}am See");
        for (set, typed) in [
            (composed, decomposed),
            (decomposed, composed),
            (decomposed, decomposed),
        ] {
            let hash = passwords.hash(password(set)).await.unwrap();
            assert!(passwords.verify(password(typed), Some(&hash)).await.unwrap());
            let other = password("Zurich am See");
            assert!(!passwords.verify(other, Some(&hash)).await.unwrap());
        }
    }

    #[tokio::test]
    async fn hash_of_what_was_typed_before_there_was_one_form_is_still_good() {
        let passwords = Passwords::new(1, 1).unwrap();
        let typed = "Zu\u{308}rich\u{a0}am See";
        let hash = hash_now(&passwords.argon2, typed.as_bytes()).unwrap();
        assert!(passwords.verify(password(typed), Some(&hash)).await.unwrap());
        let composed = password("Z\u{fc}rich am See");
        assert!(!passwords.verify(composed, Some(&hash)).await.unwrap());
        assert!(!passwords.verify(password(typed), None).await.unwrap());
    }

    #[tokio::test]
    async fn beyond_the_queue_nobody_waits() {
        let passwords = Passwords::new(1, 1).unwrap();
        let jobs = (0..5).map(|_| passwords.hash(password("correct horse")));
        let results = futures::future::join_all(jobs).await;
        let busy = results
            .iter()
            .filter(|result| matches!(result, Err(Error::Busy(_))))
            .count();
        assert_eq!((busy, results.len() - busy), (3, 2));
        assert!(
            passwords.hash(password("correct horse")).await.is_ok(),
            "the places are free again"
        );
    }

    /// The greatest niceness that Linux knows.
    #[cfg(target_os = "linux")]
    const NICEST: i32 = 19;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn hashing_steps_back_behind_everything_else_and_nothing_else_does() {
        let passwords = Passwords::new(1, 1).unwrap();
        let niceness = || {
            let nice = rustix::process::nice(0).map_err(|error| broken(&error))?;
            Ok(nice)
        };
        let stepped_back = (niceness().unwrap() + NICENESS).min(NICEST);
        assert_eq!(passwords.run(niceness).await.unwrap(), stepped_back);
    }

    #[tokio::test]
    async fn a_job_that_breaks_down_is_an_error_and_the_next_is_done() {
        let passwords = Passwords::new(1, 1).unwrap();
        let broken: Result<(), _> = passwords.run(|| panic!("a job that breaks down")).await;
        assert!(matches!(broken, Err(Error::Broken(_))));
        assert!(passwords.run(|| Ok(())).await.is_ok());
    }

    #[tokio::test]
    async fn for_who_went_away_while_waiting_nothing_is_done() {
        let passwords = Passwords::new(1, 2).unwrap();
        let (go_on, signal) = mpsc::channel();
        let (started, is_busy) = oneshot::channel();
        let busy = tokio::spawn({
            let passwords = passwords.clone();
            async move {
                let hold = move || {
                    started
                        .send(())
                        .map_err(|()| Error::Broken("nobody waits".to_owned()))?;
                    signal.recv().map_err(|error| broken(&error))
                };
                passwords.run(hold).await
            }
        });
        // The only thread is busy before the next comes.
        is_busy.await.unwrap();
        let worked = Arc::new(AtomicBool::new(false));
        let mut waits = Box::pin(passwords.run({
            let worked = worked.clone();
            move || {
                worked.store(true, Ordering::Relaxed);
                Ok(())
            }
        }));
        // It takes its place in the queue, and leaves.
        assert!(futures::poll!(&mut waits).is_pending());
        assert_eq!(passwords.places.available_permits(), 1);
        drop(waits);
        go_on.send(()).unwrap();
        busy.await.unwrap().unwrap();
        passwords.run(|| Ok(())).await.unwrap();
        assert!(!worked.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn a_broken_hash_is_an_error_and_not_a_no() {
        let passwords = Passwords::new(1, 1).unwrap();
        assert!(matches!(
            passwords.verify(password("x"), Some("nonsense")).await,
            Err(Error::Broken(_))
        ));
    }
}
