//! What people report to whoever runs Echo.

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, CommentId, Personal, PostId, ReportId,
    ids::derive,
    personal::{aggregate_events, sealed},
};

aggregate_events! {
    /// Everything that can happen to a report.
    pub enum Event {
        /// It was filed.
        "filed" 1 => Filed(Filed),
    }
}

/// See [`Event::Filed`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// Which report.
    pub report: ReportId,
    /// Who filed it.
    pub by: AccountId,
    /// About what.
    pub subject: Subject,
    /// Why.
    pub reason: Reason,
    /// What the person adds.
    #[serde(skip)]
    pub personal: Personal<Note>,
}

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A post.
    Post(PostId),
    /// A comment on a post.
    Comment {
        /// The post.
        post: PostId,
        /// The comment.
        comment: CommentId,
    },
    /// A person.
    User(AccountId),
    /// A message that the other one of a conversation sent.
    Message {
        /// The sender.
        from: AccountId,
        /// The sequence at which it was sent.
        sent: u64,
    },
}

/// Why something is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
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

impl ReportId {
    /// The report that `by` files about this for this reason: a second one would be the same.
    ///
    /// # Panics
    ///
    /// If ids and plain names can't be JSON, which they always can.
    pub fn of(by: AccountId, subject: &Subject, reason: Reason) -> Self {
        let what = serde_json::to_string(&(subject, reason)).expect("ids and names always serialize");
        derive("report", by.uuid(), &what)
    }
}

/// What a person adds to a report.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// May be empty.
    pub note: String,
}

sealed!(Filed => by);
