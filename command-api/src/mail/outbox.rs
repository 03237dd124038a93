//! What is to be mailed, in a bounded queue.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use platform::shutdown::Shutdown;
use tokio::sync::mpsc;

use super::{Error, Mail, Mailer};
use crate::app::App;
use crate::handlers::recovery;
use crate::measure::MAILS;

/// How many jobs may wait.
const PLACES: usize = 1_000;
/// How many are worked on at once.
const AT_ONCE: usize = 4;
/// How often a mail is tried.
const TRIES: u32 = 3;
/// How long to wait before the second try; the third waits twice as long.
const PAUSE: Duration = Duration::from_secs(5);

/// What there is to do.
enum Job {
    Mail(Mail),
    /// Look whether somebody has this address, and mail them a link to a new password.
    Reset(String),
}

/// The queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many mails are waiting")]
pub struct Full;

/// Where mails are left to be sent. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Outbox(mpsc::Sender<Job>);

/// What waits in the outbox.
pub(crate) struct Queue(mpsc::Receiver<Job>);

impl Outbox {
    pub(crate) fn new() -> (Self, Queue) {
        let (sender, receiver) = mpsc::channel(PLACES);
        (Self(sender), Queue(receiver))
    }

    /// Has `mail` sent soon.
    pub(crate) fn mail(&self, mail: Mail) -> Result<(), Full> {
        self.0.try_send(Job::Mail(mail)).map_err(|_| Full)
    }

    /// Has a link to a new password mailed to whoever signed up with `email`, if anybody did. Nothing is looked up
    /// before this returns.
    pub(crate) fn reset(&self, email: String) -> Result<(), Full> {
        self.0.try_send(Job::Reset(email)).map_err(|_| Full)
    }
}

impl Queue {
    /// Sends until the shutdown begins, and then what is waiting still.
    pub(crate) async fn work(mut self, app: App, mailer: Mailer, shutdown: Shutdown) {
        let mut working = FuturesUnordered::new();
        loop {
            tokio::select! {
                job = self.0.recv(), if working.len() < AT_ONCE => match job {
                    Some(job) => working.push(carry_out(&app, &mailer, job)),
                    None => break,
                },
                Some(()) = working.next() => {}
                () = shutdown.begun() => break,
            }
        }
        while let Ok(job) = self.0.try_recv() {
            working.push(carry_out(&app, &mailer, job));
        }
        while working.next().await.is_some() {}
    }
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
