//! `chat-gateway serve`: what is stored, live in browsers; and `chat-gateway asyncapi`, its contract.

use anyhow::Context;
use chat_gateway::config::{Cli, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match platform::config::parse::<Cli>().command {
        Command::Serve(config) => {
            platform::telemetry::init(&config.log, config.log_format)?;
            chat_gateway::app::serve(*config)
                .await
                .context("the gateway can't run")
        }
        Command::Asyncapi => {
            print!("{}", chat_gateway::asyncapi::document_text()?);
            Ok(())
        }
    }
}
