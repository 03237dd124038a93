//! Echo's public API, as far as the demo network needs it.
use std::{fmt, thread, time::Duration};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::http::{self, Body};
use crate::interrupt;

/// How often a refused or failed request is tried again before giving up.
const TRIES: u32 = 5;

/// The API at an address.
pub(super) struct Client {
    url: String,
}

/// Somebody who is logged in.
#[derive(Debug)]
pub(super) struct Person {
    id: String,
    token: String,
    /// Whether the account was there before.
    known: bool,
}

/// A picture that was uploaded.
pub(super) struct Media(String);

impl Media {
    /// What posts and messages call it.
    pub(super) fn id(&self) -> &str {
        &self.0
    }
}

/// A post that was published.
pub(super) struct Published(String);

/// Where a profile shows a picture.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Avatar,
    Cover,
}

/// What was new.
#[derive(Debug, Default)]
pub(super) struct Made {
    people: u32,
    friendships: u32,
    posts: u32,
    comments: u32,
    likes: u32,
    messages: u32,
    pictures: u32,
    /// Whether anything asked for was there already.
    found: bool,
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Made {
            people,
            friendships,
            posts,
            comments,
            likes,
            messages,
            pictures,
            found,
        } = self;
        if people + friendships == 0 && *found {
            return write!(f, "everything was there already");
        }
        write!(
            f,
            "{people} people, {friendships} friendships and requests, {posts} posts with {comments} comments and \
             {likes} likes, {messages} messages, {pictures} pictures"
        )
    }
}

impl Client {
    pub(super) fn new(url: &str) -> Client {
        Client { url: url.to_owned() }
    }

    /// Logs in, or signs up if there is no such account.
    pub(super) fn log_in_or_sign_up(
        &self,
        username: &str,
        display_name: &str,
        password: &str,
        made: &mut Made,
    ) -> Result<Person> {
        let credentials = json!({ "login": username, "password": password });
        let (status, answer) = self.call("POST", "/v1/auth/login", None, &credentials)?;
        if status == 200 {
            made.found = true;
            return Person::from_answer(&answer, true);
        }
        let body = json!({
            "username": username,
            "email": format!("{username}@example.com"),
            "password": password,
            "display_name": display_name,
        });
        let (status, answer) = self.call("POST", "/v1/auth/signup", None, &body)?;
        match status {
            201 => {
                made.people += 1;
                Person::from_answer(&answer, false)
            }
            409 => bail!(
                "the username {username} belongs to another account, so the demo network does not fit in"
            ),
            _ => bail!("{username} cannot sign up: {status} {answer}"),
        }
    }

    /// Makes two people friends.
    pub(super) fn befriend(&self, asking: &Person, asked: &Person, made: &mut Made) -> Result<()> {
        if self.ask(asking, asked, made)? {
            let path = format!("/v1/friend-requests/{}/accept", asking.id);
            // A conflict means that it had been accepted, by a run that was cut off in between.
            self.expect(&[200, 409], "POST", &path, asked, &Value::Null)?;
        }
        Ok(())
    }

    /// Asks somebody to be a friend; whether that was possible, so that it can be accepted.
    pub(super) fn ask(&self, asking: &Person, asked: &Person, made: &mut Made) -> Result<bool> {
        let body = json!({ "user_id": asked.id });
        let (status, answer) = self.expect(&[201, 409], "POST", "/v1/friend-requests", asking, &body)?;
        if status == 201 {
            made.friendships += 1;
            return Ok(true);
        }
        made.found = true;
        // Asked before: perhaps the answer is still owed. Friends already: nothing is.
        Ok(answer.get("code").and_then(Value::as_str) != Some("already-friends"))
    }

    /// Tells something about somebody.
    pub(super) fn describe(&self, person: &Person, bio: &str) -> Result<()> {
        self.expect(&[200], "PATCH", "/v1/me/profile", person, &json!({ "bio": bio }))
            .map(drop)
    }

    /// Uploads a picture; the key makes a repetition the same picture.
    pub(super) fn upload(&self, owner: &Person, key: &str, png: &[u8], made: &mut Made) -> Result<Media> {
        let answer = self.create("/v1/media", owner, key, Body::Picture(png))?;
        made.pictures += 1;
        id(&answer).map(Media)
    }

    /// Shows a picture on a profile.
    pub(super) fn show(&self, person: &Person, place: Place, picture: &Media) -> Result<()> {
        let path = match place {
            Place::Avatar => "/v1/me/avatar",
            Place::Cover => "/v1/me/cover",
        };
        let body = json!({ "media_id": picture.0 });
        // Who has chosen another picture meanwhile keeps it: the first one is too old to be chosen again.
        let wanted: &[u16] = if person.known { &[200, 422] } else { &[200] };
        self.expect(wanted, "PUT", path, person, &body).map(drop)
    }

    /// Publishes a post; the key makes a repetition the same post.
    pub(super) fn publish(
        &self,
        author: &Person,
        key: &str,
        body: &Value,
        made: &mut Made,
    ) -> Result<Published> {
        let answer = self.create("/v1/posts", author, key, Body::Json(body))?;
        made.posts += 1;
        id(&answer).map(Published)
    }

    /// Comments on a post; the key makes a repetition the same comment.
    pub(super) fn comment(
        &self,
        author: &Person,
        post: &Published,
        key: &str,
        text: &str,
        made: &mut Made,
    ) -> Result<()> {
        let path = format!("/v1/posts/{}/comments", post.0);
        self.create(&path, author, key, Body::Json(&json!({ "text": text })))?;
        made.comments += 1;
        Ok(())
    }

    /// Likes a post.
    pub(super) fn like(&self, person: &Person, post: &Published, made: &mut Made) -> Result<()> {
        let path = format!("/v1/posts/{}/like", post.0);
        self.expect(&[204], "PUT", &path, person, &Value::Null)?;
        made.likes += 1;
        Ok(())
    }

    /// Sends a message and gives its position; the id makes a repetition the same message.
    pub(super) fn send(
        &self,
        from: &Person,
        to: &Person,
        id: &str,
        text: &str,
        picture: Option<&Media>,
        made: &mut Made,
    ) -> Result<String> {
        let path = format!("/v1/conversations/{}/messages", to.id);
        let pictures: Vec<&str> = picture.into_iter().map(Media::id).collect();
        let body = json!({ "id": id, "text": text, "media_ids": pictures });
        let (_, answer) = self.expect(&[201], "POST", &path, from, &body)?;
        made.messages += 1;
        answer
            .get("position")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .context("a message has no position")
    }

    /// Marks what somebody wrote as read.
    pub(super) fn read(&self, reader: &Person, peer: &Person, up_to: &str) -> Result<()> {
        let path = format!("/v1/conversations/{}/read", peer.id);
        self.expect(&[204], "PUT", &path, reader, &json!({ "up_to": up_to }))
            .map(drop)
    }

    /// Makes something that the key names for ever.
    fn create(&self, path: &str, person: &Person, key: &str, body: Body<'_>) -> Result<Value> {
        let headers = [("Idempotency-Key", key)];
        let (status, answer) = self.call_with("POST", path, Some(person), &headers, body)?;
        if status != 201 {
            bail!("POST {path} ({key}): {status} {answer}");
        }
        Ok(answer)
    }

    fn expect(
        &self,
        wanted: &[u16],
        method: &str,
        path: &str,
        person: &Person,
        body: &Value,
    ) -> Result<(u16, Value)> {
        let (status, answer) = self.call(method, path, Some(person), body)?;
        if !wanted.contains(&status) {
            bail!("{method} {path}: {status} {answer}");
        }
        Ok((status, answer))
    }

    fn call(&self, method: &str, path: &str, person: Option<&Person>, body: &Value) -> Result<(u16, Value)> {
        self.call_with(method, path, person, &[], Body::Json(body))
    }

    /// Sends a request, and again after as long as the server asks for where it is busy.
    fn call_with(
        &self,
        method: &str,
        path: &str,
        person: Option<&Person>,
        headers: &[(&str, &str)],
        body: Body<'_>,
    ) -> Result<(u16, Value)> {
        let authorization = person.map(|person| format!("Bearer {}", person.token));
        let mut all: Vec<(&str, &str)> = headers.to_vec();
        all.extend(authorization.as_deref().map(|value| ("Authorization", value)));
        let address = format!("{}{path}", self.url);
        for _ in 0..TRIES {
            interrupt::check()?;
            let answer = http::send(method, &address, &all, body)?;
            if answer.status != 429 && answer.status != 503 {
                return Ok((answer.status, answer.body));
            }
            thread::sleep(
                answer
                    .retry_after
                    .unwrap_or(Duration::from_secs(1))
                    .min(Duration::from_secs(30)),
            );
        }
        bail!("{method} {path} is refused again and again: the server says that it has too much to do")
    }
}

impl Person {
    fn from_answer(answer: &Value, known: bool) -> Result<Person> {
        let text = |pointer: &str| {
            answer
                .pointer(pointer)
                .and_then(Value::as_str)
                .map(str::to_owned)
                .context("an incomplete answer")
        };
        Ok(Person {
            id: text("/account/id")?,
            token: text("/access_token")?,
            known,
        })
    }
}

fn id(answer: &Value) -> Result<String> {
    let id = answer.get("id").and_then(Value::as_str);
    id.map(str::to_owned).context("an answer has no id")
}
