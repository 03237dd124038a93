//! query-api in this process, and readers that ask it.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use events::{AccountId, SessionId};
use futures::future::try_join_all;
use platform::{
    Clock,
    serve::Listeners,
    shutdown::Shutdown,
    token::{Audience, Signer},
};
use query_api::config::{Cli, Command};
use testkit::{TestSystem, random_id};

use crate::{
    network::{Network, account, mixed},
    reads::Read,
};

/// How long each read is asked before it is measured.
const WARM_UP: Duration = Duration::from_secs(1);

/// A running query-api; it ends with this.
pub(crate) struct Target {
    url: String,
    http: reqwest::Client,
    signer: Signer,
    shutdown: Shutdown,
}

impl Drop for Target {
    fn drop(&mut self) {
        self.shutdown.begin();
    }
}

/// How a read did.
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    pub(crate) per_second: f64,
    pub(crate) p99: Duration,
}

impl Target {
    pub(crate) async fn start(system: &TestSystem) -> Result<Self> {
        let environment = system.environment();
        let variable = |name: &str| {
            let found = environment.iter().find(|(known, _)| known == name);
            found
                .map(|(_, value)| value.clone())
                .context("a variable of the test system")
        };
        let mut arguments = vec!["query-api".to_owned(), "serve".to_owned()];
        for (option, name) in [
            ("--listen", "ECHO_LISTEN"),
            ("--admin-listen", "ECHO_ADMIN_LISTEN"),
            ("--nats-url", "ECHO_NATS_URL"),
            ("--mongo-url", "ECHO_MONGO_URL"),
            ("--mongo-database", "ECHO_MONGO_DATABASE"),
            ("--namespace", "ECHO_NAMESPACE"),
            ("--token-verifying-keys", "ECHO_TOKEN_VERIFYING_KEYS"),
            ("--media-store", "ECHO_MEDIA_STORE"),
            ("--media-url-key", "ECHO_MEDIA_URL_KEY"),
        ] {
            arguments.extend([option.to_owned(), variable(name)?]);
        }
        // All of them ask from one address, as fast as they can.
        for option in ["--account-rate", "--address-rate"] {
            arguments.extend([option, "1000000"].map(str::to_owned));
        }
        let Command::Serve(config) = Cli::try_parse_from(arguments)?.command else {
            unreachable!("it was told to serve")
        };
        let listeners = Listeners::bind(Some(config.listen), config.admin_listen).await?;
        let url = format!("http://{}", listeners.public_address().context("it is bound")?);
        let ready = format!(
            "http://{}/readyz",
            listeners.admin_address().context("it is bound")?
        );
        let mongo = query_api::mongo_options(&config).await?;
        let shutdown = Shutdown::new();
        tokio::spawn({
            let shutdown = shutdown.clone();
            async move { query_api::serve_on(listeners, &config, mongo, shutdown).await }
        });
        let http = reqwest::Client::new();
        while !http.get(&ready).send().await?.status().is_success() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let audience = Audience {
            issuer: "echo".to_owned(),
            audience: "echo".to_owned(),
        };
        let signer = Signer::new(
            &variable("ECHO_TOKEN_SIGNING_KEY")?.parse()?,
            audience,
            Clock::system(),
        )?;
        Ok(Self {
            url,
            http,
            signer,
            shutdown,
        })
    }

    /// Lets so many readers ask for a while.
    pub(crate) async fn measure(
        &self,
        network: &Network,
        read: &Read,
        readers: u8,
        duration: Duration,
    ) -> Result<Measured> {
        self.ask(network, read, readers, WARM_UP).await?;
        let mut took = self.ask(network, read, readers, duration).await?;
        took.sort_unstable();
        let count = u32::try_from(took.len())?;
        let p99 = took.get(took.len() * 99 / 100).or(took.last()).copied();
        Ok(Measured {
            name: read.name,
            per_second: f64::from(count) / duration.as_secs_f64(),
            p99: p99.context("a read takes less than the whole time")?,
        })
    }

    /// How long each answer took.
    async fn ask(
        &self,
        network: &Network,
        read: &Read,
        readers: u8,
        duration: Duration,
    ) -> Result<Vec<Duration>> {
        let until = Instant::now() + duration;
        let reader = async |reader: u8| {
            let mut took = Vec::new();
            for turn in 0.. {
                let began = Instant::now();
                if began >= until {
                    break;
                }
                let chance = mixed(u32::from(reader) << 24 | turn);
                let viewer = network.reader(chance);
                let path = (read.path)(network, viewer, mixed(chance));
                self.get(account(viewer), &path).await?;
                took.push(began.elapsed());
            }
            anyhow::Ok(took)
        };
        Ok(try_join_all((0..readers).map(reader)).await?.concat())
    }

    async fn get(&self, viewer: AccountId, path: &str) -> Result<()> {
        let session = SessionId::from(random_id());
        let lifetime = chrono::Duration::minutes(15);
        let token = self.signer.sign(viewer.into(), session.into(), lifetime)?;
        let asked = self.http.get(format!("{}{path}", self.url)).bearer_auth(token);
        let answer = asked.send().await?;
        let status = answer.status();
        let body = answer.bytes().await?;
        ensure!(
            status.is_success(),
            "{path}: {status} {}",
            String::from_utf8_lossy(&body)
        );
        Ok(())
    }
}
