//! The servers' configuration files, read by the servers themselves, and what containers are given.
use std::process::Command;

use anyhow::Result;

use crate::{servers::TemporaryFolder, tools, workspace};

mod compose;
pub(crate) mod containers;

/// What the files expect of the environment; any values do for a check.
const EXAMPLE: [(&str, &str); 12] = [
    ("NATS_LISTEN", "127.0.0.1:4222"),
    ("NATS_MONITOR_LISTEN", "127.0.0.1:8222"),
    ("NATS_SERVER_NAME", "example"),
    ("NATS_ROUTES", "[nats://a:6222, nats://b:6222, nats://c:6222]"),
    ("NATS_ROUTE_PASSWORD", "p0"),
    ("NATS_PASSWORD_COMMAND_API", "p1"),
    ("NATS_PASSWORD_PROJECTOR", "p2"),
    ("NATS_PASSWORD_QUERY_API", "p3"),
    ("NATS_PASSWORD_CHAT_GATEWAY", "p4"),
    ("NATS_PASSWORD_ANALYST", "p5"),
    ("NATS_PASSWORD_OPERATOR", "p6"),
    ("ECHO_EDGE_LISTEN", ":8080"),
];

/// Fails if nats-server or Caddy would not start with what is in `deploy/`, production's included, or if the parts of
/// `compose.yaml` don't fit each other.
pub(crate) fn check() -> Result<()> {
    compose::Compose::read()?.check()?;
    let deploy = workspace::root().join("deploy");
    let folder = TemporaryFolder::new("configuration")?;
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| folder.path().join(name));
    // The server loads the certificates that a file names, so there have to be some.
    workspace::stdout_of(
        Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ])
            .args(["-days", "1", "-subj", "/CN=example", "-keyout"])
            .arg(&key)
            .arg("-out")
            .arg(&certificate),
    )?;
    let nats_server = tools::NATS_SERVER.provision()?;
    for file in ["development.conf", "production.conf"] {
        workspace::stdout_of(
            Command::new(&nats_server)
                .args(["-t", "--config"])
                .arg(deploy.join("nats").join(file))
                .envs(EXAMPLE)
                .env("NATS_STORE_DIR", folder.path())
                .env("NATS_TLS_CERTIFICATE", &certificate)
                .env("NATS_TLS_AUTHORITY", &certificate)
                .env("NATS_TLS_KEY", &key),
        )?;
    }
    let caddy = tools::CADDY.provision()?;
    let caddyfile = deploy.join("edge/Caddyfile");
    workspace::stdout_of(
        Command::new(&caddy)
            .args(["validate", "--adapter", "caddyfile", "--config"])
            .arg(&caddyfile)
            .envs(EXAMPLE)
            .env("ECHO_EDGE_COMMAND_API", "127.0.0.1:1")
            .env("ECHO_EDGE_QUERY_API", "127.0.0.1:2")
            .env("ECHO_EDGE_GATEWAYS", "127.0.0.1:3 127.0.0.1:4")
            .env("ECHO_EDGE_WEB", folder.path())
            .env("HOME", folder.path()),
    )?;
    workspace::stdout_of(Command::new(&caddy).args(["fmt", "--diff"]).arg(&caddyfile)).map(drop)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn nobody_but_the_container_itself_asks_the_monitor_of_production() {
        let file = workspace::root().join("deploy/nats/production.conf");
        let text = fs::read_to_string(file).unwrap();
        let monitors: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("http") || line.starts_with("monitor"))
            .collect();
        assert_eq!(monitors, ["http: 127.0.0.1:8222"]);
    }
}
