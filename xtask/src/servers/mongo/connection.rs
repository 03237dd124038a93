//! One connection to mongod, on which commands are sent and somebody logs in.
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, Result, bail};

use super::scram::Scram;
use crate::servers::bson::{self, Found, Value};

/// Longer than any command takes that is sent here.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open connection.
#[derive(Debug)]
pub(super) struct Connection(TcpStream);

impl Connection {
    /// Connects as nobody.
    pub(super) fn open(port: u16) -> Result<Connection> {
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Connection(stream))
    }

    /// Logs a user of the database `admin` in.
    pub(super) fn log_in(&mut self, user: &str, password: &str) -> Result<()> {
        let (scram, first) = Scram::begin(user, &super::nonce()?);
        let started = self.ask(
            "admin",
            vec![
                ("saslStart", Value::Int(1)),
                ("mechanism", "SCRAM-SHA-256".into()),
                ("payload", Value::Bytes(first.into_bytes())),
                // Without it the server wants one more message that says nothing.
                (
                    "options",
                    Value::Document(vec![("skipEmptyExchange", Value::Bool(true))]),
                ),
            ],
        )?;
        let (answer, proof) = scram.answer(password, &payload(&started)?)?;
        let conversation = match bson::field(&started, "conversationId") {
            Some(Found::Number(number)) => i32::try_from(number)?,
            _ => bail!("mongod's log-in has no number"),
        };
        let ended = self.ask(
            "admin",
            vec![
                ("saslContinue", Value::Int(1)),
                ("conversationId", Value::Int(conversation)),
                ("payload", Value::Bytes(answer.into_bytes())),
            ],
        )?;
        proof.check(&payload(&ended)?)
    }

    /// Sends a command to a database and gives the answer's document; an answer that is no success is an error.
    pub(super) fn ask(&mut self, database: &str, fields: Vec<(&str, Value)>) -> Result<Vec<u8>> {
        let name = fields.first().map_or("", |(name, _)| name).to_owned();
        let answer = self.send(database, fields)?;
        if bson::field(&answer, "ok") == Some(Found::Number(1)) {
            return Ok(answer);
        }
        let text = |field| match bson::field(&answer, field) {
            Some(Found::Text(text)) => text,
            _ => String::new(),
        };
        Err(Refused {
            code: text("codeName"),
            message: text("errmsg"),
        })
        .with_context(|| format!("mongod refused {name}"))
    }

    /// Sends a command to a database and gives the answer's document, whatever it says.
    pub(super) fn send(&mut self, database: &str, mut fields: Vec<(&str, Value)>) -> Result<Vec<u8>> {
        fields.push(("$db", database.into()));
        self.0.write_all(&message(&bson::encode(&fields)))?;
        let mut header = [0; HEADER];
        self.0.read_exact(&mut header)?;
        let length = i32::from_le_bytes([header[0], header[1], header[2], header[3]]);
        let length = usize::try_from(length)
            .ok()
            .filter(|length| (HEADER + 5..1 << 24).contains(length));
        let mut body = vec![0; length.context("mongod sent an answer of impossible length")? - HEADER];
        self.0.read_exact(&mut body)?;
        // Four bytes of flags and the kind of the one section come before the document.
        Ok(body.split_off(5))
    }
}

/// Why the server does not do what it was asked, by the server's own name for it.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) code: String,
    message: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refused {}

/// The server's name for why it refused, if that is what the error is.
pub(super) fn refusal(error: &anyhow::Error) -> Option<&str> {
    error
        .downcast_ref::<Refused>()
        .map(|refused| refused.code.as_str())
}

fn payload(answer: &[u8]) -> Result<String> {
    match bson::field(answer, "payload") {
        Some(Found::Bytes(bytes)) => String::from_utf8(bytes).context("mongod's log-in is no text"),
        _ => bail!("mongod's log-in has no payload"),
    }
}

/// The bytes before the body of every message: its length, its id, the id it answers, its kind.
const HEADER: usize = 16;

/// `OP_MSG` with one section, the only message that a server of today needs to be sent.
fn message(document: &[u8]) -> Vec<u8> {
    const OP_MSG: i32 = 2013;
    let length = i32::try_from(HEADER + 5 + document.len()).unwrap_or(i32::MAX);
    let mut bytes = Vec::new();
    for number in [length, 1, 0, OP_MSG, 0] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.push(0);
    bytes.extend(document);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_tells_its_whole_length_and_its_kind() {
        let bytes = message(&bson::encode(&[("ping", Value::Int(1))]));
        assert_eq!(bytes.len(), usize::from(bytes[0]));
        assert_eq!(
            i32::from_le_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]),
            2013
        );
    }
}
