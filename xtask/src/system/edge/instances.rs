//! Instances that are gone.
use super::testing::{Edge, upstream};
use crate::system::Ports;

#[test]
fn an_instance_that_cannot_be_connected_to_is_passed_over() {
    let ports = Ports::free().unwrap();
    let [first, second] = ports.gateways();
    upstream(ports.command_api(), "command-api");
    upstream(ports.query_api(), "query-api");
    upstream(second, "gateway");
    let gone = |there: u16| format!("127.0.0.1:{first} 127.0.0.1:{there}");
    let (commands, queries) = (gone(ports.command_api()), gone(ports.query_api()));
    let edge = Edge::at(
        ports,
        "edge-gone",
        &[
            ("ECHO_EDGE_COMMAND_API", &commands),
            ("ECHO_EDGE_QUERY_API", &queries),
        ],
    );
    for _ in 0..8 {
        for (method, path, owner) in [
            ("GET", "/v1/feed", "query-api was asked"),
            ("POST", "/v1/posts", "command-api was asked"),
            ("GET", "/docs/", "command-api was asked"),
            (
                "GET",
                "/socket.io/?EIO=4&transport=websocket",
                "gateway was asked",
            ),
            ("GET", "/socket.io/?EIO=4&transport=polling", "gateway was asked"),
            (
                "POST",
                "/socket.io/?EIO=4&transport=polling&sid=1",
                "gateway was asked",
            ),
        ] {
            let answer = edge.ask(method, path, "");
            assert!(answer.contains(owner), "{method} {path}: {answer}");
        }
    }
}

#[test]
fn a_service_that_is_away_is_a_problem_with_advice() {
    let edge = Edge::alone("edge-away");
    let answer = edge.ask("GET", "/v1/me", "");
    assert!(
        answer.starts_with("HTTP/1.1 503") && answer.contains("Retry-After: 1"),
        "{answer}"
    );
    assert!(
        answer.contains("application/problem+json") && answer.contains(r#""code":"unavailable""#),
        "{answer}"
    );
}
