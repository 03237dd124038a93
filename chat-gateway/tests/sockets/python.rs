//! Python's client `python-socketio`, against the gateway as a program of somebody else's would use it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rstest::rstest;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{ChildStdout, Command};

use crate::world::World;

/// How long anything may take that should happen, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(2);

#[rstest]
#[tokio::test]
async fn pythons_client_is_refused_with_a_problem_let_in_and_served(
    #[values("polling", "websocket")] transport: &str,
) {
    let world = World::start().await;
    // The client leaves by polling only when its last poll has been answered.
    let gateway = world.gateway_with(&[("ECHO_SOCKET_PING_SECONDS", "2")]).await;
    let (ada, bob) = world.friends().await;
    let mut client = Command::new(provision())
        .arg(folder().join("client.py"))
        .args([
            gateway.url(),
            transport.to_owned(),
            world.token(ada),
            bob.account.to_string(),
        ])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the client starts");
    let mut lines = BufReader::new(client.stdout.take().unwrap()).lines();
    let seen = next(&mut lines).await;
    let refusal = &seen["refusal"];
    assert_eq!(
        (&refusal["data"]["status"], &refusal["data"]["code"]),
        (&json!(401), &json!("invalid-token")),
        "{seen}"
    );
    assert_eq!(refusal["message"], refusal["data"]["title"]);
    assert_eq!(seen["transport"], transport);
    assert_eq!(seen["welcome"]["account_id"], ada.id());
    assert_eq!(seen["typing"], json!({ "ok": true }));
    world.message(bob, ada, "hello, Python").await;
    assert_eq!(next(&mut lines).await["message"]["text"], "hello, Python");
    assert!(client.wait().await.unwrap().success());
}

async fn next(lines: &mut Lines<BufReader<ChildStdout>>) -> Value {
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await;
    let line = line.expect("the client tells something").unwrap();
    serde_json::from_str(&line.expect("the client goes on")).unwrap()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python")
}

/// A Python that has the client. Tests run side by side, so one installs it and the others wait.
fn provision() -> PathBuf {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-client");
    let python = environment.join("bin/python");
    let requirements = folder().join("requirements.txt");
    let installed = environment.join("requirements.txt");
    let lock = File::create(environment.with_extension("lock")).expect("a file can be made");
    lock.lock().expect("a file can be locked");
    let wanted = std::fs::read(&requirements).unwrap();
    if std::fs::read(&installed).is_ok_and(|there| there == wanted) {
        return python;
    }
    let run = |command: &mut std::process::Command, what: &str| {
        let status = command.stdout(Stdio::null()).status();
        assert!(status.is_ok_and(|status| status.success()), "{what}");
    };
    // Debian splits off what puts pip into a virtual environment; the pip outside does as well.
    run(
        std::process::Command::new("python3")
            .args(["-m", "venv", "--clear", "--without-pip"])
            .arg(&environment),
        "these tests need Python 3.9 or newer with venv on PATH",
    );
    run(
        std::process::Command::new("python3")
            .args(["-m", "pip", "--python"])
            .arg(&python)
            .args(["install", "--quiet", "--disable-pip-version-check", "--no-input"])
            .args(["--only-binary=:all:", "--require-hashes", "--requirement"])
            .arg(&requirements),
        "these tests need pip, and the packages of tests/python/requirements.txt",
    );
    std::fs::write(&installed, wanted).unwrap();
    python
}
