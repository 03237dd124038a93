//! People and posts to begin with.

use events::account::{Event, Registration, SignedUp};
use events::{AccountId, CommandId, Event as AnyEvent, Expect, Meta, NewEvent, Personal, Position, Scope};
use futures::future::join_all;
use platform::id;
use platform::token::{Audience, Signer};
use serde_json::{Value, json};

use crate::support::{Answer, Api, Person, text_post};

/// As many signed-in people as wanted, without the password hashing that signing up takes.
pub(crate) async fn people<const N: usize>(api: &Api) -> [Person; N] {
    let people = join_all((0..N).map(|_| person(api))).await;
    people.try_into().unwrap()
}

async fn person(api: &Api) -> Person {
    let account = AccountId::from(id::random());
    let name = account.uuid().simple().to_string();
    let store = &api.system.store;
    store.keyring().create(account).await.unwrap();
    let registration = Registration {
        username: name[..20].to_owned(),
        email: format!("{name}@example.org"),
        display_name: "Somebody".to_owned(),
        password_hash: String::new(),
    };
    let new = NewEvent {
        scope: Scope::account(account),
        event: AnyEvent::Account(Event::SignedUp(SignedUp {
            account,
            personal: Personal::Known(registration),
        })),
        expect: Expect::Sequence(0),
    };
    let meta = Meta {
        at: api.clock.now(),
        command_id: CommandId::from(id::random()),
        command_hash: None,
        actor: Some(account),
        traceparent: None,
    };
    store.append(new, &meta).await.unwrap();
    Person {
        id: account,
        token: token(api, account),
        cookie: String::new(),
    }
}

/// A token as log-in would give.
fn token(api: &Api, account: AccountId) -> String {
    let environment = api.system.environment();
    let (_, seed) = environment
        .iter()
        .find(|(name, _)| name == "ECHO_TOKEN_SIGNING_KEY")
        .unwrap();
    let audience = Audience {
        issuer: "echo".to_owned(),
        audience: "echo".to_owned(),
    };
    let signer = Signer::new(&seed.parse().unwrap(), audience, api.clock.clone()).unwrap();
    let lifetime = chrono::Duration::minutes(15);
    signer.sign(account.uuid(), id::random(), lifetime).unwrap()
}

/// Asks somebody to be friends.
pub(crate) async fn ask(api: &Api, by: &Person, whom: &Person) -> Answer {
    api.post("/v1/friend-requests")
        .by(by)
        .json(&json!({ "user_id": whom.id }))
        .await
}

/// Makes two people friends, by requests that cross.
pub(crate) async fn befriend(api: &Api, one: &Person, other: &Person) {
    ask(api, one, other).await.is(201);
    ask(api, other, one).await.is(201);
}

pub(crate) async fn block(api: &Api, by: &Person, whom: &Person) -> Answer {
    api.put(&format!("/v1/blocks/{}", whom.id)).by(by).await
}

pub(crate) async fn unblock(api: &Api, by: &Person, whom: &Person) -> Answer {
    api.delete(&format!("/v1/blocks/{}", whom.id)).by(by).await
}

/// Publishes a post and returns its path.
pub(crate) async fn publish(api: &Api, by: &Person, visibility: &str) -> String {
    let mut body = text_post("Hi");
    body["visibility"] = json!(visibility);
    let answer = api.post("/v1/posts").by(by).json(&body).await.is(201);
    format!("/v1/posts/{}", id_of(&answer))
}

pub(crate) fn id_of(answer: &Answer) -> String {
    answer.body["id"].as_str().unwrap().to_owned()
}

pub(crate) fn text(text: &str) -> Value {
    json!({ "text": text })
}

/// Comments on the post at this path and returns the comment's.
pub(crate) async fn comment(api: &Api, by: &Person, post: &str, says: &str) -> String {
    let path = format!("{post}/comments");
    let answer = api.post(&path).by(by).json(&text(says)).await.is(201);
    format!("{path}/{}", id_of(&answer))
}

/// The last token of a path.
pub(crate) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// The event that an answer stands for.
pub(crate) async fn event(api: &Api, answer: &Answer) -> AnyEvent {
    let position: Position = answer.header("echo-position").parse().unwrap();
    let recorded = api.system.store.event_at(position).await.unwrap();
    recorded.unwrap().event
}
