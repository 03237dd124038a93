//! What a report says, and what is wrong with it.

use events::report::{Note, Reason};
use events::{AccountId, CommentId, PostId, Stream};
use platform::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::handlers::report::About;
use crate::problems::invalid_position;
use crate::validation::{Checks, Lines, limits};

/// A new report.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewReport)]
pub(super) struct Body {
    #[serde(default)]
    #[schema(required)]
    subject: Subject,
    #[serde(default)]
    #[schema(required, value_type = ReasonSchema)]
    reason: String,
    /// What the caller adds.
    #[schema(max_length = 1000)]
    note: Option<String>,
}

/// What is reported: one of a post, a comment, a person and a message. A comment is found by its post, so its
/// `comment_id` comes with the `post_id`.
#[derive(Deserialize, Default, ToSchema)]
#[schema(as = ReportSubject)]
struct Subject {
    #[schema(value_type = Option<Uuid>)]
    post_id: Option<String>,
    #[schema(value_type = Option<Uuid>)]
    comment_id: Option<String>,
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<String>,
    message: Option<Message>,
}

/// A message that the caller received.
#[derive(Deserialize, ToSchema)]
#[schema(as = ReportedMessage)]
struct Message {
    /// Who sent it.
    #[serde(default)]
    #[schema(required, value_type = Uuid)]
    peer: String,
    #[serde(default)]
    #[schema(required, example = "c42", pattern = "^c[0-9]+$")]
    position: String,
}

/// Why something is reported.
#[derive(Serialize, ToSchema)]
#[schema(as = ReportReason)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "describes what is read as a text")]
enum ReasonSchema {
    /// Unwanted advertising.
    Spam,
    /// Somebody is being harassed.
    Harassment,
    /// Hate against a group of people.
    Hate,
    /// Violence, shown or threatened.
    Violence,
    /// Nudity or sexual content.
    Sexual,
    /// Somebody may harm themselves.
    SelfHarm,
    /// Somebody pretends to be another.
    Impersonation,
    /// Something else, told in the note.
    Other,
}

impl Body {
    /// What is reported and why, if that is acceptable.
    pub(super) fn check(self) -> Result<(About, Reason, Note), Problem> {
        let mut checks = Checks::new();
        let about = self.subject.check(&mut checks);
        let reason = check_reason(&mut checks, &self.reason);
        let note = self.note.unwrap_or_default();
        let note = checks.optional_text("note", note, limits::NOTE, Lines::Many);
        checks.finish()?;
        // Of what can be wrong with a subject only this is not a check's.
        let about = about.ok_or_else(invalid_position)?;
        Ok((about, reason, Note { note }))
    }
}

impl Subject {
    /// What is reported; `None` where a check has failed or the position is none.
    fn check(self, checks: &mut Checks) -> Option<About> {
        match (self.post_id, self.comment_id, self.user_id, self.message) {
            (Some(post), None, None, None) => {
                let post = PostId::from(checks.id("subject.post_id", &post));
                Some(About::Post(post))
            }
            (post, Some(comment), None, None) => {
                let post = PostId::from(checks.id("subject.post_id", &post.unwrap_or_default()));
                let comment = CommentId::from(checks.id("subject.comment_id", &comment));
                Some(About::Comment(post, comment))
            }
            (None, None, Some(user), None) => {
                let user = AccountId::from(checks.id("subject.user_id", &user));
                Some(About::User(user))
            }
            (None, None, None, Some(message)) => message.check(checks),
            (None, None, None, None) => {
                checks.fail("subject", "required", "Say what is reported.");
                None
            }
            _ => {
                checks.fail("subject", "invalid", "A report is about one thing.");
                None
            }
        }
    }
}

impl Message {
    fn check(self, checks: &mut Checks) -> Option<About> {
        let peer = AccountId::from(checks.id("subject.message.peer", &self.peer));
        if self.position.is_empty() {
            checks.fail("subject.message.position", "required", "This may not be empty.");
        }
        let position: events::Position = self.position.parse().ok()?;
        (position.stream == Stream::Chat).then_some(About::Message(peer, position))
    }
}

fn check_reason(checks: &mut Checks, text: &str) -> Reason {
    match text {
        "spam" => return Reason::Spam,
        "harassment" => return Reason::Harassment,
        "hate" => return Reason::Hate,
        "violence" => return Reason::Violence,
        "sexual" => return Reason::Sexual,
        "self_harm" => return Reason::SelfHarm,
        "impersonation" => return Reason::Impersonation,
        "other" => return Reason::Other,
        "" => checks.fail("reason", "required", "This may not be empty."),
        _ => checks.fail("reason", "invalid", "This is none of the reasons."),
    }
    // Not used: a check has failed.
    Reason::Other
}
