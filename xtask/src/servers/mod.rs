//! nats-server and mongod as child processes, and the pair of them that the Rust tests use.
use std::{
    fs,
    io::ErrorKind,
    net::TcpListener,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use serde::Serialize;

use crate::{
    interrupt,
    process::{Folders, Group, guard::Guard},
    tools, workspace,
};

mod bson;
pub(crate) mod mongo;
pub(crate) mod nats;

/// A port of the loopback interface that nobody uses now.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    Ok(listener.local_addr()?.port())
}

/// Fails with one sentence when somebody else listens on a port.
pub(crate) fn require_free(port: u16, what: &str) -> Result<()> {
    match TcpListener::bind(("127.0.0.1", port)) {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            bail!(
                "port {port}, needed for {what}, is in use: stop what uses it, or choose another block of ports with --port"
            )
        }
        other => {
            other.with_context(|| format!("port {port}, needed for {what}, cannot be used"))?;
            Ok(())
        }
    }
}

/// One nats-server without accounts and one mongod, in a temporary folder, for tests.
#[derive(Debug)]
pub(crate) struct TestServers {
    /// Where the tests find them.
    pub(crate) addresses: Addresses,
    // Fields drop in this order: the servers end, the guard goes, the folder is deleted.
    group: Group,
    _guard: Guard,
    _folder: TemporaryFolder,
}

/// What a test needs to know; also the content of `target/test-servers.json`.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Addresses {
    pub(crate) nats_url: String,
    pub(crate) mongo_url: String,
    /// The program, for tests that start servers of their own.
    pub(crate) nats_server: PathBuf,
    /// The same for the database.
    pub(crate) mongod: PathBuf,
    /// The same for the edge.
    pub(crate) caddy: PathBuf,
}

impl Addresses {
    /// The variables by which `testkit` finds the servers.
    pub(crate) fn variables(&self) -> [(&'static str, String); 5] {
        [
            ("ECHO_TEST_NATS_URL", self.nats_url.clone()),
            ("ECHO_TEST_MONGO_URL", self.mongo_url.clone()),
            ("ECHO_TEST_NATS_SERVER", self.nats_server.display().to_string()),
            ("ECHO_TEST_MONGOD", self.mongod.display().to_string()),
            ("ECHO_TEST_CADDY", self.caddy.display().to_string()),
        ]
    }
}

impl TestServers {
    /// Starts both and waits until they can be used.
    pub(crate) fn start() -> Result<TestServers> {
        let nats_server = tools::NATS_SERVER.provision()?;
        let mongod = tools::MONGOD.provision()?;
        let folder = TemporaryFolder::new("test-servers")?;
        let folders = Folders::below(folder.path())?;
        let guard = Guard::over(&folders.run, Some(folder.path()))?;
        let mut group = Group::default();

        let nats_port = free_port()?;
        let data = folder.path().join("nats");
        group.add(nats::start_plain(&nats_server, nats_port, &data, &folders)?);
        nats::wait_until_ready(nats_port, &mut group)?;

        let mongo_port = free_port()?;
        let data = folder.path().join("mongo");
        group.add(mongo::start(&mongod, mongo_port, &data, None, &folders)?);
        mongo::wait_until_ready(mongo_port, None, &mut group)?;

        let addresses = Addresses {
            nats_url: format!("nats://127.0.0.1:{nats_port}"),
            mongo_url: mongo::url(mongo_port),
            nats_server,
            mongod,
            caddy: tools::CADDY.provision()?,
        };
        Ok(TestServers {
            addresses,
            group,
            _guard: guard,
            _folder: folder,
        })
    }
}

/// `cargo xtask servers`: keeps the test servers until Ctrl-C and says where they are.
pub(crate) fn keep_running() -> Result<()> {
    let mut servers = TestServers::start()?;
    let note = Note::write(&servers.addresses)?;
    for (name, value) in servers.addresses.variables() {
        println!("{name}={value}");
    }
    println!(
        "Written to {}; tests started by hand find it there. Ctrl-C ends the servers.",
        note.0.display()
    );
    while !interrupt::requested() {
        servers.group.check()?;
        thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// `target/test-servers.json`, removed again when the servers end.
struct Note(PathBuf);

impl Note {
    fn write(addresses: &Addresses) -> Result<Note> {
        let path = workspace::root().join("target/test-servers.json");
        let part = path.with_extension("json.part");
        fs::create_dir_all(workspace::root().join("target"))?;
        fs::write(&part, serde_json::to_vec_pretty(addresses)?)
            .and_then(|()| fs::rename(&part, &path))
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Note(path))
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            eprintln!("cannot remove {}: {error}", self.0.display());
        }
    }
}

/// A folder that is gone when this is dropped.
#[derive(Debug)]
pub(crate) struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// Makes an empty folder; `what` tells a person what it is for.
    pub(crate) fn new(what: &str) -> Result<TemporaryFolder> {
        let path = std::env::temp_dir().join(format!("echo-{what}-{}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(TemporaryFolder(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        match fs::remove_dir_all(&self.0) {
            Ok(()) => {}
            // The guard may have been first.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => eprintln!("cannot remove {}: {error}", self.0.display()),
        }
    }
}
