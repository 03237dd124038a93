//! Requests that break, by malice or by a lost network: nobody else may notice.
use std::{
    io::Write,
    net::{Shutdown, TcpStream},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use super::testing::{Edge, ask, connect, rest};
use crate::system::Ports;

/// A request of each kind that takes another way through the edge, and who answers it.
const WAYS: [(&str, &str, &str); 7] = [
    ("POST", "/v1/posts", "command-api"),
    ("DELETE", "/v1/friends/1", "command-api"),
    ("GET", "/v1/feed", "query-api"),
    ("GET", "/docs/", "command-api"),
    ("GET", "/socket.io/?EIO=4&transport=polling", "gateway"),
    ("GET", "/socket.io/?EIO=4&transport=websocket", "gateway"),
    ("POST", "/socket.io/?EIO=4&transport=polling&sid=1", "gateway"),
];

/// A head's end and the beginning of a body, and how the connection ends after them.
const BREAKS: [(&str, &str, End); 7] = [
    (
        "a body that is too short",
        "Content-Length: 1000\r\n\r\n{\"a",
        End::Close,
    ),
    (
        "the same by a half-close",
        "Content-Length: 1000\r\n\r\n{\"a",
        End::HalfClose,
    ),
    (
        "a chunk that is too short",
        "Transfer-Encoding: chunked\r\n\r\nff\r\n{\"a",
        End::Close,
    ),
    (
        "the same by a half-close",
        "Transfer-Encoding: chunked\r\n\r\nff\r\n{\"a",
        End::HalfClose,
    ),
    (
        "a chunk of no length",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\n{\"a\r\n",
        End::Wait,
    ),
    (
        "a chunk of another length",
        "Transfer-Encoding: chunked\r\n\r\n1\r\n{\"a\r\n",
        End::Wait,
    ),
    (
        "a body that never comes",
        "Expect: 100-continue\r\nContent-Length: 9\r\n\r\n",
        End::Close,
    ),
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Close,
    HalfClose,
    Wait,
}

/// How many at a time send nothing but broken requests.
const ATTACKERS: usize = 12;
/// How often each way is tried meanwhile.
const ROUNDS: usize = 4;

fn breaks(ports: Ports, (method, path, _): (&str, &str, &str), (_, body, end): (&str, &str, End)) -> String {
    let mut stream = connect(ports);
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{body}").unwrap();
    match end {
        End::Close => return String::new(),
        End::HalfClose => stream.shutdown(Shutdown::Write).unwrap(),
        End::Wait => {}
    }
    first_line(&mut stream)
}

/// The answer's beginning; the connection may stay open after it.
fn first_line(stream: &mut TcpStream) -> String {
    use std::io::{BufRead, BufReader};
    let mut line = String::new();
    // A connection that is cut off has said all that it says.
    drop(BufReader::new(stream).read_line(&mut line));
    line
}

#[test]
fn requests_that_break_off_hold_up_nobody() {
    let edge = Edge::start("edge-broken");
    let ports = edge.ports();
    let over = AtomicBool::new(false);
    let sent = AtomicUsize::new(0);
    thread::scope(|scope| {
        for attacker in 0..ATTACKERS {
            let (over, sent) = (&over, &sent);
            scope.spawn(move || {
                for number in attacker.. {
                    if over.load(Ordering::Relaxed) {
                        return;
                    }
                    breaks(
                        ports,
                        WAYS[number % WAYS.len()],
                        BREAKS[number / WAYS.len() % BREAKS.len()],
                    );
                    sent.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let mut failed = Vec::new();
        for round in 0..ROUNDS {
            // Each round is under the effect of many that broke since the one before.
            let before = sent.load(Ordering::Relaxed);
            while sent.load(Ordering::Relaxed) < before + 2 * ATTACKERS {
                thread::yield_now();
            }
            for (method, path, owner) in WAYS {
                let answer = ask(ports, method, path, "");
                if !answer.contains(&format!("{owner} was asked {method} {path} ")) {
                    failed.push(format!("round {round}, {method} {path}: {answer}"));
                }
            }
        }
        over.store(true, Ordering::Relaxed);
        assert!(failed.is_empty(), "{failed:#?}");
    });
}

#[test]
fn a_slow_body_holds_up_nobody() {
    let edge = Edge::start("edge-slow");
    let mut slow: Vec<TcpStream> = WAYS
        .iter()
        .map(|(method, path, _)| {
            let mut stream = edge.connect();
            let body = "Connection: close\r\nContent-Length: 2\r\n\r\na";
            write!(stream, "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{body}").unwrap();
            stream
        })
        .collect();
    for (method, path, owner) in WAYS {
        let answer = edge.ask(method, path, "");
        assert!(answer.contains(&format!("{owner} was asked")), "{answer}");
    }
    for (stream, (method, path, owner)) in slow.iter_mut().zip(WAYS) {
        stream.write_all(b"b").unwrap();
        let answer = rest(stream);
        let whole = answer.contains(&format!("{owner} was asked")) && answer.ends_with("read 2 bytes");
        assert!(whole, "{method} {path}: {answer}");
    }
}

#[test]
fn a_body_that_breaks_off_is_the_client_s_fault() {
    let edge = Edge::start("edge-fault");
    for broken in BREAKS.into_iter().filter(|(_, _, end)| *end != End::Close) {
        let line = breaks(edge.ports(), WAYS[0], broken);
        // A half-close may as well be a client that went away and reads no answer.
        let gone = broken.2 == End::HalfClose && line.starts_with("HTTP/1.1 499");
        assert!(line.starts_with("HTTP/1.1 400") || gone, "{broken:?}: {line}");
    }
}

/// One byte more than the edge lets pass to each.
const TOO_LARGE: [(&str, &str, usize); 4] = [
    ("POST", "/v1/media", (64 << 20) + 1),
    ("GET", "/v1/feed", 1_000_001),
    ("GET", "/docs/", 1_000_001),
    ("POST", "/socket.io/?EIO=4&transport=polling&sid=1", 4_000_001),
];

#[test]
fn a_body_larger_than_anything_is_a_problem_and_holds_up_nobody() {
    let edge = Edge::with("edge-large", &[("ECHO_EDGE_UPLOAD_MAX", "64MiB")]);
    for (method, path, size) in TOO_LARGE {
        for length in [
            format!("Content-Length: {size}"),
            "Transfer-Encoding: chunked".to_owned(),
        ] {
            let mut stream = edge.connect();
            write!(
                stream,
                "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{length}\r\n\r\n"
            )
            .unwrap();
            if length.starts_with("Transfer") {
                write!(stream, "{size:x}\r\n").unwrap();
            }
            stream.write_all(&vec![b'x'; size]).unwrap();
            if length.starts_with("Transfer") {
                stream.write_all(b"\r\n0\r\n\r\n").unwrap();
            }
            let answer = rest(&mut stream);
            assert!(
                answer.starts_with("HTTP/1.1 413") && answer.contains(r#""code":"too-large""#),
                "{method} {path}, {length}: {answer}"
            );
            let next = edge.ask(method, path, "");
            assert!(next.contains("was asked"), "{method} {path}: {next}");
        }
    }
}
