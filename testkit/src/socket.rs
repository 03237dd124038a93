//! A Socket.IO client without a browser: the WebSocket transport of Engine.IO 4 and what Echo uses of
//! Socket.IO 5. Small and cheap, so that one process plays thousands of people.
//!
//! <https://socket.io/docs/v4/socket-io-protocol/> has the numbers.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, Message};

/// How long a server may take to let a client in.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);

/// A connected socket. Dropping it cuts the connection without a word, as a network does.
#[derive(Debug)]
pub struct Socket(WebSocketStream<TcpStream>);

/// What a socket hears.
#[derive(Debug)]
pub enum Heard {
    /// An event of the server's.
    Event {
        /// Its name.
        name: String,
        /// Its first argument.
        payload: Value,
    },
    /// The answer to an event of ours.
    Ack {
        /// The number that came with the event.
        number: u64,
        /// The first argument.
        answer: Value,
    },
}

/// Why there is no connection, or none any more.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The network or the server broke it off.
    #[error("the connection is broken: {0}")]
    Broken(String),
    /// The server doesn't let the client in, and says why.
    #[error("refused: {0}")]
    Refused(Value),
    /// The server has disconnected the client.
    #[error("disconnected by the server")]
    Disconnected,
}

impl Lost {
    fn broken(cause: impl std::fmt::Display) -> Self {
        Self::Broken(cause.to_string())
    }
}

impl Socket {
    /// Connects to `host:port` with an access token.
    ///
    /// # Errors
    /// If it isn't let in.
    pub async fn connect(address: &str, token: &str) -> Result<Self, Lost> {
        tokio::time::timeout(CONNECT_TIMEOUT, Self::enter(address, token))
            .await
            .map_err(Lost::broken)?
    }

    async fn enter(address: &str, token: &str) -> Result<Self, Lost> {
        let stream = TcpStream::connect(address).await.map_err(Lost::broken)?;
        stream.set_nodelay(true).map_err(Lost::broken)?;
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let (stream, _) = tokio_tungstenite::client_async(url, stream)
            .await
            .map_err(Lost::broken)?;
        let mut socket = Self(stream);
        socket.packet('0').await?;
        socket.send(format!("40{}", json!({ "token": token }))).await?;
        socket
            .packet_of(&["40", "44"])
            .await
            .and_then(|packet| match packet.strip_prefix("44") {
                None => Ok(()),
                Some(refusal) => Err(Lost::Refused(serde_json::from_str(refusal).unwrap_or_default())),
            })?;
        Ok(socket)
    }

    /// Sends an event; with a number, an acknowledgement is wanted.
    ///
    /// # Errors
    /// If the connection is lost.
    pub async fn emit(&mut self, event: &str, payload: &Value, number: Option<u64>) -> Result<(), Lost> {
        let number = number.map(|number| number.to_string()).unwrap_or_default();
        self.send(format!("42{number}{}", json!([event, payload]))).await
    }

    /// The next thing that is heard. May be dropped while it waits.
    ///
    /// # Errors
    /// If the connection is lost.
    pub async fn next(&mut self) -> Result<Heard, Lost> {
        loop {
            let packet = self.text().await?;
            if packet == "2" {
                self.send("3".to_owned()).await?;
            } else if let Some(event) = packet.strip_prefix("42") {
                let [name, payload] = serde_json::from_str(event).map_err(Lost::broken)?;
                let name: String = serde_json::from_value(name).map_err(Lost::broken)?;
                return Ok(Heard::Event { name, payload });
            } else if let Some(ack) = packet.strip_prefix("43") {
                let digits = ack.find('[').unwrap_or(0);
                let number = ack[..digits].parse().map_err(Lost::broken)?;
                let [answer] = serde_json::from_str(&ack[digits..]).map_err(Lost::broken)?;
                return Ok(Heard::Ack { number, answer });
            } else if packet == "41" || packet == "1" {
                return Err(Lost::Disconnected);
            }
        }
    }

    async fn packet(&mut self, kind: char) -> Result<String, Lost> {
        let packet = self.text().await?;
        if packet.starts_with(kind) {
            Ok(packet)
        } else {
            Err(Lost::Broken(format!("expected {kind}, got {packet}")))
        }
    }

    async fn packet_of(&mut self, kinds: &[&str]) -> Result<String, Lost> {
        loop {
            let packet = self.text().await?;
            if kinds.iter().any(|kind| packet.starts_with(kind)) {
                return Ok(packet);
            }
            // The first ping may come before the answer.
            if packet == "2" {
                self.send("3".to_owned()).await?;
            }
            if packet == "1" || packet == "41" {
                return Err(Lost::Disconnected);
            }
        }
    }

    async fn text(&mut self) -> Result<String, Lost> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                Some(Ok(Message::Close(_))) | None => return Err(Lost::Disconnected),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Lost::broken(error)),
            }
        }
    }

    async fn send(&mut self, packet: String) -> Result<(), Lost> {
        let sent: Result<(), tungstenite::Error> = self.0.send(Message::text(packet)).await;
        sent.map_err(Lost::broken)
    }
}
