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
mod broken_requests;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod instances;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod testing;
