//! The problems of this API, besides those that platform and the extractors have.

use std::time::Duration;

use media::store::StoreError;
use mongodb::error::{Error, ErrorKind};
use platform::Problem;

/// When to try again what failed for want of a database or of room.
const SOON: Duration = Duration::from_secs(1);

/// The session of the token is over, though the token isn't.
pub(crate) fn signed_out() -> Problem {
    Problem::unauthorized("session-revoked", "The session was ended.")
        .with_challenge(r#"Bearer error="invalid_token""#)
}

/// There is no such person, as far as the caller may know.
pub(crate) fn no_such_user() -> Problem {
    Problem::not_found("user-not-found", "There is no such person.")
}

/// There is no such post, as far as the caller may know.
pub(crate) fn no_such_post() -> Problem {
    Problem::not_found("post-not-found", "There is no such post.")
}

/// There is no such picture, or the URL of it isn't good: which of both is nobody's business.
pub(crate) fn no_such_media() -> Problem {
    Problem::not_found(
        "media-not-found",
        "There is no such image, or its URL has expired.",
    )
}

/// A picture can't be fetched.
pub(crate) fn media_store(error: StoreError) -> Problem {
    if error.is_transient() {
        Problem::unavailable("unavailable", "Images can't be shown just now.", SOON).with_cause(error)
    } else {
        Problem::internal(error)
    }
}

/// More reads at once than this process takes on.
pub(crate) fn busy() -> Problem {
    Problem::unavailable("busy", "Too many reads at once; try again.", SOON)
}

/// More at once than one account may have.
pub(crate) fn too_many_of_yours() -> Problem {
    Problem::too_many_requests(SOON)
}

/// It isn't known yet how far a projection has come.
pub(crate) fn not_ready() -> Problem {
    Problem::unavailable("not-ready", "This service has just started; try again.", SOON)
}

/// What MongoDB did not do for us: an outage is worth another try, all else is our fault.
pub(crate) fn database(error: Error) -> Problem {
    if is_outage(&error) {
        Problem::unavailable(
            "read-models-unavailable",
            "The data can't be read now; try again.",
            SOON,
        )
        .with_cause(error)
    } else {
        Problem::internal(error)
    }
}

fn is_outage(error: &Error) -> bool {
    /// The server steps down, shuts down, has no primary, or has given the query up (50), which it does only
    /// when it is overloaded.
    const PASSING: [i32; 8] = [50, 91, 189, 10107, 11600, 11602, 13435, 13436];
    match &*error.kind {
        ErrorKind::ServerSelection { .. }
        | ErrorKind::Io(_)
        | ErrorKind::ConnectionPoolCleared { .. }
        | ErrorKind::DnsResolve { .. } => true,
        ErrorKind::Command(command) => PASSING.contains(&command.code),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_worth_another_try_and_all_else_is_our_fault() {
        let outage = database(std::io::Error::other("cut off").into());
        assert_eq!(
            (outage.status().as_u16(), outage.code()),
            (503, "read-models-unavailable")
        );
        assert_eq!(outage.details().retry_after, Some(1));
        let fault = database(Error::custom("a document of another shape"));
        assert_eq!((fault.status().as_u16(), fault.code()), (500, "internal"));
    }
}
