//! The analysts' command line: replays the event stream, filtered, as JSON lines.
//!
//! Analysts hold no keys: what is personal stays sealed and is not shown.

mod filter;
mod line;

use std::{io::Write as _, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use events::{BatchLimits, Connection, Namespace, Position, Reader, Source, Stream};
use secrecy::SecretString;

use crate::{filter::Filter, line::Line};

/// How long the server keeps the reader's consumer after the command has ended.
const CONSUMER_LIVES: Duration = Duration::from_secs(30);

#[derive(Parser)]
#[command(version, about)]
struct Cli {
    /// Where NATS is.
    #[arg(long, env = "ECHO_NATS_URL", default_value = "nats://127.0.0.1:4222")]
    nats_url: String,
    /// As whom to read.
    #[arg(long, env = "ECHO_NATS_USER")]
    nats_user: Option<String>,
    /// That user's password; better given by the environment.
    #[arg(long, env = "ECHO_NATS_PASSWORD", hide_env_values = true)]
    nats_password: Option<SecretString>,
    /// The namespace of the system to read; empty in production.
    #[arg(long, env = "ECHO_NAMESPACE", default_value = "")]
    namespace: Namespace,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes events as JSON lines, oldest first, up to the stream's end as it is now.
    Export {
        #[command(flatten)]
        filter: Filter,
    },
    /// The same, then goes on with what comes.
    Tail {
        #[command(flatten)]
        filter: Filter,
    },
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let (filter, follow) = match cli.command {
        Command::Export { filter } => (filter, false),
        Command::Tail { filter } => (filter, true),
    };
    let connection = Connection {
        url: cli.nats_url,
        user: cli.nats_user,
        password: cli.nats_password,
        name: "replay".to_owned(),
    };
    let client = events::connect(&connection, |_| {})
        .await
        .context("NATS can't be reached")?;
    let inbox = client.new_inbox();
    let jetstream = async_nats::jetstream::new(client);
    let namespace = Arc::new(cli.namespace);
    let stream = jetstream.get_stream(namespace.stream(Stream::Events)).await;
    let last = stream
        .context("the event stream can't be read")?
        .cached_info()
        .state
        .last_sequence;
    let after = filter.after.map_or(0, |position| position.sequence);
    if filter
        .after
        .is_some_and(|position| position.stream != Stream::Events)
    {
        bail!("--after takes a position of the event stream, such as e42");
    }
    if !follow && after >= last {
        return Ok(());
    }
    // Of the connection's own; the process's id is 1 in every container.
    let name = inbox.rsplit('.').next().map(|id| format!("replay-{id}"));
    let name = name.context("an inbox has a name")?;
    let source = Source {
        stream: Stream::Events,
        name: &name,
        after,
        inactive: CONSUMER_LIVES,
    };
    let limits = BatchLimits::default();
    let mut reader = Reader::open(&jetstream, namespace, source, limits).await?;
    let mut left = filter.limit.unwrap_or(u64::MAX);
    loop {
        let batch = reader.next_batch(limits).await?;
        let reached = batch.last().map(|event| event.position.sequence);
        let mut out = std::io::stdout().lock();
        for event in &batch {
            let Some(line) = Line::of(event, &filter)? else {
                continue;
            };
            if left == 0 {
                return Ok(());
            }
            left -= 1;
            serde_json::to_writer(&mut out, &line)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
        if !follow && reached.is_some_and(|reached| reached >= last) || left == 0 {
            return Ok(());
        }
    }
}

/// Reads a position given on the command line.
fn position(text: &str) -> Result<Position, String> {
    text.parse()
        .map_err(|_| "expected a position such as e42".to_owned())
}
