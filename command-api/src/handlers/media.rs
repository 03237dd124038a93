//! Uploading pictures.

use events::media::{DeletionReason, Description, Event, Uploaded};
use events::{AccountId, AppendError, CommandId, Expect, MediaId, Meta, NewEvent, Position, Scope};
use futures::Stream;
use media::UploadError;
use media::store::StoreError;
use platform::id;
use platform::trace::TraceParent;
use serde::Deserialize;

use super::{Caller, Context, append, picture};
use crate::app::App;
use crate::domain::picture::{collect as decide_collect, delete as decide_delete};
use crate::problems::Failure;

/// A picture that was uploaded.
pub(crate) struct Done {
    /// What is known of it.
    pub(crate) uploaded: Uploaded,
    /// Its description, for the eye and for who can't see it.
    pub(crate) description: Description,
    /// The position of the event.
    pub(crate) position: Position,
    /// It moved, and what is stored of it doesn't.
    pub(crate) animation_dropped: bool,
}

/// Takes a picture in. With an idempotency key its id follows from the key, so that a repeat finds it at any age;
/// a picture is stored before the event that tells of it, and a repeat finds its own bytes there.
pub(crate) async fn upload<B, E>(
    app: &App,
    caller: &Caller,
    body: impl Stream<Item = Result<B, E>>,
    alt: String,
) -> Result<Done, Failure>
where
    B: AsRef<[u8]>,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    // Who has no key any more is nobody any more; better known before than after the upload.
    app.store().keyring().alive(caller.account).await?;
    let upload = app.media().receive(caller.account, body).await?;
    let context = Context::of(app, caller, &("upload", hex::encode(upload.digest()), &alt)).await?;
    let animation_dropped = upload.loses_animation();
    let media = match &caller.key {
        Some(key) => MediaId::from_key(caller.account, key.as_str()),
        None => MediaId::from(id::ordered()),
    };
    if caller.key.is_some()
        && let Some(done) = earlier(app, &context, media).await?
    {
        return Ok(Done {
            animation_dropped,
            ..done
        });
    }
    app.quotas().picture(caller.account).await?;
    let accepted = app.media().accept(caller.account, media, upload).await;
    let accepted = accepted.map_err(|error| match error {
        UploadError::Store(StoreError::Occupied) => Failure::KeyReused,
        error => error.into(),
    })?;
    let new = NewEvent {
        scope: Scope::media(media),
        event: Event::Uploaded(accepted.into_event(alt)).into(),
        expect: Expect::Sequence(0),
    };
    let done = append(app, new, &context).await?;
    let done = done.event.and_then(|event| read(event, done.position));
    let done = done.ok_or(Failure::Contended)?;
    Ok(Done {
        animation_dropped,
        ..done
    })
}

/// Deletes a picture of `owner`: the event first and then the bytes, so that whoever finds the bytes although the
/// event is there knows that they are to go.
pub(crate) async fn delete(
    app: &App,
    owner: AccountId,
    media: MediaId,
    reason: DeletionReason,
    meta: &Meta,
) -> Result<(), Failure> {
    let (state, last_sequence) = picture::load(app, media).await?;
    if let Some(deleted) = decide_delete(state, owner, media, reason) {
        let new = NewEvent {
            scope: Scope::media(media),
            event: deleted.into(),
            expect: Expect::Sequence(last_sequence),
        };
        match app.store().append(new, meta).await {
            // Somebody else deleted it: nothing else ever happens to a picture.
            Ok(_) | Err(AppendError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    app.links().store().delete(owner, media).await.map_err(from_store)
}

/// A picture that is proposed for deletion.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Unused {
    media: MediaId,
    owner: AccountId,
}

/// Deletes a picture that is said to be used by nothing, if it has been there long enough that nobody can put it to use
/// any more; says whether it did.
pub(crate) async fn collect(app: &App, unused: Unused, trace: &TraceParent) -> Result<bool, Failure> {
    let Unused { media, owner } = unused;
    let (state, _) = picture::load(app, media).await?;
    if decide_collect(state, owner, media, app.clock().now()).is_none() {
        return Ok(false);
    }
    let meta = Meta {
        at: app.clock().now(),
        // Proposed twice, it is deleted once.
        command_id: CommandId::of(owner, &format!("collection of {media}")),
        command_hash: None,
        actor: None,
        traceparent: Some(trace.to_string()),
    };
    delete(app, owner, media, DeletionReason::Unused, &meta).await?;
    Ok(true)
}

/// A store that doesn't do what was asked.
pub(crate) fn from_store(error: StoreError) -> Failure {
    Failure::Upload(UploadError::Store(error))
}

/// What the same request did before, whatever has become of the picture since.
async fn earlier(app: &App, context: &Context, media: MediaId) -> Result<Option<Done>, Failure> {
    let history = app.store().history(&Scope::media(media)).await?;
    for recorded in history.events {
        if context.is_repeat_of(&recorded)? {
            return Ok(read(recorded.event, recorded.position));
        }
    }
    Ok(None)
}

fn read(event: events::Event, position: Position) -> Option<Done> {
    let events::Event::Media(Event::Uploaded(uploaded)) = event else {
        return None;
    };
    let description = uploaded.personal.known().cloned()?;
    Some(Done {
        uploaded,
        description,
        position,
        animation_dropped: false,
    })
}
