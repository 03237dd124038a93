//! The program itself, as it is started in production.

use std::process::Command;

use testkit::{Service, TestSystem};

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_command-api"));
    program.env_clear();
    program
}

#[test]
fn a_missing_variable_is_named_and_ends_the_start_with_code_78() {
    let output = program()
        .arg("serve")
        .env("ECHO_LISTEN", "127.0.0.1:0")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(78));
    let told = String::from_utf8(output.stderr).unwrap();
    for name in [
        "ECHO_NATS_URL",
        "ECHO_MASTER_KEYS",
        "ECHO_PERMANENT_KEY",
        "ECHO_TOKEN_SIGNING_KEY",
    ] {
        assert!(told.contains(name), "{told}");
    }
    assert!(!told.contains("ECHO_LISTEN"), "{told}");
}

#[test]
fn keys_are_generated_as_an_environment_that_the_service_accepts() {
    let output = program().arg("generate-keys").output().unwrap();
    let keys = String::from_utf8(output.stdout).unwrap();
    let mut serve = program();
    serve
        .arg("serve")
        .env("ECHO_LISTEN", "127.0.0.1:0")
        .env("ECHO_ADMIN_LISTEN", "127.0.0.1:0");
    // Nothing listens there, so that it gets past its configuration and no further.
    serve
        .env("ECHO_NATS_URL", "nats://127.0.0.1:1")
        .envs(keys.lines().filter_map(|line| line.split_once('=')));
    let output = serve.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("NATS at nats://127.0.0.1:1 can't be reached"),
        "{told}"
    );
}

#[tokio::test]
async fn it_listens_tells_its_health_and_ends_well_when_asked() {
    let system = TestSystem::start().await;
    let service = Service::start("command-api", &["serve"], &system.environment()).await;
    let ready = reqwest::get(format!("http://{}/readyz", service.admin_address))
        .await
        .unwrap();
    assert_eq!(ready.status(), 200);
    let keys = reqwest::get(format!("{}/.well-known/jwks.json", service.url()))
        .await
        .unwrap();
    assert_eq!(keys.status(), 200);
    let metrics = reqwest::get(format!("http://{}/metrics", service.admin_address))
        .await
        .unwrap();
    assert!(metrics.text().await.unwrap().contains("http_requests_total"));
    assert!(service.stop().await, "it ends with code 0");
}

#[tokio::test]
async fn without_streams_it_says_how_to_make_them() {
    let system = TestSystem::start().await;
    let mut serve = program();
    serve
        .arg("serve")
        .envs(system.environment())
        .env("ECHO_NAMESPACE", "neverprovisioned");
    let output = serve.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && told.contains("command-api provision"),
        "{told}"
    );
}
