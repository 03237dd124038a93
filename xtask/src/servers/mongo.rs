//! mongod as a replica set of one: transactions, which projections rest on, exist in no other form.
use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use super::bson::{self, Found, Value};
use crate::{
    interrupt,
    process::{Folders, Group, Service},
};

/// The replica set's name, in development and in tests.
const SET: &str = "rs0";

/// Starts the server; [`wait_until_ready`] makes a replica set of it.
pub(crate) fn start(program: &Path, port: u16, data: &Path, folders: &Folders) -> Result<Service> {
    fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
    let mut command = Command::new(program);
    command.args([
        "--replSet",
        SET,
        "--bind_ip",
        "127.0.0.1",
        "--port",
        &port.to_string(),
        "--dbpath",
    ]);
    // Left alone, the cache takes half of the machine's memory.
    command
        .arg(data)
        .args(["--wiredTigerCacheSizeGB", "1", "--nounixsocket", "--quiet"]);
    // What a vendor's support would ask for, written down every second.
    command.args(["--setParameter", "diagnosticDataCollectionEnabled=false"]);
    Service::start("mongod", command, folders)
}

/// How the driver reaches the server. A direct connection, since there is no other member to find.
pub(crate) fn url(port: u16) -> String {
    format!("mongodb://127.0.0.1:{port}/?directConnection=true")
}

/// Waits until the server answers, sets up the replica set if it is new, and waits until it takes writes.
pub(crate) fn wait_until_ready(port: u16, group: &mut Group) -> Result<()> {
    let mut asked = false;
    interrupt::wait_for("mongod was not ready", Duration::from_mins(1), || {
        group.check()?;
        let Ok(hello) = command(port, &[("hello", Value::Int(1))]) else {
            return Ok(None);
        };
        if bson::field(&hello, "isWritablePrimary") == Some(Found::Bool(true)) {
            return Ok(Some(()));
        }
        if bson::field(&hello, "setName").is_none() && !asked {
            asked = true;
            set_up(port)?;
        }
        Ok(None)
    })
}

/// Makes the server the one member of its set.
///
/// Data from a run on other ports carries that run's address. Such a server finds itself in no set
/// and has to be told its new address by force, since there is no primary to ask.
fn set_up(port: u16) -> Result<()> {
    let member = Value::Document(vec![
        ("_id", Value::Int(0)),
        ("host", Value::Text(format!("127.0.0.1:{port}"))),
    ]);
    let set = |version: i32| {
        Value::Document(vec![
            ("_id", SET.into()),
            ("version", Value::Int(version)),
            ("members", Value::List(vec![member.clone()])),
        ])
    };
    let answer = command(port, &[("replSetInitiate", set(1))])?;
    if bson::field(&answer, "codeName") == Some(Found::Text("AlreadyInitialized".to_owned())) {
        // The server adds a large random number to the version of a forced change.
        let forced = command(port, &[("replSetReconfig", set(1)), ("force", Value::Bool(true))])?;
        return succeeded(&forced);
    }
    succeeded(&answer)
}

fn succeeded(answer: &[u8]) -> Result<()> {
    if bson::field(answer, "ok") == Some(Found::Number(1)) {
        return Ok(());
    }
    let Some(Found::Text(message)) = bson::field(answer, "errmsg") else {
        bail!("mongod refused to set up its replica set");
    };
    bail!("mongod refused to set up its replica set: {message}");
}

/// Sends a command to the `admin` database and gives the answer's document.
fn command(port: u16, fields: &[(&str, Value)]) -> Result<Vec<u8>> {
    let mut document = fields.to_vec();
    document.push(("$db", "admin".into()));

    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(&message(&bson::encode(&document)))?;

    let mut header = [0; HEADER];
    stream.read_exact(&mut header)?;
    let length = i32::from_le_bytes([header[0], header[1], header[2], header[3]]);
    let length = usize::try_from(length)
        .ok()
        .filter(|length| (HEADER + 5..1 << 24).contains(length));
    let mut body = vec![0; length.context("mongod sent an answer of impossible length")? - HEADER];
    stream.read_exact(&mut body)?;
    // Four bytes of flags and the kind of the one section come before the document.
    Ok(body.split_off(5))
}

/// The bytes before the body of every message: its length, its id, the id it answers, its kind.
const HEADER: usize = 16;

/// `OP_MSG` with one section, the only message that a server of today needs to be sent.
fn message(document: &[u8]) -> Vec<u8> {
    const OP_MSG: i32 = 2013;
    let length = i32::try_from(HEADER + 5 + document.len()).unwrap_or(i32::MAX);
    let mut bytes = Vec::new();
    for number in [length, 1, 0, OP_MSG, 0] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.push(0);
    bytes.extend(document);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_tells_its_whole_length_and_its_kind() {
        let bytes = message(&bson::encode(&[("ping", Value::Int(1))]));
        assert_eq!(bytes.len(), usize::from(bytes[0]));
        assert_eq!(
            i32::from_le_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]),
            2013
        );
    }
}
