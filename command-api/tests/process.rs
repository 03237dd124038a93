//! The program itself, as it is started in production.

use std::process::Command;
use std::time::Duration;

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
async fn keys_are_wrapped_anew_beside_running_services_and_the_old_master_key_is_needed_no_more() {
    const OLD: &str = "test:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    const NEW: &str = "new:AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM=";
    let system = TestSystem::start().await;
    let environment = |masters: String| {
        let mut environment = system.environment();
        environment.retain(|(name, _)| name != "ECHO_MASTER_KEYS");
        environment.push(("ECHO_MASTER_KEYS".to_owned(), masters));
        environment
    };
    let client = reqwest::Client::new();
    let ask = async |service: &Service, path: &str, body: serde_json::Value| {
        let request = client.post(format!("{}{path}", service.url())).json(&body);
        request.send().await.unwrap().status().as_u16()
    };
    let sign_up = serde_json::json!({
        "username": "ann", "email": "ann@example.org", "password": "correct horse", "display_name": "Ann",
    });
    let log_in = serde_json::json!({ "login": "ann", "password": "correct horse" });
    let service = Service::start("command-api", &["serve"], &environment(format!("{OLD},{NEW}"))).await;
    assert_eq!(ask(&service, "/v1/auth/signup", sign_up).await, 201);
    for _ in 0..2 {
        let rotated = program()
            .arg("rotate-keys")
            .envs(environment(format!("{NEW},{OLD}")))
            .output()
            .unwrap();
        let told = String::from_utf8(rotated.stdout).unwrap();
        assert!(rotated.status.success(), "{told}");
        assert!(
            told.contains("\"keys.current\":1") && told.contains("needed no more"),
            "{told}"
        );
    }
    assert_eq!(ask(&service, "/v1/auth/login", log_in.clone()).await, 200);
    let service = Service::start("command-api", &["serve"], &environment(NEW.to_owned())).await;
    assert_eq!(ask(&service, "/v1/auth/login", log_in.clone()).await, 200);
    // And who comes with the old one alone can't read anybody.
    let service = Service::start("command-api", &["serve"], &environment(OLD.to_owned())).await;
    assert_eq!(ask(&service, "/v1/auth/login", log_in).await, 500);
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

#[tokio::test]
async fn requests_under_way_are_finished_when_it_is_asked_to_end() {
    const PEOPLE: usize = 8;
    let system = TestSystem::start().await;
    let mut environment = system.environment();
    // One at a time, so that the last has to wait for all the others' passwords.
    environment.push(("ECHO_PASSWORD_THREADS".to_owned(), "1".to_owned()));
    let service = Service::start("command-api", &["serve"], &environment).await;
    let (url, client) = (service.url(), reqwest::Client::new());
    let sign_ups = (0..PEOPLE).map(|n| {
        let body = serde_json::json!({
            "username": format!("person{n}"),
            "email": format!("person{n}@example.org"),
            "password": "correct horse",
            "display_name": "Somebody",
        });
        let request = client.post(format!("{url}/v1/auth/signup")).json(&body).send();
        tokio::spawn(async move { request.await.map(|answer| answer.status().as_u16()) })
    });
    let sign_ups: Vec<_> = sign_ups.collect();
    let metrics = format!("http://{}/metrics", service.admin_address);
    let taken = async {
        loop {
            let told = client.get(&metrics).send().await.unwrap().text().await.unwrap();
            if seen(&told) >= PEOPLE {
                return;
            }
        }
    };
    let all_taken = tokio::time::timeout(Duration::from_mins(1), taken);
    all_taken.await.expect("every request is taken");
    assert!(service.stop().await, "it ends with code 0");
    for sign_up in sign_ups {
        assert_eq!(sign_up.await.unwrap().unwrap(), 201);
    }
}

/// How many sign-ups have been taken, answered or not, as the metrics tell it.
fn seen(metrics: &str) -> usize {
    let counted = |line: &&str| {
        line.starts_with("http_requests_in_flight")
            || (line.starts_with("http_requests_total") && line.contains("signup"))
    };
    let counts = metrics.lines().filter(counted);
    counts
        .filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok())
        .sum()
}
