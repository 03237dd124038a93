//! What is measured: Echo's services, and the server of rooms.

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result};
use testkit::{NatsServer, Service, TestSystem};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Echo: one of each service, on a nats-server of its own.
pub(crate) struct Echo {
    pub(crate) system: TestSystem,
    gateway: Option<Service>,
    query_api: Service,
    _others: [Service; 2],
    _nats: NatsServer,
}

impl Echo {
    pub(crate) async fn start() -> Result<Self> {
        let nats = NatsServer::start().await;
        let servers = testkit::servers().with_nats(&nats.url);
        let system = TestSystem::on(servers).await;
        let environment = environment(&system);
        let others = [
            Service::start("command-api", &["serve"], &environment).await,
            Service::start("projector", &["run"], &environment).await,
        ];
        let query_api = Service::start("query-api", &["serve"], &environment).await;
        let gateway = Service::start("chat-gateway", &["serve"], &environment).await;
        Ok(Self {
            system,
            gateway: Some(gateway),
            query_api,
            _others: others,
            _nats: nats,
        })
    }

    /// Where sockets connect.
    pub(crate) fn address(&self) -> String {
        let gateway = self.gateway.as_ref();
        gateway
            .and_then(|gateway| gateway.address)
            .map_or_else(String::new, |address| address.to_string())
    }

    /// Where reads go.
    pub(crate) fn query_url(&self) -> String {
        self.query_api.url()
    }

    pub(crate) fn gateway_pid(&self) -> u32 {
        self.gateway.as_ref().map_or(0, Service::pid)
    }

    /// Kills the gateway and starts another one.
    pub(crate) async fn restart_gateway(&mut self) {
        if let Some(gateway) = self.gateway.take() {
            gateway.kill().await;
        }
        let environment = environment(&self.system);
        self.gateway = Some(Service::start("chat-gateway", &["serve"], &environment).await);
    }
}

/// All come from one address.
fn environment(system: &TestSystem) -> Vec<(String, String)> {
    let mut environment = system.environment();
    environment.push(("ECHO_SOCKETS_PER_ADDRESS".to_owned(), "50000".to_owned()));
    environment.push(("ECHO_ADDRESS_RATE".to_owned(), "1000000".to_owned()));
    environment.push(("ECHO_LOG".to_owned(), "warn,platform=info".to_owned()));
    environment
}

/// The Node server that does rooms alone.
pub(crate) struct Rooms {
    child: Child,
    pub(crate) address: String,
}

impl Rooms {
    pub(crate) async fn start() -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/rooms");
        let mut child = Command::new("node")
            .arg("server.mjs")
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the comparison needs Node on PATH")?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        let address = BufReader::new(stdout).lines().next_line().await?;
        let address = address.with_context(|| format!("run `npm ci` in {}", folder.display()))?;
        Ok(Self { child, address })
    }

    pub(crate) fn pid(&self) -> Result<u32> {
        self.child.id().context("the server of rooms has ended")
    }
}
