//! Echo's public API, as far as the demo network needs it.
use std::{fmt, thread, time::Duration};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::{http, interrupt};

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
}

/// What was new.
#[derive(Debug, Default)]
pub(super) struct Made {
    people: u32,
    friendships: u32,
    posts: u32,
    messages: u32,
    /// Whether anything asked for was there already.
    found: bool,
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Made {
            people,
            friendships,
            posts,
            messages,
            found,
        } = self;
        if people + friendships == 0 && *found {
            return write!(f, "everything was there already");
        }
        write!(
            f,
            "{people} people, {friendships} friendships and requests, {posts} posts, {messages} messages"
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
            return Person::from_answer(&answer);
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
                Person::from_answer(&answer)
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

    /// Publishes a post; the key makes a repetition the same post.
    pub(super) fn publish(&self, author: &Person, key: &str, body: &Value, made: &mut Made) -> Result<()> {
        let headers = [("Idempotency-Key", key)];
        let (status, answer) = self.call_with("POST", "/v1/posts", Some(author), &headers, body)?;
        if status != 201 {
            bail!("a post is refused: {status} {answer}");
        }
        made.posts += 1;
        Ok(())
    }

    /// Sends a message and gives its position; the id makes a repetition the same message.
    pub(super) fn send(
        &self,
        from: &Person,
        to: &Person,
        id: &str,
        text: &str,
        made: &mut Made,
    ) -> Result<String> {
        let path = format!("/v1/conversations/{}/messages", to.id);
        let body = json!({ "id": id, "text": text });
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
        self.call_with(method, path, person, &[], body)
    }

    /// Sends a request, and again after as long as the server asks for where it is busy.
    fn call_with(
        &self,
        method: &str,
        path: &str,
        person: Option<&Person>,
        headers: &[(&str, &str)],
        body: &Value,
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
    fn from_answer(answer: &Value) -> Result<Person> {
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
        })
    }
}
