//! nats-servers of a test's own: to restart, to kill, to cluster.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::process::{Child, Command};

use crate::system::{client, servers};

/// How long a server or a cluster may take until it answers.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// One nats-server with its own store; both go when this is dropped.
#[derive(Debug)]
pub struct NatsServer {
    child: Child,
    folder: PathBuf,
    config: String,
    /// Where clients connect.
    pub url: String,
}

impl NatsServer {
    /// Starts a single server without users.
    pub async fn start() -> Self {
        let [port] = free_ports();
        let folder = temporary_folder();
        let config = format!(
            "jetstream {{ store_dir: \"{}\" }}",
            folder.join("store").display()
        );
        let server = Self::launch(folder, port, &config);
        server.answers().await;
        server
    }

    /// Starts a server from a configuration of the test's own; `{port}` and `{store}` are filled in.
    pub fn start_with(config: &str) -> Self {
        let [port] = free_ports();
        let folder = temporary_folder();
        let config = config
            .replace("{port}", &port.to_string())
            .replace("{store}", &folder.join("store").display().to_string());
        Self::launch(folder, port, &config)
    }

    fn launch(folder: PathBuf, port: u16, config: &str) -> Self {
        let listen = format!("listen: \"127.0.0.1:{port}\"\n");
        let config = if config.contains("listen") {
            config.to_owned()
        } else {
            listen + config
        };
        let url = format!("nats://127.0.0.1:{port}");
        let child = spawn(&folder, &config);
        Self {
            child,
            folder,
            config,
            url,
        }
    }

    /// The folder of the server's files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether these bytes stand in any of the server's files.
    pub fn holds(&self, bytes: &[u8]) -> bool {
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            // What the server takes away meanwhile holds nothing.
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if fs::read(path).is_ok_and(|file| contains(&file, bytes)) {
                    return true;
                }
            }
        }
        false
    }

    /// Kills the server as a crash would.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("a running server can be killed");
    }

    /// Starts it again on the same store and port.
    pub async fn restart(&mut self) {
        self.child = spawn(&self.folder, &self.config);
        self.answers().await;
    }

    async fn answers(&self) {
        let asked = async {
            while async_nats::connect(&self.url).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(START_TIMEOUT, asked)
            .await
            .expect("nats-server starts");
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        // `kill_on_drop` ends the process; what is left are files.
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            eprintln!("{} stays behind: {error}", self.folder.display());
        }
    }
}

/// Three nats-servers that hold every stream three times.
#[derive(Debug)]
pub struct NatsCluster {
    /// The servers.
    pub servers: Vec<NatsServer>,
}

impl NatsCluster {
    /// Starts a cluster and waits until it takes streams.
    pub async fn start() -> Self {
        let ports: [u16; 6] = free_ports();
        let (client_ports, route_ports) = ports.split_at(3);
        let routes: Vec<String> = route_ports
            .iter()
            .map(|port| format!("nats://127.0.0.1:{port}"))
            .collect();
        let servers = (0..3).map(|n| {
            let folder = temporary_folder();
            let config = format!(
                "server_name: n{n}\njetstream {{ store_dir: \"{}\" }}\n\
                 cluster {{ name: test, listen: \"127.0.0.1:{}\", routes: [{}] }}\n\
                 listen: \"127.0.0.1:{}\"\n",
                folder.join("store").display(),
                route_ports[n],
                routes.join(", "),
                client_ports[n],
            );
            NatsServer::launch(folder, client_ports[n], &config)
        });
        let cluster = Self {
            servers: servers.collect(),
        };
        for server in &cluster.servers {
            server.answers().await;
        }
        cluster.elects().await;
        cluster
    }

    /// The addresses of all three, comma-separated.
    pub fn url(&self) -> String {
        self.servers
            .iter()
            .map(|server| server.url.as_str())
            .collect::<Vec<_>>()
            .join(",")
    }

    /// A cluster takes streams once its meta leader is elected and knows all three.
    async fn elects(&self) {
        let jetstream = async_nats::jetstream::new(client(&self.url()).await);
        let config = async_nats::jetstream::stream::Config {
            name: "ELECTED".to_owned(),
            num_replicas: 3,
            ..Default::default()
        };
        let asked = async {
            while jetstream.create_stream(config.clone()).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(START_TIMEOUT, asked)
            .await
            .expect("the cluster elects a leader");
    }
}

fn spawn(folder: &Path, config: &str) -> Child {
    let file = folder.join("nats.conf");
    fs::write(&file, config).expect("a temporary file can be written");
    Command::new(servers().nats_server)
        .arg("--config")
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.join("log")).expect("a temporary file can be written"))
        .kill_on_drop(true)
        .spawn()
        .expect("nats-server can be started")
}

fn contains(file: &[u8], bytes: &[u8]) -> bool {
    file.windows(bytes.len()).any(|window| window == bytes)
}

pub(crate) fn temporary_folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("echo-test-{}", crate::system::random_id().simple()));
    fs::create_dir_all(&folder).expect("a temporary folder can be made");
    folder
}

/// Ports that are free now, all held at once so that they differ.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
    let listeners: [TcpListener; N] =
        std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").expect("loopback has free ports"));
    listeners.map(|listener| {
        listener
            .local_addr()
            .expect("a bound socket has an address")
            .port()
    })
}
