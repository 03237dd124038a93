//! What `network.json` tells of the demo network.
use anyhow::{Context, Result};
use serde::Deserialize;

use super::pictures::Picture;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Network {
    pub(super) people: Vec<Profile>,
    pub(super) friendships: Vec<(String, String)>,
    /// Asked, and not answered yet.
    pub(super) requests: Vec<(String, String)>,
    pub(super) posts: Vec<Post>,
    pub(super) conversations: Vec<Conversation>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Profile {
    pub(super) username: String,
    pub(super) display_name: String,
    pub(super) bio: String,
    /// What stands across the profile.
    pub(super) cover: Option<Picture>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Post {
    pub(super) author: String,
    pub(super) visibility: String,
    pub(super) blocks: Vec<Block>,
    /// Who says what about it.
    #[serde(default)]
    pub(super) comments: Vec<(String, String)>,
    /// Who likes it.
    #[serde(default)]
    pub(super) likes: Vec<String>,
}

/// A paragraph or a picture.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Block {
    Text(String),
    Picture(Picture),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Conversation {
    pub(super) between: (String, String),
    pub(super) messages: Vec<Line>,
}

/// Who writes, and what; sometimes with a picture.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Line {
    Text(String, String),
    Picture(String, String, Picture),
}

impl Line {
    pub(super) fn from(&self) -> &String {
        match self {
            Line::Text(from, _) | Line::Picture(from, _, _) => from,
        }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Line::Text(_, text) | Line::Picture(_, text, _) => text,
        }
    }

    pub(super) fn picture(&self) -> Option<&Picture> {
        match self {
            Line::Text(..) => None,
            Line::Picture(_, _, picture) => Some(picture),
        }
    }
}

impl Network {
    pub(super) fn read() -> Result<Network> {
        serde_json::from_str(include_str!("network.json")).context("network.json")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PASSWORD, SOMEBODY};
    use super::*;

    #[test]
    fn everybody_named_is_somebody_and_only_friends_talk() {
        let network = Network::read().unwrap();
        let known = |name: &String| network.people.iter().any(|person| person.username == *name);
        let friends = |a: &String, b: &String| {
            network
                .friendships
                .iter()
                .any(|(x, y)| (x, y) == (a, b) || (x, y) == (b, a))
        };
        for (a, b) in network.friendships.iter().chain(&network.requests) {
            assert!(known(a) && known(b) && a != b, "{a}, {b}");
        }
        for (a, b) in &network.requests {
            assert!(!friends(a, b), "{a} and {b} are friends already");
        }
        for post in &network.posts {
            assert!(known(&post.author), "{}", post.author);
            let commenting = post.comments.iter().map(|(author, _)| author);
            for person in commenting.chain(&post.likes) {
                let sees =
                    post.visibility == "public" || *person == post.author || friends(person, &post.author);
                assert!(
                    known(person) && sees,
                    "{person} can't see what {} wrote",
                    post.author
                );
            }
        }
        for conversation in &network.conversations {
            let (a, b) = &conversation.between;
            assert!(friends(a, b), "{a} and {b} talk without being friends");
            assert!(
                conversation
                    .messages
                    .iter()
                    .all(|line| line.from() == a || line.from() == b)
            );
        }
    }

    #[test]
    fn it_keeps_to_the_contract_s_limits() {
        let network = Network::read().unwrap();
        let username = |name: &str| {
            (3..=30).contains(&name.len())
                && name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        assert!(network.people.iter().all(|person| username(&person.username)));
        assert!(
            network
                .posts
                .iter()
                .all(|post| (1..=20).contains(&post.blocks.len()))
        );
        assert!((8..=128).contains(&PASSWORD.len()));
        assert!(network.people.iter().any(|person| person.username == SOMEBODY));
    }
}
