//! What an analyst gets, from the real command on a real stream.

#![expect(
    clippy::unwrap_used,
    reason = "clippy's leave for tests doesn't reach their helpers"
)]

use std::process::Command;

use events::{AccountId, CommandId, Expect, Meta, NewEvent, Pair, Personal, Scope, friendship, post};
use serde_json::Value;
use testkit::{TestSystem, at, random_id};

fn replay(system: &TestSystem, arguments: &[&str]) -> (bool, Vec<Value>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_replay"))
        .args([
            "--nats-url",
            &system.servers.nats_url,
            "--namespace",
            &system.name,
            "export",
        ])
        .args(arguments)
        .output()
        .unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    (
        output.status.success(),
        lines,
        String::from_utf8(output.stderr).unwrap(),
    )
}

async fn system_with_a_story() -> (TestSystem, AccountId) {
    let system = TestSystem::start().await;
    let (author, friend) = (AccountId::from(random_id()), AccountId::from(random_id()));
    system.store.keyring().create(author).await.unwrap();
    let meta = |n| Meta {
        at: at(n),
        command_id: CommandId::from(random_id()),
        command_hash: None,
        actor: Some(author),
        traceparent: None,
    };
    for n in 0..3 {
        let blocks = vec![post::Block::Text {
            text: "a secret".to_owned(),
        }];
        let version = post::Version {
            post: random_id().into(),
            author,
            visibility: post::Visibility::Public,
            personal: Personal::Known(post::Content { blocks }),
        };
        let scope = Scope::post(version.post);
        let new = NewEvent {
            scope,
            event: post::Event::Published(version).into(),
            expect: Expect::Sequence(0),
        };
        system.store.append(new, &meta(n * 1000)).await.unwrap();
    }
    let scope = Scope::friendship(Pair::of(author, friend).unwrap());
    let requested = friendship::Event::Requested(friendship::Step {
        by: author,
        other: friend,
    });
    let new = NewEvent {
        scope,
        event: requested.into(),
        expect: Expect::Sequence(0),
    };
    system.store.append(new, &meta(3000)).await.unwrap();
    (system, author)
}

#[tokio::test]
async fn an_export_holds_every_event_in_order_and_nothing_sealed() {
    let (system, author) = system_with_a_story().await;
    let (ok, lines, _) = replay(&system, &[]);
    let positions: Vec<&str> = lines
        .iter()
        .map(|line| line["position"].as_str().unwrap())
        .collect();
    assert!(ok);
    assert_eq!(positions, ["e1", "e2", "e3", "e4"]);
    assert!(lines.iter().all(|line| line["actor"] == author.to_string()));
    assert!(!format!("{lines:?}").contains("secret"));
    assert_eq!(lines[0]["data"]["visibility"], "public");
}

#[tokio::test]
async fn filters_narrow_an_export_by_type_time_position_and_number() {
    let (system, _) = system_with_a_story().await;
    let positions = |arguments: &[&str]| -> Vec<String> {
        let (ok, lines, error) = replay(&system, arguments);
        assert!(ok, "{error}");
        lines
            .iter()
            .map(|line| line["position"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(positions(&["--type", "friendship.requested"]), ["e4"]);
    assert_eq!(
        positions(&[
            "--since",
            "2026-01-01T00:00:01Z",
            "--until",
            "2026-01-01T00:00:03Z"
        ]),
        ["e2", "e3"]
    );
    assert_eq!(positions(&["--after", "e3"]), ["e4"]);
    assert_eq!(positions(&["--limit", "2"]), ["e1", "e2"]);
    assert!(positions(&["--after", "e4"]).is_empty());
}

#[tokio::test]
async fn what_cannot_be_meant_is_an_error_and_not_an_empty_answer() {
    let (system, _) = system_with_a_story().await;
    for arguments in [
        ["--type", "post.publishd"],
        ["--after", "c1"],
        ["--after", "12"],
        ["--since", "yesterday"],
    ] {
        let (ok, lines, error) = replay(&system, &arguments);
        assert!(!ok && lines.is_empty() && !error.is_empty(), "{arguments:?}");
    }
}
