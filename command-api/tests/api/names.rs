//! Names as people type them, and as they are claimed.

use events::account::{Email, EmailChanged, Event};
use events::name::Holder;
use events::{CommandId, Event as AnyEvent, Expect, Meta, NewEvent, Personal, Scope, name};
use platform::id;
use serde_json::json;
use testkit::TestSystem;

use crate::support::{Answer, Api, PASSWORD, Person, registration};

async fn log_in(api: &Api, login: &str) -> Answer {
    let body = json!({ "login": login, "password": PASSWORD });
    api.post("/v1/auth/login").json(&body).await
}

async fn sign_up(api: &Api, username: &str, email: &str) -> Answer {
    let mut body = registration(username);
    body["email"] = json!(email);
    api.post("/v1/auth/signup").json(&body).await
}

#[tokio::test]
async fn a_name_is_taken_at_log_in_as_pages_show_it_and_no_other_letter_is_one_of_its() {
    let api = Api::start().await;
    let kim = api.person("kim").await;
    for login in ["kim", "@kim", " @KIM\u{a0}", "Kim ", " kim@example.org\n"] {
        let answer = log_in(&api, login).await.is(200);
        assert_eq!(Person::from(&answer).id, kim.id, "{login:?}");
    }
    for login in [
        "\u{212a}im",
        "k\u{131}m",
        "K\u{130}M",
        "ｋｉｍ",
        "kim\u{200b}",
        "@@kim",
        "@kim@",
    ] {
        log_in(&api, login).await.problem(401, "wrong-credentials");
    }
}

#[tokio::test]
async fn a_domain_in_two_spellings_is_one_address() {
    let api = Api::start().await;
    let ann = Person::from(&sign_up(&api, "ann", "Ann@Exämple.भारत").await.is(201));
    let spellings = [
        "ann@exämple.भारत",
        "ANN@EXÄMPLE.भारत.",
        "ann@exa\u{308}mple.भारत",
        "ann@xn--exmple-cua.xn--h2brj9c",
        " ann@XN--EXMPLE-CUA。भारत ",
    ];
    for email in spellings {
        let answer = log_in(&api, email).await.is(200);
        assert_eq!(Person::from(&answer).id, ann.id, "{email}");
        sign_up(&api, "other", email).await.problem(409, "email-taken");
        let body = json!({ "email": email, "password": PASSWORD });
        api.post("/v1/auth/email")
            .by(&ann)
            .json(&body)
            .await
            .invalid(&[("email", "unchanged")]);
    }
    for email in [
        "ann\u{200b}@example.org",
        "ann@exam\u{202e}ple.org",
        "ann@xn--a.org",
        "a\u{ad}nn@example.org",
    ] {
        sign_up(&api, "other", email)
            .await
            .invalid(&[("email", "invalid")]);
    }
}

#[tokio::test]
async fn attempts_are_counted_together_in_whichever_spelling() {
    // Of an address that nobody has, so that it is the name that is counted and not an account.
    let tries_until_throttled = async |spellings: &[&str]| {
        let api = Api::start().await;
        for (tries, login) in spellings.iter().cycle().enumerate() {
            if log_in(&api, login).await.status != 401 {
                return tries;
            }
        }
        unreachable!("attempts without end")
    };
    let one = Box::pin(tries_until_throttled(&["ann@exämple.de"])).await;
    let three = Box::pin(tries_until_throttled(&[
        "ann@exämple.de",
        "Ann@xn--exmple-cua.de",
        " ann@EXÄMPLE.de.",
    ]))
    .await;
    assert_eq!(one, three);
}

/// Gives somebody an address as it was claimed when domains weren't compared: in the spelling in which it was typed.
async fn claim_as_before(api: &Api, person: &Person, email: &str) {
    let store = &api.system.store;
    let history = store.history(&Scope::account(person.id)).await.unwrap();
    let events = [
        NewEvent {
            scope: Scope::account(person.id),
            event: AnyEvent::Account(Event::EmailChanged(EmailChanged {
                account: person.id,
                personal: Personal::Known(Email {
                    email: email.to_owned(),
                }),
            })),
            expect: Expect::Sequence(history.last_sequence),
        },
        NewEvent {
            scope: Scope::email(&TestSystem::names().email(email)),
            event: AnyEvent::Email(name::Event::Claimed(Holder { account: person.id })),
            expect: Expect::Sequence(0),
        },
    ];
    let meta = Meta {
        at: api.clock.now(),
        command_id: CommandId::from(id::random()),
        command_hash: None,
        actor: Some(person.id),
        traceparent: None,
    };
    store.append_batch(&events, &meta).await.unwrap();
}

#[tokio::test]
async fn an_address_claimed_as_it_was_typed_is_still_the_same_persons() {
    let api = Api::start().await;
    for (n, before) in [
        "ben@xn--exmple-cua.de",
        "e\u{301}va@exämple.org",
        "ida@ｅｘａｍｐｌｅ.org",
    ]
    .into_iter()
    .enumerate()
    {
        let person = api.person(&format!("person{n}")).await;
        claim_as_before(&api, &person, before).await;
        let canonical = match n {
            0 => "ben@exämple.de",
            1 => "éva@exämple.org",
            _ => before,
        };
        for login in [before, canonical, &before.to_uppercase()] {
            let answer = log_in(&api, login).await.is(200);
            assert_eq!(Person::from(&answer).id, person.id, "{login}");
            sign_up(&api, "other", login).await.problem(409, "email-taken");
        }
        let change = json!({ "email": before, "password": PASSWORD });
        let same = api.post("/v1/auth/email").by(&person).json(&change).await;
        same.invalid(&[("email", "unchanged")]);
    }
}
