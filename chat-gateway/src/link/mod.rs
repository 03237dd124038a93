//! The layer below the Socket.IO library: each connection's bytes, on their way in and out.
//!
//! The library answers some things of the protocol differently from its documents, and counts nothing that isn't an
//! event. Both are mended here, where a connection's WebSocket frames pass by: [`outgoing`] amends the first of
//! them until the client is let in, [`incoming`] counts all. A connection that isn't upgraded passes untouched.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker, ready};
use std::time::Instant;

use axum::Router;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::extract::{Extension, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener, ListenerExt};
use platform::serve;
use platform::shutdown::Shutdown;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

mod incoming;
mod outgoing;

use incoming::Incoming;
pub(crate) use incoming::Pace;
use outgoing::Outgoing;
pub(crate) use outgoing::refusal;

use crate::measure;

/// The end of a request's or an answer's head.
const END_OF_HEAD: [u8; 4] = *b"\r\n\r\n";

/// Serves `router` on connections whose frames are amended and counted.
pub(crate) async fn accept(listener: TcpListener, router: Router, pace: Pace, shutdown: Shutdown) {
    let listener = listener.tap_io(serve::without_delay);
    let router = router.layer(from_fn(tell_of_upgrades));
    let service = router.into_make_service_with_connect_info::<Peer>();
    let until = async move { shutdown.begun().await };
    let links = Links { listener, pace };
    if let Err(error) = axum::serve(links, service).with_graceful_shutdown(until).await {
        tracing::error!(%error, "the listener failed");
    }
}

/// Tells a connection that what follows this answer are frames, and the routes whose connection it is.
async fn tell_of_upgrades(
    Extension(ConnectInfo(peer)): Extension<ConnectInfo<Peer>>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(ConnectInfo(peer.address));
    let response = next.run(request).await;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        peer.upgraded.0.store(true, Ordering::Release);
    }
    response
}

/// Set once the answer that upgrades a connection is on its way.
#[derive(Clone, Debug, Default)]
struct Upgraded(Arc<AtomicBool>);

/// The other side of a connection.
#[derive(Clone, Debug)]
struct Peer {
    address: SocketAddr,
    upgraded: Upgraded,
}

impl<L: Listener<Io = TcpStream, Addr = SocketAddr>> Connected<IncomingStream<'_, Links<L>>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Links<L>>) -> Self {
        Self {
            address: *stream.remote_addr(),
            upgraded: stream.io().upgraded.clone(),
        }
    }
}

/// Makes a [`Link`] of each connection.
struct Links<L> {
    listener: L,
    pace: Pace,
}

impl<L: Listener<Io = TcpStream, Addr = SocketAddr>> Listener for Links<L> {
    type Io = Link<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        let (stream, address) = self.listener.accept().await;
        (Link::new(stream, self.pace), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// One connection.
struct Link<S> {
    stream: S,
    pace: Pace,
    upgraded: Upgraded,
    reading: Reading,
    writing: Writing,
    /// Answered in the client's name, and not read yet.
    injected: &'static [u8],
    /// Reads, and is to be woken when something is injected.
    reader: Option<Waker>,
}

/// What comes in.
enum Reading {
    /// Requests. Holds the last bytes that came: an upgrade is the end of a request and of nothing more.
    Requests([u8; 4]),
    Frames(Incoming),
}

/// What goes out.
enum Writing {
    Answers,
    /// The answer that upgrades, of whose end so many bytes have gone out.
    LastHead(usize),
    /// The first frames. On the heap, for most connections have passed this for most of their lives.
    Frames(Box<Outgoing>),
    /// Whatever the library writes.
    Everything,
}

impl<S> Link<S> {
    fn new(stream: S, pace: Pace) -> Self {
        Self {
            stream,
            pace,
            upgraded: Upgraded::default(),
            reading: Reading::Requests([0; 4]),
            writing: Writing::Answers,
            injected: &[],
            reader: None,
        }
    }

    fn is_upgraded(&self) -> bool {
        self.upgraded.0.load(Ordering::Acquire)
    }

    /// Follows what was read, from the request that upgrades to the frames after it.
    fn follow(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.reading {
            Reading::Requests(last) => {
                let kept = bytes.len().min(4);
                last.rotate_left(kept);
                if let Some(tail) = bytes.last_chunk::<4>() {
                    *last = *tail;
                } else if let Some(end) = last.get_mut(4 - kept..) {
                    end.copy_from_slice(bytes);
                }
                Ok(())
            }
            Reading::Frames(incoming) => incoming.count(bytes, Instant::now()).map_err(|excess| {
                measure::refused("too-many-frames");
                io::Error::new(io::ErrorKind::InvalidData, excess)
            }),
        }
    }

    /// Begins to follow frames once the connection is upgraded.
    fn begin_to_read_frames(&mut self) -> io::Result<()> {
        if let Reading::Requests(last) = &self.reading
            && self.is_upgraded()
        {
            // A client that sends before it is answered would have its frames counted from a wrong place.
            if *last != END_OF_HEAD {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "frames before the upgrade",
                ));
            }
            self.reading = Reading::Frames(Incoming::new(self.pace, Instant::now()));
        }
        Ok(())
    }

    /// Whether an answer in the client's name can be read now: between two of its own frames.
    fn may_inject(&self) -> bool {
        matches!(&self.reading, Reading::Frames(incoming) if incoming.between_frames())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Link<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.begin_to_read_frames()?;
        if !this.injected.is_empty() && this.may_inject() {
            let (now, later) = this.injected.split_at(buf.remaining().min(this.injected.len()));
            buf.put_slice(now);
            this.injected = later;
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf)?;
        if read.is_pending() {
            this.reader = matches!(this.writing, Writing::Frames(_)).then(|| cx.waker().clone());
            return Poll::Pending;
        }
        this.begin_to_read_frames()?;
        this.follow(buf.filled().get(before..).unwrap_or_default())?;
        this.answer_close(cx)?;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Link<S> {
    /// Answers a close frame for the library, which forgets to if it hasn't written anything yet.
    fn answer_close(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let closes = matches!(&self.reading, Reading::Frames(incoming) if incoming.closes());
        if let Writing::Frames(outgoing) = &mut self.writing
            && closes
        {
            outgoing.close();
            if let Poll::Ready(Err(error)) = self.poll_amended(cx) {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Writes what has been amended and waits to go out.
    fn poll_amended(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Writing::Frames(outgoing) = &mut self.writing {
            while !outgoing.ready().is_empty() {
                let written = ready!(Pin::new(&mut self.stream).poll_write(cx, outgoing.ready()))?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                outgoing.written(written);
            }
            if outgoing.is_over() {
                self.writing = Writing::Everything;
                self.reader = None;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Link<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if matches!(this.writing, Writing::Answers) && this.is_upgraded() {
            this.writing = Writing::LastHead(0);
        }
        ready!(this.poll_amended(cx))?;
        match &mut this.writing {
            Writing::Answers | Writing::Everything => Pin::new(&mut this.stream).poll_write(cx, bytes),
            Writing::LastHead(matched) => {
                let (head, is_whole, mut now_matched) = upto_end_of_head(bytes, *matched);
                let written = ready!(Pin::new(&mut this.stream).poll_write(cx, head))?;
                if written < head.len() {
                    (_, _, now_matched) = upto_end_of_head(head.get(..written).unwrap_or_default(), *matched);
                    *matched = now_matched;
                } else if is_whole {
                    this.writing = Writing::Frames(Box::default());
                } else {
                    *matched = now_matched;
                }
                Poll::Ready(Ok(written))
            }
            Writing::Frames(outgoing) => {
                if let Some(answer) = outgoing.take(bytes) {
                    this.injected = answer;
                    if let Some(reader) = this.reader.take() {
                        reader.wake();
                    }
                }
                // What can't go out yet goes before the next write, or with the flush after it.
                if let Poll::Ready(Err(error)) = this.poll_amended(cx) {
                    return Poll::Ready(Err(error));
                }
                Poll::Ready(Ok(bytes.len()))
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_amended(cx))?;
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_amended(cx))?;
        Pin::new(&mut this.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let untouched = match self.writing {
            Writing::Everything => true,
            Writing::Answers => !self.is_upgraded(),
            Writing::LastHead(_) | Writing::Frames(_) => false,
        };
        if untouched {
            return Pin::new(&mut self.get_mut().stream).poll_write_vectored(cx, parts);
        }
        let first = parts.iter().find(|part| !part.is_empty());
        self.poll_write(cx, first.map_or(&[][..], |part| part))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// The part of `bytes` that belongs to a head of whose end `matched` bytes went before, whether it is whole with
/// them, and how many bytes of its end are matched after them.
fn upto_end_of_head(bytes: &[u8], mut matched: usize) -> (&[u8], bool, usize) {
    for (at, byte) in bytes.iter().enumerate() {
        matched = match END_OF_HEAD.get(matched) {
            Some(expected) if expected == byte => matched + 1,
            _ => usize::from(*byte == b'\r'),
        };
        if matched == END_OF_HEAD.len() {
            return (bytes.get(..=at).unwrap_or(bytes), true, matched);
        }
    }
    (bytes, false, matched)
}

#[cfg(test)]
mod tests;
