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

/// So many bytes behind its subject, a stored message is in the midst of its headers: behind their length, which nothing
/// but the length of the whole checks.
const INTO_THE_MESSAGE: usize = 40;

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
        // What the server takes away meanwhile holds nothing.
        let holds = |path: &PathBuf| fs::read(path).is_ok_and(|file| place(&file, bytes).is_some());
        files(&self.folder).iter().any(holds)
    }

    /// Flips one bit of what stands behind these bytes in a file of a stream, as a failing disk would.
    ///
    /// # Panics
    /// If they stand in no such file.
    pub fn flip_bit_after(&self, bytes: &[u8]) {
        self.damage(bytes, |file, end| file[end + INTO_THE_MESSAGE] ^= 1);
    }

    /// Ends a file of a stream behind these bytes, as a crash of the machine may.
    ///
    /// # Panics
    /// If they stand in no such file.
    pub fn cut_after(&self, bytes: &[u8]) {
        self.damage(bytes, Vec::truncate);
    }

    fn damage(&self, bytes: &[u8], change: impl Fn(&mut Vec<u8>, usize)) {
        let mut damaged = false;
        for path in files(&self.folder).into_iter().filter(|path| is_of_stream(path)) {
            let mut file = fs::read(&path).expect("a file of a stream can be read");
            if let Some(place) = place(&file, bytes) {
                change(&mut file, place + bytes.len());
                fs::write(&path, file).expect("a file of a stream can be written");
                damaged = true;
            }
        }
        assert!(damaged, "no file of a stream holds these bytes");
    }

    /// Kills the server as a crash would.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("a running server can be killed");
    }

    /// Asks the server to end, and waits until it has. It notes what its files hold, and believes that at the next start.
    pub async fn stop(&mut self) {
        let id = self.child.id().expect("the server runs");
        let asked = Command::new("kill").arg(id.to_string()).status().await;
        assert!(asked.expect("kill can be started").success());
        self.child.wait().await.expect("a server that was asked to ends");
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
                "server_name: n{n}\njetstream {{ store_dir: \"{}\", sync_interval: always }}\n\
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

/// All files in a folder and those in it.
fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let list = if path.is_dir() { &mut folders } else { &mut files };
            list.push(path);
        }
    }
    files
}

/// True of a file of a stream's messages; the servers' log of what they agreed upon is none.
fn is_of_stream(path: &Path) -> bool {
    let parts: Vec<_> = path.iter().collect();
    parts.iter().any(|part| *part == "streams")
        && path.extension().is_some_and(|extension| extension == "blk")
}

fn place(file: &[u8], bytes: &[u8]) -> Option<usize> {
    file.windows(bytes.len()).position(|window| window == bytes)
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
