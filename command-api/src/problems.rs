//! The one place where what went wrong becomes an answer.

use std::time::Duration;

use axum::http::StatusCode;
use events::{AppendError, EncodeError, KeyError, LoadError};
use media::UploadError;
use media::process::{MAX_BYTES, Refusal};
use platform::Problem;
use platform::problem::FieldError;

use crate::domain::{account, comment, dm, friendship, inbox, name, picture, post, report, session};
use crate::passwords::Weakness;
use crate::quotas::Quota;
use crate::{limits, mail, passwords, quotas};

/// Why a command wasn't carried out.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// An account doesn't allow it.
    #[error(transparent)]
    Account(#[from] account::Refusal),
    /// A name doesn't allow it.
    #[error(transparent)]
    Name(#[from] name::Refusal),
    /// A session doesn't allow it.
    #[error(transparent)]
    Session(#[from] session::Refusal),
    /// What two people are to each other doesn't allow it.
    #[error(transparent)]
    Friendship(#[from] friendship::Refusal),
    /// A post doesn't allow it.
    #[error(transparent)]
    Post(#[from] post::Refusal),
    /// A comment doesn't allow it.
    #[error(transparent)]
    Comment(#[from] comment::Refusal),
    /// A person's notifications don't allow it.
    #[error(transparent)]
    Inbox(#[from] inbox::Refusal),
    /// A report doesn't allow it.
    #[error(transparent)]
    Report(#[from] report::Refusal),
    /// A conversation doesn't allow it.
    #[error(transparent)]
    Dm(#[from] dm::Refusal),
    /// Somebody has the username.
    #[error("the username is taken")]
    UsernameTaken,
    /// The username is none for people.
    #[error("the username is reserved")]
    UsernameReserved,
    /// Somebody has the address.
    #[error("the address is taken")]
    EmailTaken,
    /// Both the username and the address are taken.
    #[error("the username and the address are taken")]
    BothTaken,
    /// There is no such account, or the password isn't its.
    #[error("wrong credentials")]
    WrongCredentials,
    /// The caller is signed in, but the password isn't the account's.
    #[error("wrong password")]
    WrongPassword,
    /// The new password is easy to guess for anybody who knows its owner.
    #[error("the new password is easy to guess")]
    WeakPassword(Weakness),
    /// The token of a link in a mail was used, is too old, or was never ours.
    #[error("the link is not valid")]
    LinkInvalid,
    /// The address is the account's already.
    #[error("the address is the account's already")]
    EmailUnchanged,
    /// There were too many attempts.
    #[error(transparent)]
    Limits(#[from] limits::Refusal),
    /// Too much was added in a day.
    #[error(transparent)]
    Quota(#[from] quotas::Refusal),
    /// Too many mails wait.
    #[error(transparent)]
    MailsFull(#[from] mail::Full),
    /// The caller has no such session.
    #[error("no such session")]
    SessionNotFound,
    /// The picture can't be used.
    #[error(transparent)]
    Media(#[from] picture::Refusal),
    /// Pictures can't be used, by the fields that name them.
    #[error("pictures can't be used")]
    Pictures(Vec<(String, picture::Refusal)>),
    /// A picture isn't taken.
    #[error(transparent)]
    Upload(#[from] media::UploadError),
    /// The caller named themselves where somebody else is meant.
    #[error("the caller named themselves")]
    Yourself,
    /// There is no such person.
    #[error("no such user")]
    UserNotFound,
    /// There is no such message in this conversation.
    #[error("no such message")]
    MessageNotFound,
    /// The client's message id names a message in another conversation.
    #[error("the message id was used in another conversation")]
    MessageIdReused,
    /// The idempotency key came with another body before.
    #[error("the idempotency key was used for something else")]
    KeyReused,
    /// Others changed the aggregate each time it was decided.
    #[error("others were faster, every time")]
    Contended,
    /// A password couldn't be hashed or checked.
    #[error(transparent)]
    Password(#[from] passwords::Error),
    /// An access token can't be signed.
    #[error("an access token could not be signed")]
    Signing(#[source] platform::token::Error),
    /// The events can't be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The events can't be written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The key of the one who acts can't be had.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// When to try again where the trouble is usually over in a moment.
const SOON: Duration = Duration::from_secs(1);
/// When to try again where a queue has to shrink first: about what a full one takes.
const QUEUE: Duration = Duration::from_secs(2);

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Account(account::Refusal::AlreadyExists) | Failure::KeyReused => key_reused(),
            Failure::Account(account::Refusal::Gone) => account_gone(),
            Failure::WrongPassword => {
                Self::forbidden("wrong-password", "This is not the account's password.")
            }
            Failure::WeakPassword(weakness) => Self::validation(vec![FieldError::new(
                "new_password",
                weakness.code(),
                weakness.message(),
            )]),
            Failure::LinkInvalid => link_invalid(),
            Failure::EmailUnchanged => Self::validation(vec![FieldError::new(
                "email",
                "unchanged",
                "This is your address already.",
            )]),
            Failure::Limits(limits::Refusal::Wait(wait)) => Self::too_many_requests(wait),
            Failure::Limits(error @ limits::Refusal::Unavailable(_)) => store_down(error),
            Failure::MailsFull(full) => {
                Self::unavailable("busy", "Too many mails are waiting to be sent.", QUEUE).with_cause(full)
            }
            Failure::SessionNotFound => Self::not_found("session-not-found", "You have no such session."),
            Failure::Media(refusal) => from_pictures(vec![("media_id".to_owned(), refusal)]),
            Failure::Pictures(refusals) => from_pictures(refusals),
            Failure::Upload(error) => from_upload(error),
            Failure::Name(name::Refusal::Taken) | Failure::UsernameTaken => taken(
                "username-taken",
                "Somebody has this username already.",
                &["username"],
            ),
            Failure::UsernameReserved => Self::conflict(
                "username-reserved",
                "This username is reserved: it would be taken for Echo's own.",
            )
            .with_errors(vec![FieldError::new("username", "reserved", "This is reserved.")]),
            Failure::EmailTaken => taken(
                "email-taken",
                "There is an account with this address already.",
                &["email"],
            ),
            Failure::BothTaken => taken(
                "username-taken",
                "Somebody has this username already, and there is an account with this address.",
                &["username", "email"],
            ),
            Failure::Session(refusal) => from_session(refusal),
            Failure::Friendship(refusal) => from_friendship(refusal),
            Failure::Post(refusal) => from_post(refusal),
            Failure::Dm(dm::Refusal::NotFriends) => Self::forbidden(
                "not-friends",
                "Messages go to friends only, and you two are not friends.",
            ),
            Failure::Dm(dm::Refusal::Empty) => Self::validation(vec![FieldError::new(
                "text",
                "required",
                "A message without pictures needs a text.",
            )]),
            Failure::WrongCredentials => Self::unauthorized(
                "wrong-credentials",
                "There is no account with this name and password.",
            ),
            Failure::Comment(refusal) => from_comment(refusal),
            Failure::Inbox(inbox::Refusal::Ahead) => {
                Self::bad_request("invalid-position", "Nothing has happened at this position yet.")
            }
            Failure::Quota(refusal) => from_quota(refusal),
            Failure::Report(report::Refusal::Yourself) | Failure::Yourself => {
                Self::unprocessable("yourself", "This can't be done with oneself.")
            }
            Failure::UserNotFound => user_not_found(),
            Failure::MessageNotFound => Self::not_found(
                "message-not-found",
                "There is no message at this position in this conversation.",
            ),
            Failure::MessageIdReused => Self::conflict(
                "message-id-reused",
                "You used this id for a message in another conversation.",
            ),
            Failure::Contended => contended(),
            Failure::Password(passwords::Error::Busy(busy)) => {
                Self::unavailable("busy", "Too many people are signing in just now.", QUEUE).with_cause(busy)
            }
            Failure::Password(error @ passwords::Error::Broken(_)) => Self::internal(error),
            Failure::Signing(error) => Self::internal(error),
            Failure::Load(error) => from_load(error),
            Failure::Append(error) => from_append(error),
            Failure::Key(error) => from_own_key(error),
        }
    }
}

fn from_session(refusal: session::Refusal) -> Problem {
    match refusal {
        session::Refusal::Unknown
        | session::Refusal::Revoked
        | session::Refusal::Expired
        | session::Refusal::Ahead => {
            let reason = match refusal {
                session::Refusal::Revoked => "revoked",
                session::Refusal::Expired => "expired",
                session::Refusal::Unknown | session::Refusal::Ahead | session::Refusal::AlreadyExists => {
                    "unknown"
                }
            };
            Problem::unauthorized("session-ended", "The session has ended; log in again.")
                .with_reason(reason)
                .with_cause(refusal)
        }
        session::Refusal::AlreadyExists => Problem::internal(refusal),
    }
}

fn from_friendship(refusal: friendship::Refusal) -> Problem {
    match refusal {
        friendship::Refusal::AlreadyRequested => {
            Problem::conflict("already-requested", "You have asked this person already.")
        }
        friendship::Refusal::AlreadyFriends => {
            Problem::conflict("already-friends", "You two are friends already.")
        }
        friendship::Refusal::NoRequest => Problem::conflict("no-request", "There is no such friend request."),
        friendship::Refusal::NotFriends => Problem::conflict("not-friends", "You two are not friends."),
        friendship::Refusal::Blocking => Problem::conflict("blocked", "You block this person."),
        // To the caller, who may not know of the block, there is nobody.
        friendship::Refusal::Unknown => user_not_found(),
    }
}

fn from_post(refusal: post::Refusal) -> Problem {
    match refusal {
        post::Refusal::AlreadyExists => contended(),
        post::Refusal::NotFound => Problem::not_found("post-not-found", "There is no such post."),
        post::Refusal::NotAuthor => {
            Problem::forbidden("not-author", "Only its author may change or delete a post.")
        }
    }
}

fn from_comment(refusal: comment::Refusal) -> Problem {
    match refusal {
        comment::Refusal::AlreadyExists => contended(),
        comment::Refusal::NotFound => Problem::not_found("comment-not-found", "There is no such comment."),
        comment::Refusal::NotAuthor => {
            Problem::forbidden("not-author", "Only its author may change a comment.")
        }
        comment::Refusal::NeitherAuthor => Problem::forbidden(
            "not-author",
            "Only its author and the author of the post may delete a comment.",
        ),
    }
}

fn from_load(error: LoadError) -> Problem {
    match error {
        LoadError::Unavailable(_) | LoadError::Key(KeyError::Unavailable(_) | KeyError::Missing(_)) => {
            store_down(error)
        }
        LoadError::Key(KeyError::Malformed(_) | KeyError::Wrapped(..) | KeyError::Erased(_))
        | LoadError::Decode { .. } => Problem::internal(error),
    }
}

fn from_append(error: AppendError) -> Problem {
    match error {
        AppendError::Conflict => contended(),
        AppendError::Unavailable(_) | AppendError::StreamFull => store_down(error),
        AppendError::OutcomeUnknown => Problem::unavailable(
            "outcome-unknown",
            "It isn't known whether this was done. A repeat with the same Idempotency-Key is safe.",
            SOON,
        )
        .with_cause(error),
        AppendError::TooLarge => Problem::too_large(platform::extract::BODY_LIMIT).with_cause(error),
        AppendError::Key(error) => from_own_key(error),
        AppendError::Load(error) => from_load(error),
        AppendError::Refused { .. }
        | AppendError::Encode(EncodeError::Erased | EncodeError::NoKey | EncodeError::Json(_)) => {
            Problem::internal(error)
        }
    }
}

/// Who acts needs a key; who has none any more is nobody any more, whatever their token says.
fn from_own_key(error: KeyError) -> Problem {
    match error {
        KeyError::Missing(_) | KeyError::Erased(_) => account_gone().with_cause(error),
        KeyError::Unavailable(_) => store_down(error),
        KeyError::Malformed(_) | KeyError::Wrapped(..) => Problem::internal(error),
    }
}

fn link_invalid() -> Problem {
    let detail = "This link was used already, is too old, or is not one of ours.";
    Problem::unprocessable("link-invalid", detail)
        .with_errors(vec![FieldError::new("token", "invalid", detail)])
}

fn account_gone() -> Problem {
    Problem::unauthorized("account-gone", "This account does not exist any more.")
}

/// At least one refusal, with the field that names the picture.
fn from_pictures(refusals: Vec<(String, picture::Refusal)>) -> Problem {
    let words = |refusal| match refusal {
        picture::Refusal::NotYours => ("media-not-yours", "This is none of your uploaded images."),
        picture::Refusal::Expired => (
            "media-expired",
            "This image was uploaded too long ago to be used now; upload it again.",
        ),
    };
    let not_yours = refusals
        .iter()
        .any(|(_, refusal)| *refusal == picture::Refusal::NotYours);
    let (code, detail) = words(if not_yours {
        picture::Refusal::NotYours
    } else {
        picture::Refusal::Expired
    });
    let errors = refusals.into_iter().map(|(field, refusal)| {
        let (code, message) = words(refusal);
        FieldError::new(field, code, message)
    });
    Problem::unprocessable(code, detail).with_errors(errors.collect())
}

fn from_quota(refusal: quotas::Refusal) -> Problem {
    let retry_after = refusal.retry_after();
    let detail = match refusal {
        quotas::Refusal::UsedUp(Quota::Pictures, _) => {
            "You have uploaded as many images as you may in one day."
        }
        quotas::Refusal::UsedUp(Quota::Versions, _) => {
            "This post was edited as often as it may be in one day."
        }
        quotas::Refusal::UsedUp(Quota::FriendRequests, _) => {
            "You have made and accepted as many friend requests as you may in one day."
        }
        quotas::Refusal::Contended => return contended(),
        refusal @ quotas::Refusal::Unavailable(_) => return store_down(refusal),
    };
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "quota-used-up", detail).with_retry_after(retry_after)
}

fn from_upload(error: UploadError) -> Problem {
    match error {
        UploadError::Refused(Refusal::TooLarge) => Problem::too_large(MAX_BYTES),
        UploadError::Refused(refusal @ Refusal::Unsupported) => Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            refusal.code(),
            "This file isn't an image that can be shown here. Use JPEG, PNG, WebP or GIF.",
        ),
        UploadError::Refused(
            refusal @ (Refusal::TooManyPixels | Refusal::AnimationTooLarge | Refusal::Unreadable),
        ) => Problem::unprocessable(refusal.code(), sentence(&refusal)),
        UploadError::Busy => {
            Problem::unavailable("busy", "Too many images are being uploaded just now.", QUEUE)
        }
        UploadError::TooMany(wait) => Problem::too_many_requests(wait),
        UploadError::TooSlow => Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "upload-too-slow",
            "The upload stood still or took too long.",
        ),
        error @ UploadError::BrokenOff(_) => {
            Problem::bad_request("broken-body", "The body ended before it was complete.").with_cause(error)
        }
        UploadError::Store(error) if error.is_transient() => store_down(error),
        UploadError::Store(error) => Problem::internal(error),
    }
}

/// An error's words as a sentence.
fn sentence(error: &impl std::fmt::Display) -> String {
    let words = error.to_string();
    let mut letters = words.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).chain(['.']).collect()
}

fn user_not_found() -> Problem {
    Problem::not_found("user-not-found", "There is no such user.")
}

fn key_reused() -> Problem {
    Problem::unprocessable(
        "idempotency-key-reused",
        "This Idempotency-Key was used for another request; a new request needs a new key.",
    )
}

fn taken(code: &'static str, detail: &str, fields: &[&str]) -> Problem {
    let error = |field: &&str| FieldError::new(*field, "taken", "This is taken.");
    Problem::conflict(code, detail).with_errors(fields.iter().map(error).collect())
}

fn contended() -> Problem {
    Problem::conflict(
        "conflict",
        "Somebody else changed the same thing at the same time; try again.",
    )
}

fn store_down(cause: impl std::error::Error + Send + Sync + 'static) -> Problem {
    Problem::unavailable("unavailable", "This can't be done just now; try again.", SOON).with_cause(cause)
}

/// A position in a body that isn't one.
pub(crate) fn invalid_position() -> Problem {
    Problem::bad_request("invalid-position", "This is not a position of the right stream.")
}
