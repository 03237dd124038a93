//! An erasure that was begun is completed, whatever happens to the processes that carry it out.

use events::account::{ErasureRequested, Event};
use events::{AccountId, CommandId, Expect, KeyState, Meta, NewEvent, Scope};
use platform::{clock, id};
use reqwest::Method;
use rstest::rstest;
use serde_json::{Value, json};
use testkit::{Service, TestSystem};

use crate::support::{PASSWORD, registration};
use crate::watch::eventually;

async fn command_api(system: &TestSystem, delay: &str) -> Service {
    let mut environment = system.environment();
    environment.push(("ECHO_ERASURE_DELAY_MS".to_owned(), delay.to_owned()));
    environment.push(("ECHO_COOKIE_SECURE".to_owned(), "false".to_owned()));
    Service::start("command-api", &["serve"], &environment).await
}

async fn ask(service: &Service, method: Method, path: &str, token: &str, body: &Value) -> Value {
    let url = format!("{}{path}", service.url());
    let request = reqwest::Client::new().request(method, url).bearer_auth(token);
    let answer = request.json(body).send().await.unwrap();
    assert!(answer.status().is_success(), "{answer:?}");
    serde_json::from_str(&answer.text().await.unwrap()).unwrap()
}

/// Somebody who has just signed up, and their token.
async fn sign_up(service: &Service) -> (AccountId, String) {
    let answer = ask(service, Method::POST, "/v1/auth/signup", "", &registration("ann")).await;
    let id = answer["account"]["id"].as_str().unwrap().parse().unwrap();
    (id, answer["access_token"].as_str().unwrap().to_owned())
}

async fn is_there(system: &TestSystem, scope: &Scope, event_type: &str) -> bool {
    let found = system.store.last_of_type(scope, event_type).await;
    found.unwrap().is_some()
}

async fn is_complete(system: &TestSystem, account: AccountId) {
    eventually("the erasure is complete", async || {
        is_there(system, &Scope::account(account), "erased").await
    })
    .await;
    system.store.keyring().forget(account).await;
    let key = system.store.keyring().get(account).await.unwrap();
    assert!(matches!(key, KeyState::Erased));
    let names = TestSystem::names();
    for scope in [
        Scope::username(&names.username("ann")),
        Scope::email(&names.email("ann@example.org")),
    ] {
        assert!(is_there(system, &scope, "released").await);
    }
}

#[tokio::test]
async fn an_erasure_is_completed_after_its_process_was_killed_in_the_midst_of_it() {
    let system = TestSystem::start().await;
    // So long that the process surely dies before the last steps.
    let service = command_api(&system, "600000").await;
    let (ann, token) = sign_up(&service).await;
    let body = json!({ "password": PASSWORD });
    ask(&service, Method::DELETE, "/v1/me", &token, &body).await;
    let email = Scope::email(&TestSystem::names().email("ann@example.org"));
    eventually("the names are released", async || {
        is_there(&system, &email, "released").await
    })
    .await;
    service.kill().await;
    assert!(!is_there(&system, &Scope::account(ann), "erased").await);
    let _again = command_api(&system, "0").await;
    is_complete(&system, ann).await;
}

#[rstest]
#[case::nothing_was_done(false)]
#[case::the_key_was_destroyed(true)]
#[tokio::test]
async fn an_erasure_that_was_begun_is_taken_up_at_the_start(#[case] key_is_gone: bool) {
    let system = TestSystem::start().await;
    let service = command_api(&system, "0").await;
    let (ann, _) = sign_up(&service).await;
    service.kill().await;
    let names = TestSystem::names();
    let requested = Event::ErasureRequested(ErasureRequested {
        account: ann,
        sessions_not_before: clock::now(),
        username: names.username("ann"),
        email: names.email("ann@example.org"),
    });
    let new = NewEvent {
        scope: Scope::account(ann),
        event: requested.into(),
        expect: Expect::Anything,
    };
    let meta = Meta {
        at: clock::now(),
        command_id: CommandId::from(id::random()),
        command_hash: None,
        actor: Some(ann),
        traceparent: None,
    };
    system.store.append(new, &meta).await.unwrap();
    if key_is_gone {
        system.store.keyring().erase(ann, clock::now()).await.unwrap();
    }
    let _again = command_api(&system, "0").await;
    is_complete(&system, ann).await;
}
