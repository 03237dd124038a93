//! `--demo`: a lively little network, made through the public API like any other.
//!
//! What it makes is written in `network.json`, its pictures are painted by program. Everything has a name that does not
//! change (usernames, idempotency keys, messages' ids), so that filling a system twice adds nothing the second time.
use std::collections::HashMap;

use anyhow::{Context, Result};
use serde_json::{Value, json};

mod client;
mod network;
mod pictures;

use client::{Client, Made, Media, Person, Place};
use network::{Block, Conversation, Network, Post, Profile};
use pictures::{Picture, Shape};

/// Everybody's password. These accounts are for looking around on one's own machine.
pub(crate) const PASSWORD: &str = "demo-password-1";

/// Somebody with many friends and chats, for pictures.
pub(crate) const SOMEBODY: &str = "mara";

/// Fills the system at `url`, and says who can log in.
pub(crate) fn fill(url: &str) -> Result<()> {
    let network = Network::read()?;
    let mut filling = Filling {
        client: Client::new(url),
        people: HashMap::new(),
        made: Made::default(),
    };
    for (number, profile) in (0..).zip(&network.people) {
        filling.welcome(number, profile)?;
    }
    for (asking, asked) in &network.friendships {
        let (asking, asked) = (find(&filling.people, asking)?, find(&filling.people, asked)?);
        filling.client.befriend(asking, asked, &mut filling.made)?;
    }
    for (asking, asked) in &network.requests {
        let (asking, asked) = (find(&filling.people, asking)?, find(&filling.people, asked)?);
        filling.client.ask(asking, asked, &mut filling.made)?;
    }
    for (number, post) in (0..).zip(&network.posts) {
        filling.publish(number, post)?;
    }
    for (number, conversation) in (0..).zip(&network.conversations) {
        filling.talk(number, conversation)?;
    }
    let made = &filling.made;
    println!("\nThe demo network: {made}. Log in as any of these, with the password `{PASSWORD}`:");
    for profile in &network.people {
        println!("  {:10} {}", profile.username, profile.display_name);
    }
    Ok(())
}

/// A network that is being made.
struct Filling {
    client: Client,
    /// By username.
    people: HashMap<String, Person>,
    made: Made,
}

fn find<'a>(people: &'a HashMap<String, Person>, name: &str) -> Result<&'a Person> {
    people
        .get(name)
        .with_context(|| format!("network.json knows no {name}"))
}

impl Filling {
    /// Makes somebody's account, with a face.
    fn welcome(&mut self, number: u32, profile: &Profile) -> Result<()> {
        let Self { client, people, made } = self;
        let person = client.log_in_or_sign_up(&profile.username, &profile.display_name, PASSWORD, made)?;
        client.describe(&person, &profile.bio)?;
        let face = client.upload(&person, "demo-avatar", &pictures::portrait(number)?, made)?;
        client.show(&person, Place::Avatar, &face)?;
        if let Some(cover) = &profile.cover {
            let cover = client.upload(&person, "demo-cover", &cover.paint(Shape::Cover, number)?, made)?;
            client.show(&person, Place::Cover, &cover)?;
        }
        people.insert(profile.username.clone(), person);
        Ok(())
    }

    /// Publishes a post, and lets others like it and comment on it.
    fn publish(&mut self, number: u32, post: &Post) -> Result<()> {
        let Self { client, people, made } = self;
        let author = find(people, &post.author)?;
        let key = format!("demo-post-{number}");
        let mut blocks = Vec::with_capacity(post.blocks.len());
        for (n, block) in (0..).zip(&post.blocks) {
            blocks.push(match block {
                Block::Text(text) => json!({ "type": "text", "text": text }),
                Block::Picture(picture) => {
                    let key = format!("{key}-picture-{n}");
                    let media = photo(client, author, &key, picture, number * 100 + n, made)?;
                    json!({ "type": "image", "media_id": media.id(), "alt": picture.alt })
                }
            });
        }
        let body: Value = json!({ "blocks": blocks, "visibility": post.visibility });
        let published = client.publish(author, &key, &body, made)?;
        for name in &post.likes {
            client.like(find(people, name)?, &published, made)?;
        }
        for (n, (name, text)) in post.comments.iter().enumerate() {
            let key = format!("{key}-comment-{n}");
            client.comment(find(people, name)?, &published, &key, text, made)?;
        }
        Ok(())
    }

    fn talk(&mut self, number: u32, conversation: &Conversation) -> Result<()> {
        let Self { client, people, made } = self;
        let (first, second) = &conversation.between;
        let mut last = None;
        for (n, line) in (0..).zip(&conversation.messages) {
            let to = if line.from() == first { second } else { first };
            let (from, to) = (find(people, line.from())?, find(people, to)?);
            let key = format!("demo-chat-{number}-{n}");
            let picture = line
                .picture()
                .map(|picture| photo(client, from, &key, picture, 10_000 + number * 100 + n, made))
                .transpose()?;
            let id = message_id(number, n);
            let position = client.send(from, to, &id, line.text(), picture.as_ref(), made)?;
            last = Some((from, to, position));
        }
        // Who wrote last has read everything before. The other has not seen the last word yet, so that
        // the sidebars have something to count.
        if let Some((from, to, position)) = last {
            client.read(from, to, &position)?;
        }
        Ok(())
    }
}

/// Paints a picture and uploads it.
fn photo(
    client: &Client,
    owner: &Person,
    key: &str,
    picture: &Picture,
    number: u32,
    made: &mut Made,
) -> Result<Media> {
    client.upload(owner, key, &picture.paint(Shape::Photo, number)?, made)
}

/// The same id for the same message every time, in the form of a UUID.
fn message_id(conversation: u32, index: u32) -> String {
    format!("de300000-0000-4000-8000-{conversation:06x}{index:06x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_messages_share_an_id() {
        assert_ne!(message_id(1, 2), message_id(2, 1));
        assert_eq!(message_id(1, 2).len(), 36);
    }
}
