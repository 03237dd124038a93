//! What every answer carries.
use super::testing::Edge;

#[test]
fn a_client_cannot_say_who_it_is_and_no_server_says_its_version() {
    let edge = Edge::start("edge-headers");
    let lies = "X-Echo-Client-Address: 6.6.6.6\r\nX-Forwarded-For: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n\
                X-Real-Ip: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n";
    let answer = edge.ask("GET", "/v1/me", lies);
    assert!(answer.contains("X-Echo-Client-Address: 127.0.0.1"), "{answer}");
    assert!(answer.contains("X-Forwarded-Proto: http\r\n"), "{answer}");
    assert!(!answer.contains("6.6.6.6"), "{answer}");
    assert!(
        !answer.contains("Server:") && !answer.to_lowercase().contains("caddy/"),
        "{answer}"
    );
}

#[test]
fn a_load_balancer_that_is_trusted_says_whether_the_client_came_by_https() {
    let edge = Edge::with("edge-trusted", &[("ECHO_EDGE_TRUSTED", "127.0.0.1/32")]);
    let told = "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: https\r\n";
    let answer = edge.ask("POST", "/v1/auth/refresh", told);
    assert!(answer.contains("X-Forwarded-Proto: https\r\n"), "{answer}");
    assert!(answer.contains("X-Echo-Client-Address: 198.51.100.7"), "{answer}");
}

#[test]
fn no_answer_can_be_framed_sniffed_or_taken_by_another_site() {
    let edge = Edge::start("edge-security");
    for path in [
        "/",
        "/assets/main-1a2b.js",
        "/assets/gone.js",
        "/v1/me",
        "/docs/",
        "/openapi.json",
        "/socket.io/",
        "/metrics",
    ] {
        let answer = edge.ask("GET", path, "");
        for header in [
            "frame-ancestors 'none'",
            "Content-Security-Policy: default-src 'none'; ",
            "X-Content-Type-Options: nosniff",
            "Cross-Origin-Resource-Policy: same-origin",
            "Referrer-Policy: same-origin",
        ] {
            assert!(answer.contains(header), "{path} lacks {header}: {answer}");
        }
        assert!(!answer.contains("Strict-Transport-Security"), "{path}: {answer}");
    }
}

#[test]
fn browsers_are_held_to_https_where_that_is_configured() {
    let edge = Edge::with(
        "edge-hsts",
        &[("ECHO_EDGE_HSTS", "max-age=63072000; includeSubDomains")],
    );
    for path in ["/", "/v1/me", "/docs/", "/metrics", "/assets/gone.js"] {
        let answer = edge.ask("GET", path, "");
        let header = "Strict-Transport-Security: max-age=63072000; includeSubDomains\r\n";
        assert!(answer.contains(header), "{path}: {answer}");
    }
}

#[test]
fn answers_of_the_api_say_what_they_differ_by_even_when_they_do_not() {
    let edge = Edge::start("edge-vary");
    for (method, path) in [("GET", "/v1/me"), ("POST", "/v1/posts")] {
        let answer = edge.ask(method, path, "");
        assert!(
            answer.contains("\r\nVary: Origin, Accept-Encoding\r\n"),
            "{path}: {answer}"
        );
    }
    for path in ["/openapi.json", "/", "/assets/main-1a2b.js"] {
        let answer = edge.ask("GET", path, "");
        assert_eq!(
            answer.matches("\r\nVary: Accept-Encoding\r\n").count(),
            1,
            "{path}: {answer}"
        );
    }
}

#[test]
fn the_web_client_has_a_policy_and_only_hashed_files_are_kept_for_ever() {
    let edge = Edge::start("edge-web");
    let page = edge.ask("GET", "/", "");
    assert!(
        page.contains("Content-Security-Policy: default-src 'none'; script-src 'self';"),
        "{page}"
    );
    assert!(page.contains("img-src 'self' data: blob: ;"), "{page}");
    assert!(page.contains("Cache-Control: no-cache"), "{page}");
    let script = edge.ask("GET", "/assets/main-1a2b.js", "");
    assert!(
        script.contains("Cache-Control: public, max-age=31536000, immutable"),
        "{script}"
    );
    assert!(
        edge.ask("GET", "/assets/gone.js", "")
            .contains("Cache-Control: no-store")
    );
}

#[test]
fn browsers_ask_for_the_service_worker_each_time_and_may_run_it() {
    let edge = Edge::start("edge-worker");
    let page = edge.ask("GET", "/", "");
    assert!(page.contains("; worker-src 'self';"), "{page}");
    let worker = edge.ask("GET", "/sw.js", "");
    for expected in [
        "HTTP/1.1 200 OK",
        "\r\nCache-Control: no-cache\r\n",
        "\r\nContent-Type: text/javascript",
        // What it fetches is this origin's.
        "connect-src 'self';",
        "let worker = 1;",
    ] {
        assert!(worker.contains(expected), "{expected}: {worker}");
    }
    // A page in its stead would be refused as a worker, and kept by nobody.
    let none = edge.ask("GET", "/sw.js/", "");
    assert!(!none.contains("let worker"), "{none}");
}

#[test]
fn pictures_may_come_from_the_origins_that_are_configured() {
    let origins = "https://res.cloudinary.com https://cdn.example";
    let edge = Edge::with("edge-images", &[("ECHO_EDGE_IMAGE_ORIGINS", origins)]);
    let page = edge.ask("GET", "/", "");
    assert!(
        page.contains("img-src 'self' data: blob: https://res.cloudinary.com https://cdn.example;"),
        "{page}"
    );
}
