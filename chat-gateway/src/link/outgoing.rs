//! Frames to the client until it is let in, amended where the library differs from the protocol's documents.
//!
//! - A refusal is `{"message": text}` in the library, whatever the refusal is. Clients expect a short `message`, and all
//!   else in `data`.
//! - The first ping goes out at once instead of after the interval. It is taken out, and answered in the client's name.
//! - A close frame that comes before the library has begun to write stays without an answer.

use platform::Problem;
use serde::{Deserialize, Serialize};

/// A frame with more in it is none of those that are looked for.
const LONGEST: usize = 16 * 1_024;
/// What a frame with a whole text begins with.
const TEXT: u8 = 0x81;
/// A close frame, and what it begins with.
const CLOSE: &[u8] = &[0x88, 0];
/// The answer to a ping as a client sends it, masked with zeros.
const PONG: &[u8] = &[TEXT, 0x81, 0, 0, 0, 0, b'3'];

/// What the library refuses a client with.
#[derive(Deserialize)]
struct Refused {
    message: String,
}

/// What a client expects.
#[derive(Serialize)]
struct Refusal<'a> {
    message: &'a str,
    data: &'a Problem,
}

/// The first frames of one connection.
#[derive(Debug, Default)]
pub(super) struct Outgoing {
    /// Part of a frame.
    held: Vec<u8>,
    ready: Vec<u8>,
    /// How much of `ready` has gone out.
    gone: usize,
    /// Whether the session was opened on this connection, so that its first ping is still to come.
    awaits_first_ping: bool,
    let_in: bool,
    /// Whether a close frame has gone out: nothing may follow it.
    closed: bool,
}

impl Outgoing {
    /// Takes what the library writes. Returns what the client would have answered to what isn't sent on.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<&'static [u8]> {
        self.held.extend_from_slice(bytes);
        let mut answer = None;
        while !self.is_past() {
            let Some((head, length)) = head_and_length(&self.held) else {
                // A head that isn't whole, or a frame that is none of ours.
                if self.held.len() > LONGEST {
                    self.give_up();
                }
                break;
            };
            if length > LONGEST {
                self.give_up();
                break;
            }
            if self.held.len() < head + length {
                break;
            }
            let frame: Vec<u8> = self.held.drain(..head + length).collect();
            answer = self.pass(&frame, head).or(answer);
        }
        if self.is_past() {
            self.ready.append(&mut self.held);
        }
        answer
    }

    fn pass(&mut self, frame: &[u8], head: usize) -> Option<&'static [u8]> {
        let payload = frame.get(head..).unwrap_or_default();
        if self.closed {
            return None;
        }
        if frame.first() != Some(&TEXT) {
            self.closed = frame.first() == CLOSE.first();
            self.ready.extend_from_slice(frame);
        } else if payload == b"2" && self.awaits_first_ping {
            self.awaits_first_ping = false;
            return Some(PONG);
        } else if let Some(refusal) = refusal(payload) {
            put(&mut self.ready, &refusal);
        } else {
            self.awaits_first_ping |= payload.first() == Some(&b'0');
            // Let in, or let in before it came here from polling.
            self.let_in |= payload.first() == Some(&b'4') && !payload.starts_with(b"44");
            self.ready.extend_from_slice(frame);
        }
        None
    }

    /// Answers the client's close frame, unless that has been done.
    pub(super) fn close(&mut self) {
        if !self.closed {
            self.closed = true;
            self.ready.extend_from_slice(CLOSE);
        }
    }

    /// What is to be written.
    pub(super) fn ready(&self) -> &[u8] {
        self.ready.get(self.gone..).unwrap_or_default()
    }

    /// Tells how much of it was written.
    pub(super) fn written(&mut self, bytes: usize) {
        self.gone += bytes;
        if self.ready().is_empty() {
            self.ready.clear();
            self.gone = 0;
        }
    }

    /// Whether whatever comes next passes untouched.
    pub(super) fn is_over(&self) -> bool {
        self.is_past() && self.ready().is_empty()
    }

    /// Whether all that is looked for has been seen.
    fn is_past(&self) -> bool {
        self.let_in && !self.awaits_first_ping
    }

    fn give_up(&mut self) {
        self.let_in = true;
        self.awaits_first_ping = false;
    }
}

/// A refusal as clients expect it, in place of the library's.
pub(crate) fn refusal(packet: &[u8]) -> Option<Vec<u8>> {
    let refused: Refused = serde_json::from_slice(packet.strip_prefix(b"44")?).ok()?;
    let problem: Problem = serde_json::from_str(&refused.message).ok()?;
    let details = problem.details();
    let mut amended = b"44".to_vec();
    let refusal = Refusal {
        message: &details.title,
        data: &problem,
    };
    serde_json::to_writer(&mut amended, &refusal).ok()?;
    Some(amended)
}

/// Of a frame from the server: how long its head is, and its payload.
fn head_and_length(bytes: &[u8]) -> Option<(usize, usize)> {
    let (_, lengths) = bytes.split_first()?;
    let (&second, after) = lengths.split_first()?;
    match second & 0x7f {
        126 => Some((4, usize::from(u16::from_be_bytes(*after.first_chunk()?)))),
        127 => {
            let length = u64::from_be_bytes(*after.first_chunk()?);
            Some((10, usize::try_from(length).unwrap_or(usize::MAX)))
        }
        short => Some((2, usize::from(short))),
    }
}

/// Puts a text in a frame of its own.
fn put(to: &mut Vec<u8>, text: &[u8]) {
    to.push(TEXT);
    match u16::try_from(text.len()) {
        Ok(length @ 0..126) => to.extend(length.to_be_bytes().last()),
        Ok(length) => {
            to.push(126);
            to.extend(length.to_be_bytes());
        }
        Err(_) => {
            to.push(127);
            to.extend((text.len() as u64).to_be_bytes());
        }
    }
    to.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn frames(texts: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for text in texts {
            put(&mut bytes, text.as_bytes());
        }
        bytes
    }

    fn amended(bytes: &[u8], cut: usize) -> (Vec<u8>, usize, bool) {
        let mut outgoing = Outgoing::default();
        let mut written = Vec::new();
        let mut answers = 0;
        for piece in bytes.chunks(cut) {
            if outgoing.is_over() {
                written.extend_from_slice(piece);
                continue;
            }
            answers += usize::from(outgoing.take(piece).is_some());
            written.extend_from_slice(outgoing.ready());
            outgoing.written(outgoing.ready().len());
        }
        (written, answers, outgoing.is_over())
    }

    fn library_s_refusal(problem: &Problem) -> String {
        let message = serde_json::to_string(problem).unwrap();
        format!("44{}", json!({ "message": message }))
    }

    #[test]
    fn a_refusal_has_its_problem_for_its_data() {
        let problem = Problem::unauthorized("token-expired", "The \"token\" has run out — ä.");
        let refusal = refusal(library_s_refusal(&problem).as_bytes()).unwrap();
        let refusal: Value = serde_json::from_slice(&refusal[2..]).unwrap();
        assert_eq!(
            refusal,
            json!({ "message": problem.details().title, "data": problem })
        );
    }

    #[test]
    fn a_refusal_without_a_problem_stays_as_it_is() {
        assert_eq!(refusal(br#"44/other,{"message":"Invalid namespace"}"#), None);
        assert_eq!(refusal(br#"44{"message":"Invalid namespace"}"#), None);
        assert_eq!(refusal(br#"42["message","{}"]"#), None);
    }

    #[test]
    fn nothing_follows_a_close_frame() {
        let mut outgoing = Outgoing::default();
        outgoing.take(&frames(&["0{}"]));
        outgoing.close();
        outgoing.take(CLOSE);
        outgoing.take(&frames(&["6"]));
        outgoing.close();
        assert_eq!(outgoing.ready(), [&frames(&["0{}"])[..], CLOSE].concat());
    }

    proptest! {
        #[test]
        fn only_the_first_ping_and_refusals_are_amended(cut in 1..60_usize, long in 0..40_000_usize) {
            let problem = Problem::unauthorized("missing-token", "No token.");
            let text = format!("42[\"x\",\"{}\"]", "x".repeat(long));
            let library_s = library_s_refusal(&problem);
            let written = frames(&["0{}", "2", &library_s, "2", "40{\"sid\":\"x\"}", &text, "2", &library_s]);
            let refusal = String::from_utf8(refusal(library_s.as_bytes()).unwrap()).unwrap();
            let expected = frames(&["0{}", &refusal, "2", "40{\"sid\":\"x\"}", &text, "2", &library_s]);
            prop_assert_eq!(amended(&written, cut), (expected, 1, true));
        }

        #[test]
        fn the_first_ping_is_taken_out_even_after_the_client_is_let_in(cut in 1..60_usize) {
            let written = frames(&["0{}", "40{\"sid\":\"x\"}", "2", "42[\"x\"]", "2"]);
            let expected = frames(&["0{}", "40{\"sid\":\"x\"}", "42[\"x\"]", "2"]);
            prop_assert_eq!(amended(&written, cut), (expected, 1, true));
        }

        #[test]
        fn a_session_opened_by_polling_keeps_its_pings(cut in 1..60_usize) {
            let written = frames(&["3probe", "2", "42[\"x\"]", "2"]);
            prop_assert_eq!(amended(&written, cut), (written, 0, true));
        }

        #[test]
        fn whatever_else_is_written_comes_out_as_it_is(bytes in prop::collection::vec(any::<u8>().prop_filter("a close frame ends all", |byte| *byte != 0x88), 0..600), cut in 1..60_usize) {
            let mut outgoing = Outgoing::default();
            let mut out = Vec::new();
            for piece in bytes.chunks(cut) {
                outgoing.take(piece);
                out.extend_from_slice(outgoing.ready());
                outgoing.written(outgoing.ready().len());
            }
            out.extend_from_slice(&outgoing.held);
            prop_assert_eq!(out, bytes);
        }
    }
}
