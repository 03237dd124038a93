//! mongod as a replica set of one: transactions, which projections rest on, exist in no other form.
use std::{
    fs,
    io::Read,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde::Deserialize;

use super::bson::{self, Found, Value};
use crate::{
    interrupt,
    process::{Folders, Group, Service},
    workspace,
};

mod connection;
#[cfg(test)]
mod deployed;
#[cfg(test)]
mod permissions;
mod scram;

use connection::{Connection, refusal};

/// The replica set's name, in development and in tests.
const SET: &str = "rs0";
/// The most MiB of changes that are kept. What somebody deleted is to be read there no longer than need be; nobody
/// follows these servers.
const OPLOG_MIB: i32 = 256;
/// Who may do anything: makes the users, and is no service's.
const OPERATOR: &str = "operator";
/// The servers' own database, which holds the users.
const ADMIN: &str = "admin";

/// The users of a server that lets in nobody else.
pub(crate) struct Access<'a> {
    /// A file with the key by which members of a set would know each other; with it the server asks for passwords.
    pub(crate) key: PathBuf,
    /// The password of each user.
    pub(crate) password: &'a dyn Fn(&str) -> Result<String>,
}

/// A user of `deploy/mongo/users.json`.
#[derive(Debug, Deserialize)]
struct User {
    user: String,
    roles: Vec<Role>,
}

#[derive(Debug, Deserialize)]
struct Role {
    role: String,
    db: String,
}

/// Writes the key of a set where mongod takes it: readable for its owner only.
pub(crate) fn write_key(path: &Path, key: &str) -> Result<()> {
    fs::write(path, key)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o600)))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Starts the server; [`wait_until_ready`] makes a replica set of it. Without `access` it lets in anybody.
pub(crate) fn start(
    program: &Path,
    port: u16,
    data: &Path,
    access: Option<&Access<'_>>,
    folders: &Folders,
) -> Result<Service> {
    fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
    let mut command = Command::new(program);
    command.args([
        "--replSet",
        SET,
        "--bind_ip",
        "127.0.0.1",
        "--port",
        &port.to_string(),
        "--oplogSize",
        &OPLOG_MIB.to_string(),
        "--dbpath",
    ]);
    // Left alone, the cache takes half of the machine's memory.
    command
        .arg(data)
        .args(["--wiredTigerCacheSizeGB", "1", "--nounixsocket", "--quiet"]);
    // What a vendor's support would ask for, written down every second.
    command.args(["--setParameter", "diagnosticDataCollectionEnabled=false"]);
    if let Some(access) = access {
        command.arg("--keyFile").arg(&access.key);
    }
    Service::start("mongod", command, folders)
}

/// How the driver reaches the server. A direct connection, since there is no other member to find.
pub(crate) fn url(port: u16) -> String {
    format!("mongodb://127.0.0.1:{port}/?directConnection=true")
}

/// The same as a user.
pub(crate) fn url_of(port: u16, user: &str, password: &str) -> String {
    format!("mongodb://{user}:{password}@127.0.0.1:{port}/?directConnection=true&authSource={ADMIN}")
}

/// Waits until the server answers, sets up the replica set if it is new, waits until it takes writes, and makes its users.
pub(crate) fn wait_until_ready(port: u16, access: Option<&Access<'_>>, group: &mut Group) -> Result<()> {
    let mut asked = false;
    interrupt::wait_for("mongod was not ready", Duration::from_mins(1), || {
        group.check()?;
        let hello = Connection::open(port)
            .and_then(|mut connection| connection.send(ADMIN, vec![("hello", Value::Int(1))]));
        let Ok(hello) = hello else {
            return Ok(None);
        };
        if bson::field(&hello, "isWritablePrimary") == Some(Found::Bool(true)) {
            return Ok(Some(()));
        }
        if bson::field(&hello, "setName").is_none() && !asked {
            asked = true;
            set_up(port, access)?;
        }
        Ok(None)
    })?;
    match access {
        Some(access) => make_users(port, access),
        None => Ok(()),
    }
}

/// Makes the server the one member of its set.
///
/// Data from a run on other ports carries that run's address. Such a server finds itself in no set
/// and has to be told its new address by force, since there is no primary to ask.
fn set_up(port: u16, access: Option<&Access<'_>>) -> Result<()> {
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
    let mut connection = Connection::open(port)?;
    let made = connection.ask(ADMIN, vec![("replSetInitiate", set(1))]);
    match made.as_ref().map_err(refusal) {
        Ok(_) => return Ok(()),
        Err(Some("AlreadyInitialized" | "Unauthorized")) => {}
        Err(_) => return made.map(drop),
    }
    if let Some(access) = access {
        let logged_in = connection.log_in(OPERATOR, &(access.password)(OPERATOR)?);
        // Data of a time without users has none: then whoever sits at the machine may do this.
        if let Err(error) = logged_in
            && refusal(&error) != Some("AuthenticationFailed")
        {
            return Err(error);
        }
    }
    // The server adds a large random number to the version of a forced change.
    let forced = vec![("replSetReconfig", set(1)), ("force", Value::Bool(true))];
    connection.ask(ADMIN, forced).map(drop)
}

/// Makes the users that are missing, and gives the others their roles and passwords anew.
fn make_users(port: u16, access: &Access<'_>) -> Result<()> {
    let operator = (access.password)(OPERATOR)?;
    // As long as there is no user at all, whoever sits at the machine may make the first, and nothing else.
    let roles = Value::List(vec![role("root", ADMIN)]);
    let made = Connection::open(port)?.ask(ADMIN, user("createUser", OPERATOR, &operator, roles));
    if let Err(error) = made
        && refusal(&error) != Some("Unauthorized")
    {
        return Err(error);
    }
    let mut connection = Connection::open(port)?;
    connection.log_in(OPERATOR, &operator).context(
        "mongod does not know the operator's password of keys.env: `cargo xtask reset` deletes both with all data",
    )?;
    for User { user: name, roles } in users()? {
        let roles = || {
            Value::List(
                roles
                    .iter()
                    .map(|Role { role: name, db }| role(name, db))
                    .collect(),
            )
        };
        let password = (access.password)(&name)?;
        let made = connection.ask(ADMIN, user("createUser", &name, &password, roles()));
        match made.as_ref().map_err(refusal) {
            Err(Some("Location51003")) => {
                connection.ask(ADMIN, user("updateUser", &name, &password, roles()))?;
            }
            _ => drop(made?),
        }
    }
    Ok(())
}

fn user<'a>(command: &'a str, name: &str, password: &str, roles: Value) -> Vec<(&'a str, Value)> {
    vec![
        (command, name.into()),
        ("pwd", password.into()),
        ("roles", roles),
        ("mechanisms", Value::List(vec!["SCRAM-SHA-256".into()])),
    ]
}

fn role(name: &str, database: &str) -> Value {
    Value::Document(vec![("role", name.into()), ("db", database.into())])
}

fn users() -> Result<Vec<User>> {
    let path = workspace::root().join("deploy/mongo/users.json");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no list of users", path.display()))
}

/// What a log-in begins with, never the same again.
fn nonce() -> Result<String> {
    let mut bytes = [0; 18];
    fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .context("no random numbers")?;
    Ok(BASE64.encode(bytes))
}
