//! `chat-gateway serve`: what is stored, live in browsers; and `chat-gateway asyncapi`, its contract.
//!
//! Unlike the other services it keeps the system's allocator: ten thousand idle sockets take a fifth less with it.

use anyhow::Context;
use chat_gateway::config::{Cli, Command};

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
