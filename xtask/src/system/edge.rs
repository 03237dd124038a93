//! The edge: Caddy with `deploy/edge/Caddyfile`, told where everything is.
use std::{path::Path, process::Command};

use super::Ports;
use crate::workspace;

/// Caddy in front of the services at `ports`, with the web client that is built in `web`.
pub(crate) fn command(caddy: &Path, ports: Ports, web: &Path, home: &Path) -> Command {
    let upstream = |port: u16| format!("127.0.0.1:{port}");
    let mut command = Command::new(caddy);
    command
        .args(["run", "--adapter", "caddyfile", "--config"])
        .arg(workspace::root().join("deploy/edge/Caddyfile"))
        .env("ECHO_EDGE_LISTEN", format!(":{}", ports.edge()))
        .env("ECHO_EDGE_COMMAND_API", upstream(ports.command_api()))
        .env("ECHO_EDGE_QUERY_API", upstream(ports.query_api()))
        .env("ECHO_EDGE_GATEWAYS", ports.gateways().map(upstream).join(" "))
        .env("ECHO_EDGE_WEB", web)
        // Caddy keeps its few own files with the system's, not in the developer's home.
        .env("XDG_DATA_HOME", home)
        .env("XDG_CONFIG_HOME", home);
    command
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        io::{BufRead, BufReader, Read, Write},
        net::{TcpListener, TcpStream},
        thread,
        time::Duration,
    };

    use super::*;
    use crate::{
        interrupt,
        process::{Folders, Group, Service},
        servers::TemporaryFolder,
        tools,
    };

    /// An edge whose upstreams answer with their own name and what they were asked.
    struct Edge {
        ports: Ports,
        _group: Group,
        _folder: TemporaryFolder,
    }

    impl Edge {
        fn start(name: &str) -> Edge {
            let ports = Ports::free().unwrap();
            let [first, second] = ports.gateways();
            for (port, name) in [
                (ports.command_api(), "command-api"),
                (ports.query_api(), "query-api"),
                (first, "gateway"),
                (second, "gateway"),
            ] {
                parrot(port, name);
            }
            Edge::at(ports, name)
        }

        /// An edge with nothing behind it but the web client.
        fn alone(name: &str) -> Edge {
            Edge::at(Ports::free().unwrap(), name)
        }

        fn at(ports: Ports, name: &str) -> Edge {
            let folder = TemporaryFolder::new(name).unwrap();
            let web = folder.path().join("web");
            fs::create_dir_all(web.join("assets")).unwrap();
            fs::write(web.join("index.html"), "the web client").unwrap();
            fs::write(web.join("assets/main-1a2b.js"), "let x = 1;").unwrap();
            let folders = Folders::below(folder.path()).unwrap();
            let caddy = tools::CADDY.provision().unwrap();
            let mut group = Group::default();
            group.add(Service::start("edge", command(&caddy, ports, &web, folder.path()), &folders).unwrap());
            interrupt::wait_for("the edge did not start", Duration::from_mins(1), || {
                Ok(TcpStream::connect(("127.0.0.1", ports.edge())).ok())
            })
            .unwrap();
            Edge {
                ports,
                _group: group,
                _folder: folder,
            }
        }

        /// Sends one request and gives the whole answer as it came.
        fn ask(&self, method: &str, path: &str, headers: &str) -> String {
            let mut stream = TcpStream::connect(("127.0.0.1", self.ports.edge())).unwrap();
            write!(
                stream,
                "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n"
            )
            .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        }
    }

    /// A server that says who it is and repeats the request's headers.
    fn parrot(port: u16, name: &'static str) {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let request: String = BufReader::new(&stream)
                    .lines()
                    .map_while(Result::ok)
                    .take_while(|line| !line.is_empty())
                    .map(|line| line + "\n")
                    .collect();
                let body = format!("{name} was asked {request}");
                let head = "HTTP/1.1 200 OK\r\nServer: parrot/1.2\r\nConnection: close\r\n";
                // The edge may have gone away meanwhile.
                drop(write!(
                    stream,
                    "{head}Content-Length: {}\r\n\r\n{body}",
                    body.len()
                ));
            }
        });
    }

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
        for path in ["/healthz", "/readyz", "/metrics"] {
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
    fn a_client_cannot_say_who_it_is_and_no_server_says_its_version() {
        let edge = Edge::start("edge-headers");
        let lies = "X-Echo-Client-Address: 6.6.6.6\r\nX-Forwarded-For: 6.6.6.6\r\nForwarded: for=6.6.6.6\r\n\
                    X-Real-Ip: 6.6.6.6\r\n";
        let answer = edge.ask("GET", "/v1/me", lies);
        assert!(answer.contains("X-Echo-Client-Address: 127.0.0.1"), "{answer}");
        assert!(!answer.contains("6.6.6.6"), "{answer}");
        assert!(
            !answer.contains("Server:") && !answer.to_lowercase().contains("caddy/"),
            "{answer}"
        );
        assert!(answer.contains("X-Content-Type-Options: nosniff"), "{answer}");
    }

    #[test]
    fn options_are_answered_here_and_other_origins_are_told_nothing() {
        let edge = Edge::start("edge-options");
        let preflight = "Origin: https://elsewhere.example\r\nAccess-Control-Request-Method: POST\r\n";
        for path in ["/v1/posts", "/socket.io/", "/docs/", "/somewhere"] {
            let answer = edge.ask("OPTIONS", path, preflight);
            assert!(
                answer.starts_with("HTTP/1.1 204") && answer.contains("\r\nAllow: GET, HEAD"),
                "{path}: {answer}"
            );
            assert!(!answer.contains("Access-Control-Allow"), "{path}: {answer}");
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
}
