//! The projector's process.

use projector::{Command, Config};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config: Config = platform::config::parse();
    match config.command {
        Command::Run(run) => projector::run(*run).await,
        Command::Operate(operation) => projector::operate(&operation).await,
    }
}
