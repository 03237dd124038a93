//! `query-api serve | openapi`

use anyhow::Context;
use platform::{config, shutdown::Shutdown, telemetry};
use query_api::config::{Cli, Command, ServeConfig};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match config::parse::<Cli>().command {
        Command::Serve(config) => serve(*config).await,
        Command::Openapi => {
            println!("{}", query_api::openapi().to_pretty_json()?);
            Ok(())
        }
    }
}

async fn serve(config: ServeConfig) -> anyhow::Result<()> {
    telemetry::init(&config.log, config.log_format)?;
    let shutdown = Shutdown::on_signals().context("cannot hear signals")?;
    query_api::serve(&config, shutdown).await?;
    Ok(())
}
