//! A cable between a service and a server, which a test can cut or freeze.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The most that is carried at once, in bytes.
const CHUNK: usize = 16 * 1024;

/// Carries connections to another address, as long as it is whole.
#[derive(Debug)]
pub struct Wire {
    /// Where to connect instead of to the server itself.
    pub address: SocketAddr,
    state: watch::Sender<State>,
    task: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Whole,
    Cut,
    Frozen,
}

impl Wire {
    /// A whole one to `target`, as `host:port`.
    ///
    /// # Panics
    /// When loopback has no free port.
    pub async fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has free ports");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (changes, state) = watch::channel(State::Whole);
        let target = target.to_owned();
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, target.clone(), state.clone()));
            }
        });
        Self {
            address,
            state: changes,
            task,
        }
    }

    /// Breaks all connections, and any new one at once.
    pub fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    /// Carries nothing any more and closes nothing, as where a host or a network vanishes. New connections are taken,
    /// and stay as silent.
    pub fn freeze(&self) {
        self.state.send_replace(State::Frozen);
    }

    /// Lets new connections through, and frozen ones go on.
    pub fn mend(&self) {
        self.state.send_replace(State::Whole);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(near: TcpStream, target: String, mut state: watch::Receiver<State>) {
    /// Who connects to a cut cable finds out a little later, and doesn't try a thousand times a second.
    const NO_ANSWER: Duration = Duration::from_millis(50);
    if *state.borrow_and_update() == State::Cut {
        tokio::time::sleep(NO_ANSWER).await;
        return;
    }
    let mut cut = state.clone();
    let connected = async {
        let Some(()) = until(&mut state, State::Whole).await else {
            return;
        };
        let Ok(far) = TcpStream::connect(&target).await else {
            return;
        };
        let (near_reads, near_writes) = near.into_split();
        let (far_reads, far_writes) = far.into_split();
        // Either side's end is the other's; there is nothing to report.
        tokio::join!(
            copy(near_reads, far_writes, state.clone()),
            copy(far_reads, near_writes, state.clone()),
        );
    };
    tokio::select! {
        () = connected => {}
        _ = until(&mut cut, State::Cut) => {}
    }
}

/// Carries one direction until its end, which it hands on.
async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut state: watch::Receiver<State>,
) -> Option<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = from.read(&mut chunk).await.ok()?;
        until(&mut state, State::Whole).await?;
        if count == 0 {
            return to.shutdown().await.ok();
        }
        to.write_all(chunk.get(..count)?).await.ok()?;
    }
}

/// Waits for a state; nothing once the cable is gone.
async fn until(state: &mut watch::Receiver<State>, wanted: State) -> Option<()> {
    state.wait_for(|state| *state == wanted).await.ok().map(|_| ())
}
