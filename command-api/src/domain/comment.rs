//! A comment on a post: written, edited by its author, deleted by its author or the post's.

use events::comment::{Deleted, Event, Text, Version};
use events::{AccountId, Personal};

use super::Aggregate;

/// What is known of a comment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// There never was one.
    #[default]
    Missing,
    /// As it reads now.
    Standing(Version),
    /// There was one.
    Deleted,
}

/// What can be done about a comment.
#[derive(Clone)]
pub enum Command {
    /// Write it.
    Add(Version),
    /// Make it read otherwise.
    Edit {
        /// Who acts.
        by: AccountId,
        /// What it says from now on.
        text: Text,
    },
    /// Take it away.
    Delete {
        /// Who acts.
        by: AccountId,
    },
}

/// Why a comment doesn't change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The id is in use.
    #[error("the comment exists already")]
    AlreadyExists,
    /// There is none, or none any more.
    #[error("there is no such comment")]
    NotFound,
    /// Only the author edits a comment.
    #[error("only the author may edit a comment")]
    NotAuthor,
    /// Only the author and the post's author delete a comment.
    #[error("only the author and the post's author may delete a comment")]
    NeitherAuthor,
}

/// What happens to the comment: nothing, if it already is as wanted.
pub fn decide(state: &State, command: Command) -> Result<Option<Event>, Refusal> {
    match command {
        Command::Add(version) => match state {
            State::Missing => Ok(Some(Event::Added(version))),
            State::Standing(_) | State::Deleted => Err(Refusal::AlreadyExists),
        },
        Command::Edit { by, text } => {
            let now = standing(state)?;
            if now.author != by {
                return Err(Refusal::NotAuthor);
            }
            let next = Version {
                personal: Personal::Known(text),
                ..now.clone()
            };
            Ok((next != *now).then_some(Event::Edited(next)))
        }
        Command::Delete { by } => {
            let now = standing(state)?;
            if now.author != by && now.post_author != by {
                return Err(Refusal::NeitherAuthor);
            }
            Ok(Some(Event::Deleted(Deleted {
                comment: now.comment,
                post: now.post,
                post_author: now.post_author,
                author: now.author,
                by,
            })))
        }
    }
}

/// The comment as it reads now. One whose author was forgotten is gone with the author.
pub fn standing(state: &State) -> Result<&Version, Refusal> {
    match state {
        State::Standing(version) if version.personal != Personal::Erased => Ok(version),
        State::Missing | State::Standing(_) | State::Deleted => Err(Refusal::NotFound),
    }
}

impl Aggregate for State {
    type Event = Event;

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Deleted, _) | (_, Event::Deleted(_)) => Self::Deleted,
            (Self::Missing | Self::Standing(_), Event::Added(version) | Event::Edited(version)) => {
                Self::Standing(version.clone())
            }
        }
    }

    fn own(event: &events::Event) -> Option<&Event> {
        if let events::Event::Comment(event) = event {
            Some(event)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::social_properties::{check, take};
    use events::{CommentId, PostId};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn person(n: u8) -> AccountId {
        AccountId::from(Uuid::from_u128(u128::from(n) + 1))
    }

    const ANN: u8 = 0;
    const BEN: u8 = 1;
    const CID: u8 = 2;

    fn text(text: &str) -> Text {
        Text {
            text: text.to_owned(),
        }
    }

    /// By Ben, on a post of Ann's.
    fn version(says: &str) -> Version {
        Version {
            comment: CommentId::from(Uuid::from_u128(8)),
            post: PostId::from(Uuid::from_u128(7)),
            post_author: person(ANN),
            author: person(BEN),
            personal: Personal::Known(text(says)),
        }
    }

    fn added() -> State {
        State::default().evolve(&Event::Added(version("one")))
    }

    fn edit(by: u8, says: &str) -> Command {
        Command::Edit {
            by: person(by),
            text: text(says),
        }
    }

    fn delete(by: u8) -> Command {
        Command::Delete { by: person(by) }
    }

    #[test]
    fn only_its_author_edits_a_comment() {
        assert_eq!(
            decide(&added(), edit(BEN, "two")),
            Ok(Some(Event::Edited(version("two"))))
        );
        for other in [ANN, CID] {
            assert_eq!(decide(&added(), edit(other, "two")), Err(Refusal::NotAuthor));
        }
    }

    #[test]
    fn its_author_and_the_posts_author_delete_a_comment() {
        for by in [ANN, BEN] {
            let Ok(Some(Event::Deleted(deleted))) = decide(&added(), delete(by)) else {
                panic!("deleted")
            };
            assert_eq!((deleted.by, deleted.author), (person(by), person(BEN)));
        }
        assert_eq!(decide(&added(), delete(CID)), Err(Refusal::NeitherAuthor));
    }

    #[test]
    fn an_edit_that_changes_nothing_is_no_event() {
        assert_eq!(decide(&added(), edit(BEN, "one")), Ok(None));
    }

    #[test]
    fn a_deleted_comment_is_gone_for_good() {
        let Ok(Some(deleted)) = decide(&added(), delete(BEN)) else {
            panic!("deleted")
        };
        let gone = added().evolve(&deleted);
        assert_eq!(decide(&gone, edit(BEN, "two")), Err(Refusal::NotFound));
        assert_eq!(decide(&gone, delete(BEN)), Err(Refusal::NotFound));
        assert_eq!(
            decide(&gone, Command::Add(version("two"))),
            Err(Refusal::AlreadyExists)
        );
    }

    #[test]
    fn a_comment_is_gone_with_who_wrote_it() {
        let forgotten = State::default().evolve(&Event::Added(Version {
            personal: Personal::Erased,
            ..version("")
        }));
        assert_eq!(decide(&forgotten, delete(ANN)), Err(Refusal::NotFound));
    }

    proptest! {
        #[test]
        fn comments(steps in prop::collection::vec((0..3_u8, 0..8_u8, 0..3_u8), 0..20)) {
            let (mut state, mut events) = (State::default(), Vec::new());
            for (by, what, says) in steps {
                let command = match what {
                    0 | 1 => Command::Add(Version { author: person(by), ..version(&says.to_string()) }),
                    2 => delete(by),
                    _ => edit(by, &says.to_string()),
                };
                let decided = decide(&state, command).ok().flatten();
                take(&mut state, &mut events, decided);
            }
            check(&state, &events);
        }
    }
}
