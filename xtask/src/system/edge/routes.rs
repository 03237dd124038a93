//! What goes where, however it is written.
use super::testing::Edge;

#[test]
fn every_path_goes_to_its_owner() {
    let edge = Edge::start("edge-routes");
    for (method, path, owner) in [
        ("GET", "/v1/feed", "query-api was asked GET /v1/feed "),
        ("HEAD", "/v1/feed", "200 OK"),
        ("GET", "/v1/no/such/thing", "query-api was asked"),
        ("POST", "/v1/posts", "command-api was asked POST /v1/posts "),
        ("DELETE", "/v1/friends/1", "command-api was asked DELETE"),
        ("TRACE", "/v1/posts", "command-api was asked TRACE"),
        ("GET", "/openapi.json", "command-api was asked"),
        ("GET", "/.well-known/jwks.json", "command-api was asked"),
        ("GET", "/docs/", "command-api was asked"),
        ("GET", "/socket.io/?EIO=4&transport=polling", "gateway was asked"),
        (
            "POST",
            "/socket.io/?EIO=4&transport=polling&sid=1",
            "gateway was asked",
        ),
        ("GET", "/", "the web client"),
        ("GET", "/@somebody/posts", "the web client"),
        ("GET", "/assets/main-1a2b.js", "let x = 1;"),
    ] {
        let answer = edge.ask(method, path, "");
        assert!(answer.contains(owner), "{method} {path}: {answer}");
    }
    for path in ["/healthz", "/readyz", "/startz", "/metrics"] {
        let answer = edge.ask("GET", path, "");
        assert!(
            answer.starts_with("HTTP/1.1 404") && answer.contains(r#""code":"not-found""#),
            "{path}: {answer}"
        );
    }
    assert!(edge.ask("GET", "/assets/gone.js", "").starts_with("HTTP/1.1 404"));
    assert!(edge.ask("POST", "/", "").starts_with("HTTP/1.1 405"));
}

#[test]
fn no_spelling_of_a_path_leads_from_the_api_to_the_web_client() {
    let edge = Edge::start("edge-spellings");
    for path in [
        "/v1",
        "/V1/feed",
        "//v1/feed",
        "/%76%31/feed",
        "/%2fv1/feed",
        "/v1%2ffeed",
        "/v1/../",
        "/v1/..",
        "/v1/%2e%2e/",
        "/v1/..%2f..%2f",
        "/V1/..%2F..%2F",
        "//v1/..%2f",
        "/v1/users/..%2f..%2fx",
        "/x/../v1/feed",
    ] {
        let answer = edge.ask("GET", path, "");
        assert!(
            answer.contains(&format!("query-api was asked GET {path} ")),
            "{path}: {answer}"
        );
        let answer = edge.ask("POST", path, "");
        assert!(
            answer.contains(&format!("command-api was asked POST {path} ")),
            "{path}: {answer}"
        );
    }
    for path in ["/docs/..%2f..%2f", "/docs/../", "/DOCS/..%2f"] {
        let answer = edge.ask("GET", path, "");
        assert!(answer.contains("command-api was asked"), "{path}: {answer}");
    }
    for path in ["/socket.io/..%2f", "/socket.io/../"] {
        let answer = edge.ask("GET", path, "");
        assert!(answer.contains("gateway was asked"), "{path}: {answer}");
    }
}

#[test]
fn options_are_answered_and_other_origins_are_told_nothing() {
    let edge = Edge::start("edge-options");
    let preflight = "Origin: https://elsewhere.example\r\nAccess-Control-Request-Method: POST\r\n";
    for path in ["/v1/posts", "/socket.io/", "/docs/", "/somewhere"] {
        let answer = edge.ask("OPTIONS", path, preflight);
        // Which methods a path of the API has is known to the API.
        let is_answered = if path.starts_with("/v1/") {
            answer.contains("command-api was asked OPTIONS /v1/posts ")
        } else {
            answer.starts_with("HTTP/1.1 204") && answer.contains("\r\nAllow: GET, HEAD")
        };
        assert!(is_answered, "{path}: {answer}");
        assert!(!answer.contains("Access-Control-Allow"), "{path}: {answer}");
    }
}
