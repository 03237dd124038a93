//! query-api as a process of its own.

use std::process::Command;

use serde_json::Value;
use testkit::{Service, TestSystem};

#[tokio::test(flavor = "multi_thread")]
async fn it_serves_until_it_is_told_to_end() {
    let system = TestSystem::start().await;
    let service = Service::start("query-api", &["serve"], &system.environment()).await;
    let alive = reqwest::get(format!("{}/healthz", service.url())).await;
    assert_eq!(alive.expect("it answers").status(), 200);
    assert!(service.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_token_leaves_a_line_for_whoever_watches() {
    let system = TestSystem::start().await;
    let mut service = Service::start("query-api", &["serve"], &system.environment()).await;
    let url = format!("{}/v1/me", service.url());
    let answer = reqwest::Client::new()
        .get(url)
        .bearer_auth("a.forged.token")
        .send();
    assert_eq!(answer.await.expect("it answers").status(), 401);
    let line = service.security_event().await;
    assert_eq!(
        (&line["event"], &line["reason"]),
        (&"token-refused".into(), &"malformed".into())
    );
    assert_eq!(
        (&line["http.route"], &line["address.prefix"]),
        (&"/v1/me".into(), &"127.0.0".into())
    );
    assert!(!line.to_string().contains("forged"));
}

#[test]
fn it_prints_its_description() {
    let printed = Command::new(env!("CARGO_BIN_EXE_query-api"))
        .arg("openapi")
        .output();
    let printed = printed.expect("it runs").stdout;
    let document: Value = serde_json::from_slice(&printed).expect("it is JSON");
    assert_eq!(document["openapi"], "3.1.0");
    // Whatever an operation refers to is there.
    let text = String::from_utf8(printed).expect("it is text");
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let (name, _) = reference.split_once('"').expect("the text goes on");
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
}

#[test]
fn a_missing_setting_is_named_and_ends_it() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_query-api"));
    let ended = command.arg("serve").env_clear().output().expect("it runs");
    assert_eq!(ended.status.code(), Some(platform::config::EX_CONFIG));
    let told = String::from_utf8(ended.stderr).expect("it is text");
    assert!(told.contains("ECHO_MONGO_URL (--mongo-url)"), "{told}");
}
