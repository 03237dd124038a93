//! The edge as it is deployed: Caddy with `deploy/edge/Caddyfile`.

use std::{
    env,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::Stdio,
    time::Duration,
};

use tokio::{
    net::TcpStream,
    process::{Child, Command},
};

use crate::system::servers;

/// How long it may take to listen, on a machine that is busy with other tests.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// A running edge; it ends when this is dropped.
#[derive(Debug)]
pub struct Edge {
    _child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Edge {
    /// Starts an edge before the upstreams that `variables` name, `ECHO_EDGE_GATEWAYS` and the like; nobody listens
    /// where the others are said to be. The test plays the load balancer, and says who its clients are.
    ///
    /// # Panics
    /// When Caddy can't be started, or doesn't come to listen.
    pub async fn before(variables: &[(&str, String)]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let address = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port is free");
        let child = Command::new(servers().caddy)
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(root.join("deploy/edge/Caddyfile"))
            .env("ECHO_EDGE_LISTEN", format!(":{}", address.port()))
            .env("ECHO_EDGE_COMMAND_API", "127.0.0.1:1")
            .env("ECHO_EDGE_QUERY_API", "127.0.0.1:1")
            .env("ECHO_EDGE_GATEWAYS", "127.0.0.1:1")
            .env("ECHO_EDGE_WEB", "/nonexistent")
            .env("ECHO_EDGE_TRUSTED", "127.0.0.1/32")
            .env("XDG_DATA_HOME", env::temp_dir())
            .env("XDG_CONFIG_HOME", env::temp_dir())
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("caddy can be started");
        let listens = async {
            while TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(START_TIMEOUT, listens)
            .await
            .expect("caddy comes to listen");
        Self {
            _child: child,
            address,
        }
    }

    /// The base of its URLs.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
