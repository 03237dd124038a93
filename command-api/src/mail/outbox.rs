//! What is to be mailed, in a bounded queue for each kind: a flood of one kind neither fills nor holds up another's.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use futures::stream::FuturesUnordered;
use platform::shutdown::Shutdown;
use tokio::sync::mpsc;

use super::{Error, Mail, Mailer, Notice};
use crate::app::App;
use crate::handlers::recovery;
use crate::measure::MAILS;

/// How many mails of one kind may wait.
const PLACES: usize = 1_000;
/// How many of one kind are worked on at once.
const AT_ONCE: usize = 2;
/// How often a mail is tried.
const TRIES: u32 = 3;
/// How long to wait before the second try; the third waits twice as long.
const PAUSE: Duration = Duration::from_secs(5);

/// The queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many mails are waiting")]
pub struct Full;

/// What there is to do.
enum Job {
    Mail(Mail),
    /// Look whether somebody has this address, and mail them a link to a new password.
    Reset(String),
}

/// Where mails are left to be sent. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Outbox {
    resets: mpsc::Sender<Job>,
    confirmations: mpsc::Sender<Job>,
    notices: mpsc::Sender<Job>,
}

/// What waits in the outbox, kind by kind.
pub(crate) struct Queue([mpsc::Receiver<Job>; 3]);

impl Outbox {
    pub(crate) fn new() -> (Self, Queue) {
        let (resets, asked) = mpsc::channel(PLACES);
        let (confirmations, to_confirm) = mpsc::channel(PLACES);
        let (notices, to_tell) = mpsc::channel(PLACES);
        let outbox = Self {
            resets,
            confirmations,
            notices,
        };
        (outbox, Queue([asked, to_confirm, to_tell]))
    }

    /// Has a link to a new password mailed to whoever signed up with `email`, if anybody did. Nothing is looked up
    /// before this returns.
    pub(crate) fn reset(&self, email: String) -> Result<(), Full> {
        self.resets.try_send(Job::Reset(email)).map_err(|_| Full)
    }

    /// Has a link mailed that confirms an address.
    pub(crate) fn confirm(&self, mail: Mail) -> Result<(), Full> {
        self.confirmations.try_send(Job::Mail(mail)).map_err(|_| Full)
    }

    /// Has a person told of a change of their account.
    pub(crate) fn notify(&self, Notice(mail): Notice) -> Result<(), Full> {
        self.notices.try_send(Job::Mail(mail)).map_err(|_| Full)
    }
}

impl Queue {
    /// Sends until the shutdown begins, and then what is waiting still.
    pub(crate) async fn work(self, app: App, mailer: Mailer, shutdown: Shutdown) {
        let mailer = Arc::new(mailer);
        let kinds = self
            .0
            .map(|jobs| work(jobs, app.clone(), mailer.clone(), shutdown.clone()));
        join_all(kinds).await;
    }
}

/// Carries out the jobs of one kind.
async fn work(mut jobs: mpsc::Receiver<Job>, app: App, mailer: Arc<Mailer>, shutdown: Shutdown) {
    let mut working = FuturesUnordered::new();
    loop {
        tokio::select! {
            job = jobs.recv(), if working.len() < AT_ONCE => match job {
                Some(job) => working.push(carry_out(&app, &mailer, job)),
                None => break,
            },
            Some(()) = working.next() => {}
            () = shutdown.begun() => break,
        }
    }
    while let Ok(job) = jobs.try_recv() {
        working.push(carry_out(&app, &mailer, job));
    }
    while working.next().await.is_some() {}
}

async fn carry_out(app: &App, mailer: &Mailer, job: Job) {
    let mail = match job {
        Job::Mail(mail) => mail,
        Job::Reset(email) => match recovery::reset_mail(app, &email).await {
            Ok(Some(mail)) => mail,
            Ok(None) => return,
            Err(error) => {
                tracing::error!(%error, "a mail for a new password couldn't be made");
                return;
            }
        },
    };
    let outcome = match deliver(mailer, mail).await {
        Ok(()) => "sent",
        Err(error) => {
            tracing::error!(%error, "a mail wasn't sent");
            "failed"
        }
    };
    metrics::counter!(MAILS, "outcome" => outcome).increment(1);
}

async fn deliver(mailer: &Mailer, mail: Mail) -> Result<(), Error> {
    let Mail { to, subject, text } = mail;
    for attempt in 1..TRIES {
        let mail = Mail {
            to: to.clone(),
            subject,
            text: text.clone(),
        };
        match mailer.send(mail).await {
            Err(Error::Smtp(error)) if !error.is_permanent() => {
                tracing::warn!(%error, "a mail is tried again");
            }
            done => return done,
        }
        tokio::time::sleep(PAUSE * attempt).await;
    }
    mailer.send(Mail { to, subject, text }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Mail {
        Mail {
            to: "ann@example.org".to_owned(),
            subject: "Hi",
            text: "Hello".to_owned(),
        }
    }

    #[test]
    fn flood_of_one_kind_leaves_the_other_kinds_their_places() {
        let (outbox, _queue) = Outbox::new();
        while outbox.reset("ann@example.org".to_owned()).is_ok() {}
        assert_eq!(outbox.confirm(mail()), Ok(()));
        assert_eq!(outbox.notify(Notice(mail())), Ok(()));
        while outbox.confirm(mail()).is_ok() {}
        assert_eq!(outbox.notify(Notice(mail())), Ok(()));
    }
}
