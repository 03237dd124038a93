//! nats-server as a child process.
use std::{
    io::{BufRead, BufReader},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::Command,
    time::Duration,
};

use anyhow::Result;

use crate::{
    interrupt,
    process::{Folders, Group, Service},
};

/// A server that lets anybody in, for tests.
pub(crate) fn start_plain(program: &Path, port: u16, data: &Path, folders: &Folders) -> Result<Service> {
    let mut command = Command::new(program);
    command.args([
        "--addr",
        "127.0.0.1",
        "--port",
        &port.to_string(),
        "--jetstream",
        "--store_dir",
    ]);
    command.arg(data);
    Service::start("nats", command, folders)
}

/// Waits until the server greets a client, which it does only when `JetStream` has recovered its streams.
pub(crate) fn wait_until_ready(port: u16, group: &mut Group) -> Result<()> {
    interrupt::wait_for("nats-server was not ready", Duration::from_mins(1), || {
        group.check()?;
        Ok(greets(port).then_some(()))
    })
}

/// Whether something on that port sends the protocol's first line.
fn greets(port: u16) -> bool {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) else {
        return false;
    };
    if stream.set_read_timeout(Some(Duration::from_millis(500))).is_err() {
        return false;
    }
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).is_ok() && line.starts_with("INFO ")
}
