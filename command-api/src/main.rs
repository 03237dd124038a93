//! The program `command-api`.

use anyhow::Context;
use command_api::config::{Cli, Command};
use mimalloc::MiMalloc;

#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match platform::config::parse::<Cli>().command {
        Command::Serve(config) => {
            platform::telemetry::init(&config.log.log, config.log.log_format)?;
            command_api::serve(*config)
                .await
                .context("command-api can't serve")
        }
        Command::Provision(config) => {
            platform::telemetry::init(&config.log.log, config.log.log_format)?;
            command_api::provision(&config)
                .await
                .context("the streams can't be provisioned")
        }
        Command::RotateKeys(config) => {
            platform::telemetry::init(&config.log.log, config.log.log_format)?;
            command_api::rotate_keys(&config)
                .await
                .context("the keys can't be wrapped anew")
        }
        Command::CollectOrphans(config) => {
            platform::telemetry::init(&config.log.log, config.log.log_format)?;
            command_api::collect_orphans(&config)
                .await
                .context("the pictures can't be looked through")
        }
        Command::GenerateKeys => {
            print!("{}", command_api::generate_keys()?);
            Ok(())
        }
        Command::Openapi => {
            println!("{}", command_api::openapi::document().to_pretty_json()?);
            Ok(())
        }
    }
}
