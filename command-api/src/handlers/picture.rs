//! Whether an uploaded image may be put to use.

use chrono::{DateTime, Utc};
use events::{AccountId, Event, History, MediaId, Scope};
use futures::future::try_join_all;

use super::{TRIES, is_latest, pause};
use crate::app::App;
use crate::domain::picture::{self, State};
use crate::problems::Failure;

/// Refuses images that `by` may not newly refer to, each told by the field that names it. All are looked at at once.
pub(crate) async fn check_all(
    app: &App,
    by: AccountId,
    pictures: Vec<(String, MediaId)>,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let checks = pictures.into_iter().map(|(field, media)| async move {
        match check(app, by, media, now).await {
            Ok(()) => Ok(None),
            Err(Failure::Media(refusal)) => Ok(Some((field, refusal))),
            Err(failure) => Err(failure),
        }
    });
    let refusals: Vec<_> = try_join_all(checks).await?.into_iter().flatten().collect();
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(Failure::Pictures(refusals))
    }
}

/// Refuses an image that `by` may not newly refer to.
pub(crate) async fn check(
    app: &App,
    by: AccountId,
    media: MediaId,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let scope = Scope::media(media);
    for attempt in 1..=TRIES {
        let history = app.store().history(&scope).await?;
        match picture::check(fold(&history), by, now) {
            Err(refusal) if is_latest(app, &scope, &history).await? => return Err(refusal.into()),
            Err(_) => pause(attempt).await,
            Ok(()) => return Ok(()),
        }
    }
    Err(Failure::Contended)
}

/// What is known of an image, and its last sequence.
pub(crate) async fn load(app: &App, media: MediaId) -> Result<(State, u64), Failure> {
    let history = app.store().history(&Scope::media(media)).await?;
    Ok((fold(&history), history.last_sequence))
}

fn fold(history: &History) -> State {
    history.events.iter().fold(State::default(), |state, recorded| {
        if let Event::Media(event) = &recorded.event {
            picture::evolve(state, event, recorded.meta.at)
        } else {
            state
        }
    })
}
