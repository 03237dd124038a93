//! Clients that speak the protocols themselves, so that each packet is seen as it is sent.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use testkit::Service;
use tokio::net::TcpStream;
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, Message};

/// How long anything may take that should happen, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_mins(1);

/// What stands between the packets of a poll.
const SEPARATOR: char = '\u{1e}';

/// A WebSocket without a client library around it.
pub(crate) struct Raw(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Raw {
    /// Opens one; `query` is added to that of a new session.
    pub(crate) async fn open(gateway: &Service, query: &str) -> Result<Self, tungstenite::Error> {
        let url = format!(
            "{}/socket.io/?EIO=4&transport=websocket{query}",
            gateway.url().replacen("http", "ws", 1)
        );
        let (socket, _) = tokio_tungstenite::connect_async(url).await?;
        Ok(Self(socket))
    }

    /// Opens a session and waits to be told of it.
    pub(crate) async fn session(gateway: &Service) -> Self {
        let mut raw = Self::open(gateway, "").await.unwrap();
        assert!(raw.next().await.unwrap().starts_with("0{"));
        raw
    }

    /// Opens a session and is let in.
    pub(crate) async fn connect(gateway: &Service, token: &str) -> Self {
        let mut raw = Self::session(gateway).await;
        raw.send(&connect_packet(token)).await;
        assert!(raw.next().await.unwrap().starts_with("40{"));
        raw
    }

    pub(crate) async fn send(&mut self, packet: &str) {
        self.0.send(Message::text(packet)).await.unwrap();
    }

    /// Sends as fast as it can, until the other side has had enough.
    pub(crate) async fn flood(&mut self, packet: &str, times: usize) {
        for _ in 0..times {
            if self.0.feed(Message::text(packet)).await.is_err() {
                return;
            }
        }
        self.0.flush().await.ok();
    }

    /// The next frame of any kind; nothing once the connection has ended.
    pub(crate) async fn frame(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
        next.expect("something comes or ends").and_then(Result::ok)
    }

    /// The next packet; nothing once the connection has ended or ends.
    pub(crate) async fn next(&mut self) -> Option<String> {
        loop {
            match self.frame().await? {
                Message::Text(text) => return Some(text.to_string()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// The next packet that begins like this; others are passed over.
    pub(crate) async fn next_like(&mut self, beginning: &str) -> String {
        loop {
            let packet = self.next().await.expect("the connection goes on");
            if packet.starts_with(beginning) {
                return packet;
            }
        }
    }

    /// Reads until the connection has ended. Answers no ping.
    pub(crate) async fn ends(&mut self) {
        while self.next().await.is_some() {}
    }

    /// Begins to close, and gives the answer.
    pub(crate) async fn close(&mut self) -> Option<Message> {
        self.0.send(Message::Close(None)).await.unwrap();
        loop {
            if let close @ Message::Close(_) = self.frame().await? {
                return Some(close);
            }
        }
    }
}

/// The packet that asks to be let in.
pub(crate) fn connect_packet(token: &str) -> String {
    format!("40{}", serde_json::json!({ "token": token }))
}

/// A session by polling without a client library around it.
pub(crate) struct Polling {
    client: reqwest::Client,
    url: String,
    pub(crate) sid: String,
}

impl Polling {
    /// A request with any method and query.
    pub(crate) async fn request(gateway: &Service, method: Method, query: &str) -> (StatusCode, String) {
        let url = format!("{}/socket.io/?{query}", gateway.url());
        let answer = reqwest::Client::new().request(method, url).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// Opens a session, and gives the packet that tells of it.
    pub(crate) async fn open(gateway: &Service) -> (Self, serde_json::Value) {
        let (status, body) = Self::request(gateway, Method::GET, "EIO=4&transport=polling").await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let opened: serde_json::Value = serde_json::from_str(body.strip_prefix('0').unwrap()).unwrap();
        let sid = opened["sid"].as_str().unwrap().to_owned();
        let polling = Self {
            client: reqwest::Client::new(),
            url: format!("{}/socket.io/?EIO=4&transport=polling&sid={sid}", gateway.url()),
            sid,
        };
        (polling, opened)
    }

    pub(crate) async fn post(&self, packets: &[&str]) -> StatusCode {
        self.post_from("192.0.2.1", packets).await
    }

    /// The same from an address, where the gateway is told of it by `x-address`.
    pub(crate) async fn post_from(&self, address: &str, packets: &[&str]) -> StatusCode {
        let body = packets.join(&SEPARATOR.to_string());
        let request = self.client.post(&self.url).header("x-address", address);
        request.body(body).send().await.unwrap().status()
    }

    /// The packets of the next answer, or the status that isn't one.
    pub(crate) async fn poll(&self) -> Result<Vec<String>, StatusCode> {
        let answer = self.client.get(&self.url).timeout(PATIENCE).send().await.unwrap();
        if answer.status() != StatusCode::OK {
            return Err(answer.status());
        }
        let body = answer.text().await.unwrap();
        Ok(body.split(SEPARATOR).map(str::to_owned).collect())
    }

    /// Polls until a packet begins like this; others are passed over, and pings answered.
    pub(crate) async fn next_like(&self, beginning: &str) -> String {
        loop {
            for packet in self.poll().await.expect("the session goes on") {
                if packet.starts_with(beginning) {
                    return packet;
                }
                if packet == "2" {
                    self.post(&["3"]).await;
                }
            }
        }
    }
}
