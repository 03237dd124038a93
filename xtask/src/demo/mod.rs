//! `--demo`: a lively little network, made through the public API like any other.
//!
//! What it makes is written in `network.json`. Everything has a name that does not change (usernames,
//! idempotency keys, messages' ids), so that filling a system twice adds nothing the second time.
use std::collections::HashMap;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;

mod client;

use client::{Client, Made, Person};

/// Everybody's password. These accounts are for looking around on one's own machine.
pub(crate) const PASSWORD: &str = "demo-password-1";

/// Somebody with many friends and chats, for pictures.
pub(crate) const SOMEBODY: &str = "mara";

#[derive(Debug, Deserialize)]
struct Network {
    people: Vec<Profile>,
    friendships: Vec<(String, String)>,
    /// Asked, and not answered yet.
    requests: Vec<(String, String)>,
    posts: Vec<Post>,
    conversations: Vec<Conversation>,
}

#[derive(Debug, Deserialize)]
struct Profile {
    username: String,
    display_name: String,
}

#[derive(Debug, Deserialize)]
struct Post {
    author: String,
    visibility: String,
    /// Paragraphs, each a block of its own.
    blocks: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Conversation {
    between: (String, String),
    /// Who writes, and what.
    messages: Vec<(String, String)>,
}

/// Fills the system at `url`, and says who can log in.
pub(crate) fn fill(url: &str) -> Result<()> {
    let network = Network::read()?;
    let client = Client::new(url);
    let mut made = Made::default();

    let mut people = HashMap::new();
    for profile in &network.people {
        let person =
            client.log_in_or_sign_up(&profile.username, &profile.display_name, PASSWORD, &mut made)?;
        people.insert(profile.username.as_str(), person);
    }
    let find = |name: &str| {
        people
            .get(name)
            .with_context(|| format!("network.json knows no {name}"))
    };

    for (asking, asked) in &network.friendships {
        client.befriend(find(asking)?, find(asked)?, &mut made)?;
    }
    for (asking, asked) in &network.requests {
        client.ask(find(asking)?, find(asked)?, &mut made)?;
    }
    for (number, post) in network.posts.iter().enumerate() {
        let blocks: Vec<_> = post
            .blocks
            .iter()
            .map(|text| json!({ "type": "text", "text": text }))
            .collect();
        let body = json!({ "blocks": blocks, "visibility": post.visibility });
        client.publish(
            find(&post.author)?,
            &format!("demo-post-{number}"),
            &body,
            &mut made,
        )?;
    }
    for (number, conversation) in network.conversations.iter().enumerate() {
        talk(&client, number, conversation, find, &mut made)?;
    }
    println!("\nThe demo network: {made}. Log in as any of these, with the password `{PASSWORD}`:");
    for profile in &network.people {
        println!("  {:10} {}", profile.username, profile.display_name);
    }
    Ok(())
}

fn talk<'a>(
    client: &Client,
    number: usize,
    conversation: &Conversation,
    find: impl Fn(&str) -> Result<&'a Person>,
    made: &mut Made,
) -> Result<()> {
    let (first, second) = &conversation.between;
    let mut last = None;
    for (index, (from, text)) in conversation.messages.iter().enumerate() {
        let to = if from == first { second } else { first };
        let position = client.send(find(from)?, find(to)?, &message_id(number, index), text, made)?;
        last = Some((from, to, position));
    }
    // Who wrote last has read everything before. The other has not seen the last word yet, so that
    // the sidebars have something to count.
    if let Some((from, to, position)) = last {
        client.read(find(from)?, find(to)?, &position)?;
    }
    Ok(())
}

/// The same id for the same message every time, in the form of a UUID.
fn message_id(conversation: usize, index: usize) -> String {
    format!("de300000-0000-4000-8000-{conversation:06x}{index:06x}")
}

impl Network {
    fn read() -> Result<Network> {
        serde_json::from_str(include_str!("network.json")).context("network.json")
    }
}

#[cfg(test)]
mod tests {
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
        assert!(network.posts.iter().all(|post| known(&post.author)));
        for conversation in &network.conversations {
            let (a, b) = &conversation.between;
            assert!(friends(a, b), "{a} and {b} talk without being friends");
            assert!(
                conversation
                    .messages
                    .iter()
                    .all(|(from, _)| from == a || from == b)
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

    #[test]
    fn no_two_messages_share_an_id() {
        assert_ne!(message_id(1, 2), message_id(2, 1));
        assert_eq!(message_id(1, 2).len(), 36);
    }
}
