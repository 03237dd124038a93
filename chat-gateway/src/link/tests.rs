//! Connections over a pipe: what is upgraded, amended and counted, and what passes untouched.

use std::num::NonZeroU16;

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use super::*;

const REQUEST: &[u8] = b"GET /socket.io/ HTTP/1.1\r\nupgrade: websocket\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n";
const OPEN: &[u8] = b"\x81\x030{}";
const PING: &[u8] = b"\x81\x012";
const PONG: &[u8] = &[0x81, 0x81, 1, 2, 3, 4, b'3' ^ 1];
/// A pong as the link sends it in the client's name.
const INJECTED: &[u8] = &[0x81, 0x81, 0, 0, 0, 0, b'3'];

/// A connection, and the client's end of it.
fn link(burst: u16) -> (Link<DuplexStream>, DuplexStream) {
    let (server, client) = duplex(64 * 1_024);
    (Link::new(server, Pace { burst, per_second: 1 }), client)
}

async fn read(from: &mut (impl AsyncRead + Unpin), length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes).await.unwrap();
    bytes
}

/// Brings the connection to where frames begin.
async fn upgrade(link: &mut Link<DuplexStream>, client: &mut DuplexStream) {
    client.write_all(REQUEST).await.unwrap();
    assert_eq!(read(link, REQUEST.len()).await, REQUEST);
    link.upgraded.0.store(true, Ordering::Release);
    link.write_all(ANSWER).await.unwrap();
    assert_eq!(read(client, ANSWER.len()).await, ANSWER);
}

#[tokio::test]
async fn requests_and_answers_pass_untouched_until_the_upgrade() {
    let (mut link, mut client) = link(1);
    for _ in 0..3 {
        client.write_all(REQUEST).await.unwrap();
        assert_eq!(read(&mut link, REQUEST.len()).await, REQUEST);
        link.write_all(PING).await.unwrap();
        assert_eq!(read(&mut client, PING.len()).await, PING);
    }
}

#[tokio::test]
async fn the_first_ping_is_answered_in_the_clients_name_and_later_ones_go_out() {
    let (mut link, mut client) = link(9);
    upgrade(&mut link, &mut client).await;
    let (mut reads, mut writes) = tokio::io::split(link);
    // Whoever waits for the client is woken by the answer.
    let reading = tokio::spawn(async move {
        let first = read(&mut reads, INJECTED.len()).await;
        (first, read(&mut reads, PONG.len()).await)
    });
    writes.write_all(&[OPEN, PING].concat()).await.unwrap();
    writes.write_all(PING).await.unwrap();
    writes.flush().await.unwrap();
    assert_eq!(
        read(&mut client, OPEN.len() + PING.len()).await,
        [OPEN, PING].concat()
    );
    client.write_all(PONG).await.unwrap();
    assert_eq!(reading.await.unwrap(), (INJECTED.to_vec(), PONG.to_vec()));
}

#[tokio::test]
async fn more_frames_than_a_connection_may_send_end_it() {
    let (mut link, mut client) = link(3);
    upgrade(&mut link, &mut client).await;
    client.write_all(&PONG.repeat(3)).await.unwrap();
    read(&mut link, 3 * PONG.len()).await;
    client.write_all(PONG).await.unwrap();
    let ended = link.read_u8().await.unwrap_err();
    assert_eq!(ended.kind(), io::ErrorKind::InvalidData);
}

#[tokio::test]
async fn frames_sent_before_the_answer_end_the_connection() {
    let (mut link, mut client) = link(9);
    client.write_all(&[REQUEST, PONG].concat()).await.unwrap();
    read(&mut link, REQUEST.len() + PONG.len()).await;
    link.upgraded.0.store(true, Ordering::Release);
    let ended = link.read_u8().await.unwrap_err();
    assert_eq!(ended.kind(), io::ErrorKind::InvalidData);
}

#[tokio::test]
async fn a_close_frame_is_answered_before_the_library_writes_anything() {
    let (mut link, mut client) = link(9);
    upgrade(&mut link, &mut client).await;
    link.write_all(OPEN).await.unwrap();
    read(&mut client, OPEN.len()).await;
    let close = [0x88, 0x80, 1, 2, 3, 4];
    client.write_all(&close).await.unwrap();
    assert_eq!(read(&mut link, close.len()).await, close);
    drop(link);
    let mut rest = Vec::new();
    client.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, [0x88, 0]);
}

#[test]
fn whoever_keeps_to_the_limits_of_events_is_within_those_of_frames() {
    let limit = |count| NonZeroU16::new(count).unwrap();
    assert_eq!(
        Pace::allowing(limit(250), limit(20)),
        Pace {
            burst: 1_300,
            per_second: 80
        }
    );
    assert_eq!(Pace::allowing(limit(60_000), limit(20)).burst, u16::MAX);
}
