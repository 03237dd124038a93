//! nats-server dies and comes back while people log in.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::{NatsServer, Service, TestSystem};

use crate::support::{PASSWORD, registration};
use crate::watch::eventually;

async fn command_api(system: &TestSystem) -> Service {
    let mut environment = system.environment();
    environment.push(("ECHO_COOKIE_SECURE".to_owned(), "false".to_owned()));
    Service::start("command-api", &["serve"], &environment).await
}

/// The status of the answer; none if there was no answer.
async fn post(service: &Service, path: &str, body: &Value) -> Option<StatusCode> {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(30));
    let request = client.build().unwrap().post(format!("{}{path}", service.url()));
    Some(request.json(body).send().await.ok()?.status())
}

async fn log_in(service: &Service) -> Option<StatusCode> {
    let body = json!({ "login": "ann", "password": PASSWORD });
    post(service, "/v1/auth/login", &body).await
}

#[tokio::test]
async fn people_log_in_and_sign_up_again_after_nats_server_was_killed_and_the_service_too() {
    let mut nats = NatsServer::start().await;
    let servers = testkit::servers().with_nats(&nats.url);
    let system = TestSystem::on(servers).await;
    let service = command_api(&system).await;
    let signed_up = post(&service, "/v1/auth/signup", &registration("ann")).await;
    assert_eq!(signed_up, Some(StatusCode::CREATED));

    let lasting = async {
        loop {
            // What comes out meanwhile depends on the moment; afterwards it doesn't.
            log_in(&service).await;
        }
    };
    let restart = async {
        nats.kill().await;
        nats.restart().await;
    };
    tokio::select! {
        () = lasting => {}
        () = restart => {}
    }
    eventually("people log in", async || {
        log_in(&service).await == Some(StatusCode::OK)
    })
    .await;
    let signed_up = post(&service, "/v1/auth/signup", &registration("ben")).await;
    assert_eq!(signed_up, Some(StatusCode::CREATED));

    service.kill().await;
    let again = command_api(&system).await;
    eventually("people log in at a service started since", async || {
        log_in(&again).await == Some(StatusCode::OK)
    })
    .await;
}
