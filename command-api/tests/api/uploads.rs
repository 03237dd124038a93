//! Pictures that are too large, through the real edge by the clients that people have: curl and Python's. A browser's own
//! `fetch` does the same in `frontend/e2e/pictures.e2e.ts`.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use testkit::Edge;

use crate::support::Api;

const MEBIBYTE: usize = 1 << 20;
/// One byte more than a picture may have; several times as many; as much as a film has.
const TOO_MANY: [usize; 3] = [10 * MEBIBYTE + 1, 50 * MEBIBYTE, 150 * MEBIBYTE];

async fn edge(api: &Api) -> Edge {
    Edge::before(&[("ECHO_EDGE_COMMAND_API", api.authority().to_owned())]).await
}

/// The output of a client that is a program of its own, beside the runtime.
async fn run(mut command: Command) -> Output {
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    output.unwrap().expect("the client is on PATH")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_hears_that_a_picture_is_too_large_however_it_sends_it() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let edge = edge(&api).await;
    let mut command = Command::new("python3");
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/clients/upload.py"))
        .args([edge.address.to_string(), ann.token.clone()]);
    for size in TOO_MANY {
        for form in ["bytes", "form"] {
            for length in ["length", "chunked"] {
                command.arg(format!("{size},{form},{length}"));
            }
        }
    }
    let output = run(command).await;
    let told: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(told.len(), 2 * 4 * TOO_MANY.len());
    for told in told {
        assert_eq!(
            (&told["status"], &told["code"]),
            (&413.into(), &"too-large".into()),
            "{told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_hears_that_a_picture_is_too_large_however_it_sends_it() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let edge = edge(&api).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("photo.jpg");
    for size in TOO_MANY {
        std::fs::File::create(&file)
            .unwrap()
            .set_len(size.try_into().unwrap())
            .unwrap();
        let form = format!("file=@{}", file.display());
        let bytes = format!("@{}", file.display());
        let image = ["-H", "Content-Type: image/jpeg", "--data-binary", &bytes];
        let chunked = ["-H", "Transfer-Encoding: chunked"];
        let unasked = ["-H", "Expect:"];
        for arguments in [
            &["-F", &form][..],
            &[&["-F", &form][..], &unasked].concat(),
            &[&["-F", &form][..], &chunked].concat(),
            &image,
            &[&image[..], &unasked].concat(),
            &[&image[..], &chunked].concat(),
            &[&image[..], &chunked, &unasked].concat(),
        ] {
            let mut command = Command::new("curl");
            command
                .args(["--silent", "--show-error", "--write-out", "\n%{http_code}"])
                .args(["-H", &format!("Authorization: Bearer {}", ann.token)])
                .args(arguments)
                .arg(format!("{}/v1/media", edge.url()));
            let output = run(command).await;
            let told = String::from_utf8(output.stdout).unwrap();
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(
                output.status.success() && told.ends_with("\n413") && told.contains(r#""code":"too-large""#),
                "{size} bytes, {arguments:?}: {told} {errors}"
            );
        }
    }
}
