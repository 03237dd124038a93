//! What command-api does for clients that reach it through the edge.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use testkit::Edge;

use crate::support::{Api, Person};

/// The most bytes of a picture.
const MOST: usize = 10 << 20;
/// Five times as many.
const MUCH: usize = 50 << 20;
/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_mins(2);

async fn edge(api: &Api) -> Edge {
    Edge::before(&[("ECHO_EDGE_COMMAND_API", api.authority().to_owned())]).await
}

/// How a body is sent.
#[derive(Clone, Copy, Debug)]
struct Form {
    multipart: bool,
    chunked: bool,
    /// The client asks first (`Expect: 100-continue`), and sends nothing if it is told not to.
    asks: bool,
}

fn forms() -> impl Iterator<Item = Form> {
    (0..8).map(|bits| Form {
        multipart: bits & 1 > 0,
        chunked: bits & 2 > 0,
        asks: bits & 4 > 0,
    })
}

/// Sends all of a body before it looks for an answer, as many clients do (Python's for one): a connection that is cut
/// meanwhile is an error to them, whatever was answered.
fn send(address: SocketAddr, path: &str, token: &str, size: usize, form: Form) -> String {
    let (before, after) = if form.multipart {
        (
            "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n",
            "\r\n--x--\r\n",
        )
    } else {
        ("", "")
    };
    let body = [before.as_bytes(), &vec![b'x'; size], after.as_bytes()].concat();
    let kind = if form.multipart {
        "multipart/form-data; boundary=x"
    } else {
        "image/jpeg"
    };
    let length = if form.chunked {
        "Transfer-Encoding: chunked".to_owned()
    } else {
        format!("Content-Length: {}", body.len())
    };
    let expect = if form.asks { "Expect: 100-continue\r\n" } else { "" };
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: {kind}\r\n{expect}{length}\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    if form.asks {
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
        if !answer.starts_with(b"HTTP/1.1 100") {
            stream.read_to_end(&mut answer).unwrap();
            return String::from_utf8(answer).unwrap();
        }
        answer.clear();
    }
    if form.chunked {
        for piece in body.chunks(1 << 20) {
            write!(stream, "{:x}\r\n", piece.len()).unwrap();
            stream.write_all(piece).unwrap();
            stream.write_all(b"\r\n").unwrap();
        }
        stream.write_all(b"0\r\n\r\n").unwrap();
    } else {
        stream.write_all(&body).unwrap();
    }
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    // The edge may say once more that it goes on, in the service's name.
    let mut rest = answer.as_str();
    while let Some((_, after)) = rest
        .starts_with("HTTP/1.1 100 ")
        .then(|| rest.split_once("\r\n\r\n"))
        .flatten()
    {
        rest = after;
    }
    rest.to_owned()
}

/// The same beside the runtime.
async fn sent(edge: &Edge, path: &'static str, by: &Person, size: usize, form: Form) -> String {
    let (address, token) = (edge.address, by.token.clone());
    tokio::task::spawn_blocking(move || send(address, path, &token, size, form))
        .await
        .unwrap_or_else(|error| panic!("{size} bytes, {form:?}: {error}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_that_is_too_large_is_refused_in_so_many_words_however_it_is_sent() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let edge = edge(&api).await;
    for form in forms() {
        // What is sent in pieces is looked at until it is too much, which takes its time; once is enough.
        let sizes = match (form.chunked, form.multipart == form.asks) {
            (false, true) => vec![MOST + 1, 13 << 20, MUCH],
            (true, true) => vec![MUCH],
            (_, false) => vec![MOST + 1],
        };
        for size in sizes {
            let answer = sent(&edge, "/v1/media", &ann, size, form).await;
            assert!(
                answer.starts_with("HTTP/1.1 413 ") && answer.contains(r#""code":"too-large""#),
                "{size} bytes, {form:?}: {answer}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_of_any_size_that_may_be_arrives_however_it_is_sent() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let edge = edge(&api).await;
    for form in forms().filter(|form| form.chunked != form.multipart && !form.asks) {
        // It isn't one, but that is found only when all of it is there.
        let answer = sent(&edge, "/v1/media", &ann, MOST, form).await;
        assert!(
            answer.starts_with("HTTP/1.1 415 ") && answer.contains(r#""code":"unsupported-image""#),
            "{form:?}: {answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sends_much_is_told_why_it_is_refused() {
    let api = Api::start().await;
    let ann = api.person("ann").await;
    let edge = edge(&api).await;
    let nobody = Person {
        token: "expired".to_owned(),
        ..ann.clone()
    };
    let size = 3 << 20;
    for form in forms().filter(|form| !form.multipart) {
        for (path, by, status, code) in [
            ("/v1/media", &nobody, 401, "invalid-token"),
            ("/v1/nowhere", &ann, 404, "not-found"),
            ("/v1/posts", &ann, 415, "unsupported-media-type"),
        ] {
            let answer = sent(&edge, path, by, size, form).await;
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status} "))
                    && answer.contains(&format!(r#""code":"{code}""#)),
                "{path}, {form:?}: {answer}"
            );
        }
    }
}

#[tokio::test]
async fn the_explorer_has_a_policy_and_problems_for_what_it_lacks() {
    let api = Api::start().await;
    let edge = edge(&api).await;
    let get = async |path: &str| reqwest::get(format!("{}{path}", edge.url())).await.unwrap();
    for path in ["/docs/", "/docs/swagger-ui-bundle.js"] {
        let answer = get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        let policy = answer.headers()["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("script-src 'self';") && policy.ends_with("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(answer.headers().contains_key("ratelimit"), "{path} is counted");
    }
    for path in ["/docs/nothing", "/docs/..%2f..%2f", "/docs/nothing/at/all"] {
        let answer = get(path).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(
            answer.headers()["content-type"],
            "application/problem+json",
            "{path}"
        );
    }
    for path in ["/openapi.json", "/.well-known/jwks.json"] {
        let answer = get(path).await;
        assert_eq!(
            answer.headers()["content-security-policy"],
            "default-src 'none'; frame-ancestors 'none'"
        );
        assert_eq!(answer.headers()["cross-origin-resource-policy"], "same-origin");
        assert!(answer.headers().contains_key("ratelimit"), "{path} is counted");
    }
}
