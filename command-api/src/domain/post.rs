//! A post: published, edited, deleted by its author alone.

use events::post::{Block, Content, Deleted, Event, Version, Visibility};
use events::{AccountId, MediaId, Personal, PostId};

use super::Aggregate;

/// What is known of a post.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// There never was one.
    #[default]
    Missing,
    /// As it reads now.
    Published(Version),
    /// There was one, of this author.
    Deleted(AccountId),
}

/// What can be done about a post.
#[derive(Clone)]
pub enum Command {
    /// Bring it into the world.
    Publish(Version),
    /// Make it read otherwise; what isn't given stays.
    Edit {
        /// Who acts.
        by: AccountId,
        /// What it says from now on.
        content: Option<Content>,
        /// Who may see it from now on.
        visibility: Option<Visibility>,
    },
    /// Take it away.
    Delete {
        /// Who acts.
        by: AccountId,
    },
}

/// Why a post doesn't change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The id is in use.
    #[error("the post exists already")]
    AlreadyExists,
    /// There is none, or none any more.
    #[error("there is no such post")]
    NotFound,
    /// Somebody else's; whether the caller may know that it exists depends on who may see it.
    #[error("only the author may do this")]
    NotAuthor,
}

/// What happens to the post: nothing, if it already is as wanted.
pub fn decide(state: &State, command: Command) -> Result<Option<Event>, Refusal> {
    match command {
        Command::Publish(version) => match state {
            State::Missing => Ok(Some(Event::Published(version))),
            State::Published(_) | State::Deleted(_) => Err(Refusal::AlreadyExists),
        },
        Command::Edit {
            by,
            content,
            visibility,
        } => {
            let now = owned(state, by)?;
            let next = Version {
                post: now.post,
                author: now.author,
                visibility: visibility.unwrap_or(now.visibility),
                personal: content.map_or_else(|| now.personal.clone(), Personal::Known),
            };
            Ok((next != *now).then_some(Event::Edited(next)))
        }
        Command::Delete { by } => {
            let now = owned(state, by)?;
            Ok(Some(Event::Deleted(Deleted {
                post: now.post,
                author: now.author,
            })))
        }
    }
}

fn owned(state: &State, by: AccountId) -> Result<&Version, Refusal> {
    match state {
        State::Missing | State::Deleted(_) => Err(Refusal::NotFound),
        State::Published(version) if version.author == by => Ok(version),
        State::Published(_) => Err(Refusal::NotAuthor),
    }
}

impl State {
    /// The author, of one that was deleted as well.
    pub fn author(&self) -> Option<AccountId> {
        match self {
            Self::Missing => None,
            Self::Published(version) => Some(version.author),
            Self::Deleted(author) => Some(*author),
        }
    }

    /// The pictures that the post shows now.
    pub fn pictures(&self) -> Vec<MediaId> {
        let content = match self {
            Self::Published(version) => version.personal.known(),
            Self::Missing | Self::Deleted(_) => None,
        };
        let blocks = content.iter().flat_map(|content| &content.blocks);
        let pictures = blocks.filter_map(|block| match block {
            Block::Image { media_id, .. } => Some(*media_id),
            Block::Text { .. } => None,
        });
        pictures.collect()
    }
}

impl Aggregate for State {
    type Event = Event;

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (Self::Deleted(author), _) => Self::Deleted(author),
            (_, Event::Deleted(deleted)) => Self::Deleted(deleted.author),
            (Self::Missing | Self::Published(_), Event::Published(version) | Event::Edited(version)) => {
                Self::Published(version.clone())
            }
        }
    }

    fn own(event: &events::Event) -> Option<&Event> {
        if let events::Event::Post(event) = event {
            Some(event)
        } else {
            None
        }
    }
}

/// The id of the post that an event is about.
pub fn post_of(event: &Event) -> PostId {
    match event {
        Event::Published(version) | Event::Edited(version) => version.post,
        Event::Deleted(deleted) => deleted.post,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::post::Block;
    use uuid::Uuid;

    fn ann() -> AccountId {
        AccountId::from(Uuid::from_u128(1))
    }

    fn ben() -> AccountId {
        AccountId::from(Uuid::from_u128(2))
    }

    fn content(text: &str) -> Content {
        Content {
            blocks: vec![Block::Text {
                text: text.to_owned(),
            }],
        }
    }

    fn version(text: &str) -> Version {
        let post = PostId::from(Uuid::from_u128(7));
        Version {
            post,
            author: ann(),
            visibility: Visibility::Public,
            personal: Personal::Known(content(text)),
        }
    }

    fn published() -> State {
        State::default().evolve(&Event::Published(version("one")))
    }

    #[test]
    fn a_post_is_published_once() {
        assert!(decide(&State::Missing, Command::Publish(version("one"))).is_ok());
        assert_eq!(
            decide(&published(), Command::Publish(version("two"))),
            Err(Refusal::AlreadyExists)
        );
    }

    #[test]
    fn only_the_author_edits_or_deletes_a_post() {
        let edit = Command::Edit {
            by: ben(),
            content: Some(content("two")),
            visibility: None,
        };
        assert_eq!(decide(&published(), edit), Err(Refusal::NotAuthor));
        assert_eq!(
            decide(&published(), Command::Delete { by: ben() }),
            Err(Refusal::NotAuthor)
        );
        assert!(matches!(
            decide(&published(), Command::Delete { by: ann() }),
            Ok(Some(Event::Deleted(_)))
        ));
    }

    #[test]
    fn an_edit_keeps_what_it_does_not_mention() {
        let edit = Command::Edit {
            by: ann(),
            content: Some(content("two")),
            visibility: None,
        };
        assert_eq!(
            decide(&published(), edit),
            Ok(Some(Event::Edited(version("two"))))
        );
        let hide = Command::Edit {
            by: ann(),
            content: None,
            visibility: Some(Visibility::Friends),
        };
        let hidden = Version {
            visibility: Visibility::Friends,
            ..version("one")
        };
        assert_eq!(decide(&published(), hide), Ok(Some(Event::Edited(hidden))));
    }

    #[test]
    fn an_edit_that_changes_nothing_is_no_event() {
        let same = Command::Edit {
            by: ann(),
            content: Some(content("one")),
            visibility: Some(Visibility::Public),
        };
        assert_eq!(decide(&published(), same), Ok(None));
    }

    #[test]
    fn a_deleted_post_is_gone_for_good() {
        let deleted = published().evolve(&Event::Deleted(Deleted {
            post: version("").post,
            author: ann(),
        }));
        assert_eq!(
            decide(&deleted, Command::Delete { by: ann() }),
            Err(Refusal::NotFound)
        );
        assert_eq!(
            decide(&deleted, Command::Publish(version("one"))),
            Err(Refusal::AlreadyExists)
        );
        assert_eq!(deleted.author(), published().author());
    }
}
