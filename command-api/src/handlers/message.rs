//! Messages between friends.

use chrono::{DateTime, Utc};
use events::dm::{Event, Message, Sent as SentEvent};
use events::{
    AccountId, CommandId, Expect, KeyState, MessageId, NewEvent, Pair, Position, Recorded, Scope, Stream,
};
use uuid::Uuid;

use super::{Caller, Context, Guard, append, examine, execute, picture, recorded_at};
use crate::app::App;
use crate::domain::dm::{self, MarkRead, Original, Refusal};
use crate::domain::friendship as friends;
use crate::problems::Failure;

/// A message that was sent.
pub struct Sent {
    /// Where it stands, which is also its name.
    pub position: Position,
    /// When.
    pub at: DateTime<Utc>,
}

/// Sends a message to a friend. The client's id makes a repeat the same message, whatever it says.
pub async fn send(
    app: &App,
    caller: &Caller,
    to: AccountId,
    client_id: Uuid,
    message: Message,
) -> Result<Sent, Failure> {
    let pair = Pair::of(caller.account, to).ok_or(Failure::Yourself)?;
    let pictures = message.media.clone();
    let command = dm::Send {
        from: caller.account,
        to,
        client_id,
        message,
    };
    let judge = |between: friends::State| Ok(dm::send(&between, command.clone())?);
    let event = examine(app, &Scope::friendship(pair), judge).await?;
    nobody_is_friends_with_the_forgotten(app, to).await?;
    let pictures = pictures.into_iter().enumerate();
    let pictures = pictures.map(|(n, media)| (format!("media_ids[{n}]"), media));
    picture::check_all(app, caller.account, pictures.collect(), app.clock().now()).await?;
    let command_id = CommandId::from(MessageId::of(caller.account, client_id).uuid());
    let context = Context::new(app, caller.account, command_id, None, &caller.trace);
    let appended = app
        .store()
        .append(
            NewEvent {
                scope: Scope::dm(pair),
                event: event.into(),
                expect: Expect::Anything,
            },
            context.meta(),
        )
        .await?;
    let at = if appended.duplicate {
        original(app, pair, appended.position).await?
    } else {
        context.at()
    };
    Ok(Sent {
        position: appended.position,
        at,
    })
}

/// What two people are to each other outlives one who was forgotten. The key is at hand, the account isn't.
async fn nobody_is_friends_with_the_forgotten(app: &App, other: AccountId) -> Result<(), Failure> {
    match app.store().keyring().get(other).await {
        Ok(KeyState::Erased) => Err(Refusal::NotFriends.into()),
        _ => Ok(()),
    }
}

/// When the message at `position` was first sent; it must be of the same conversation.
async fn original(app: &App, pair: Pair, position: Position) -> Result<DateTime<Utc>, Failure> {
    let recorded = recorded_at(app, position).await?;
    match recorded.event {
        events::Event::Dm(event) if event.pair() == Some(pair) => Ok(recorded.meta.at),
        // The id was used for a message to somebody else: this one was not sent.
        _ => Err(Failure::MessageIdReused),
    }
}

/// Changes the text of the caller's own message at `at`. Answers with the client's id of the message and the
/// position of the change.
pub(crate) async fn edit(
    app: &App,
    caller: &Caller,
    other: AccountId,
    at: Position,
    text: String,
) -> Result<(Uuid, Position), Failure> {
    let pair = Pair::of(caller.account, other).ok_or(Failure::Yourself)?;
    let context = Context::of(app, caller, &("edit", other, at, &text)).await?;
    let original = own(app, caller.account, pair, at).await?;
    let client_id = original.sent.client_id;
    let (edit, deletion) = tokio::try_join!(
        last_change(app, pair, &original, "edited"),
        last_change(app, pair, &original, "deleted")
    )?;
    if deletion.is_some() {
        return Ok((
            client_id,
            repeat(&context, edit)?.ok_or(Failure::MessageNotFound)?,
        ));
    }
    let (original, now_at) = as_it_reads(original, at, edit);
    let judge = |between: friends::State| Ok(dm::edit(&between, original.clone(), text.clone())?);
    let event = examine(app, &Scope::friendship(pair), judge).await?;
    nobody_is_friends_with_the_forgotten(app, other).await?;
    match event {
        Some(event) => Ok((client_id, change(app, pair, event, &context).await?)),
        None => Ok((client_id, now_at)),
    }
}

/// A message as its last edit left it, and where it came to read so.
fn as_it_reads(mut original: Original, at: Position, edit: Option<Recorded>) -> (Original, Position) {
    match edit {
        Some(Recorded {
            event: events::Event::Dm(Event::Edited(edited)),
            position,
            ..
        }) => {
            original.sent.personal = edited.personal;
            (original, position)
        }
        _ => (original, at),
    }
}

/// Takes the caller's own message at `at` back.
pub(crate) async fn delete(
    app: &App,
    caller: &Caller,
    other: AccountId,
    at: Position,
) -> Result<Position, Failure> {
    let pair = Pair::of(caller.account, other).ok_or(Failure::Yourself)?;
    let context = Context::of(app, caller, &("delete", other, at)).await?;
    let original = own(app, caller.account, pair, at).await?;
    if let Some(deletion) = last_change(app, pair, &original, "deleted").await? {
        return repeat(&context, Some(deletion))?.ok_or(Failure::MessageNotFound);
    }
    change(app, pair, dm::delete(&original), &context).await
}

/// Appends what changes one message. Nothing that is said meanwhile speaks against it: of an edit and a deletion at
/// the same moment the deletion stands in every read model, whichever comes first.
async fn change(app: &App, pair: Pair, event: Event, context: &Context) -> Result<Position, Failure> {
    let new = NewEvent {
        scope: Scope::dm(pair),
        event: event.into(),
        expect: Expect::Anything,
    };
    Ok(append(app, new, context).await?.position)
}

/// The caller's own message of this conversation that was sent at `at`.
async fn own(app: &App, caller: AccountId, pair: Pair, at: Position) -> Result<Original, Failure> {
    let sent = sent_at(app, pair, at).await?.filter(|sent| sent.from == caller);
    let sent = sent.ok_or(Failure::MessageNotFound)?;
    Ok(Original {
        sequence: at.sequence,
        sent,
    })
}

/// The last event of a type about this message, if there is one. Reads nothing more where none happened in the
/// conversation since it was sent, or the last is about this very message, as is nearly always so.
async fn last_change(
    app: &App,
    pair: Pair,
    original: &Original,
    event_type: &str,
) -> Result<Option<Recorded>, Failure> {
    let scope = Scope::dm(pair);
    let last = app.store().last_of_type(&scope, event_type).await?;
    let Some(last) = last.filter(|last| last.position.sequence > original.sequence) else {
        return Ok(None);
    };
    let changes = |recorded: &Recorded| match &recorded.event {
        events::Event::Dm(Event::Edited(edited)) => {
            MessageId::of(edited.from, edited.client_id) == original.sent.message()
        }
        events::Event::Dm(Event::Deleted(deleted)) => {
            MessageId::of(deleted.from, deleted.client_id) == original.sent.message()
        }
        _ => false,
    };
    let last = app.store().decode(&last).await?;
    if changes(&last) {
        return Ok(Some(last));
    }
    let earlier = app
        .store()
        .of_type_from(&scope, event_type, original.sequence)
        .await?;
    for earlier in earlier.iter().rev() {
        let earlier = app.store().decode(earlier).await?;
        if changes(&earlier) {
            return Ok(Some(earlier));
        }
    }
    Ok(None)
}

/// Where `earlier` stands, if this very command did it.
fn repeat(context: &Context, earlier: Option<Recorded>) -> Result<Option<Position>, Failure> {
    let Some(earlier) = earlier else { return Ok(None) };
    Ok(context.is_repeat_of(&earlier)?.then_some(earlier.position))
}

/// Marks the conversation with `other` read up to the message at `up_to`; never backwards, and not while one of the
/// two blocks the other.
pub(crate) async fn mark_read(
    app: &App,
    caller: &Caller,
    other: AccountId,
    up_to: Position,
) -> Result<Position, Failure> {
    let pair = Pair::of(caller.account, other).ok_or(Failure::Yourself)?;
    sent_at(app, pair, up_to).await?.ok_or(Failure::MessageNotFound)?;
    let context = Context::of(app, caller, &("read", other, up_to)).await?;
    let command = MarkRead {
        pair,
        by: caller.account,
        other,
        up_to: up_to.sequence,
    };
    let judge = |between: friends::State| Ok(between);
    let between = examine(app, &Scope::friendship(pair), judge).await?;
    let decide = |state: dm::State| Ok(dm::mark_read(&between, state, command));
    let done = execute(app, &Scope::dm(pair), Guard::Type("read"), &context, decide).await?;
    Ok(done.position)
}

/// The message of this conversation that was sent at `position`, if there is one.
pub(crate) async fn sent_at(app: &App, pair: Pair, position: Position) -> Result<Option<SentEvent>, Failure> {
    if position.stream != Stream::Chat || position.sequence == 0 {
        return Ok(None);
    }
    // A stream has no gaps, so what its leader has counted can be read.
    if position.sequence > app.store().last_position(Stream::Chat).await?.sequence {
        return Ok(None);
    }
    let recorded = recorded_at(app, position).await?;
    let events::Event::Dm(Event::Sent(sent)) = recorded.event else {
        return Ok(None);
    };
    Ok((Pair::of(sent.from, sent.to) == Some(pair)).then_some(sent))
}
