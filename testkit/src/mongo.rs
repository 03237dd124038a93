//! A mongod of a test's own: to kill, to pause, to start again.

use std::{fs, path::PathBuf, process::Stdio, time::Duration};

use mongodb::{Client, bson::doc};
use tokio::process::{Child, Command};

use crate::{
    nats::{free_ports, temporary_folder},
    system::servers,
};

/// How long the server may take until it takes writes.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// One mongod, a replica set of one; its data go when this is dropped.
#[derive(Debug)]
pub struct MongoServer {
    child: Child,
    folder: PathBuf,
    port: u16,
    /// Where clients connect.
    pub url: String,
}

impl MongoServer {
    /// Starts a server and waits until it takes writes.
    pub async fn start() -> Self {
        let [port] = free_ports();
        let folder = temporary_folder();
        let child = spawn(&folder, port);
        let server = Self {
            child,
            folder,
            port,
            url: format!("mongodb://127.0.0.1:{port}/?directConnection=true"),
        };
        let member = doc! { "_id": 0, "host": format!("127.0.0.1:{port}") };
        let set = doc! { "replSetInitiate": { "_id": "rs0", "members": [member] } };
        server.ask_until(set, |_| true).await;
        server.takes_writes().await;
        server
    }

    /// Kills the server as a crash would.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("a running server can be killed");
    }

    /// Starts it again on the same data and port.
    pub async fn restart(&mut self) {
        self.child = spawn(&self.folder, self.port);
        self.takes_writes().await;
    }

    async fn takes_writes(&self) {
        let writable =
            |answer: &mongodb::bson::Document| answer.get_bool("isWritablePrimary").unwrap_or(false);
        self.ask_until(doc! { "hello": 1 }, writable).await;
    }

    async fn ask_until(
        &self,
        command: mongodb::bson::Document,
        fine: impl Fn(&mongodb::bson::Document) -> bool,
    ) {
        let asked = async {
            let client = Client::with_uri_str(&self.url)
                .await
                .expect("the address is well formed");
            let admin = client.database("admin");
            while !admin
                .run_command(command.clone())
                .await
                .is_ok_and(|answer| fine(&answer))
            {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(START_TIMEOUT, asked)
            .await
            .expect("mongod starts");
    }
}

impl Drop for MongoServer {
    fn drop(&mut self) {
        // `kill_on_drop` ends the process; what is left are files.
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            eprintln!("{} stays behind: {error}", self.folder.display());
        }
    }
}

fn spawn(folder: &std::path::Path, port: u16) -> Child {
    let data = folder.join("data");
    fs::create_dir_all(&data).expect("a temporary folder can be made");
    Command::new(servers().mongod)
        .args([
            "--replSet",
            "rs0",
            "--bind_ip",
            "127.0.0.1",
            "--port",
            &port.to_string(),
        ])
        .args([
            "--wiredTigerCacheSizeGB",
            "0.25",
            "--nounixsocket",
            "--quiet",
            "--dbpath",
        ])
        .arg(data)
        .stdin(Stdio::null())
        .stdout(fs::File::create(folder.join("log")).expect("a temporary file can be written"))
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("mongod can be started")
}
