//! A cable between a service and a server, which a test can cut.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Carries connections to another address until it is cut; and again once it is mended.
#[derive(Debug)]
pub struct Wire {
    /// Where to connect instead of to the server itself.
    pub address: SocketAddr,
    whole: Arc<watch::Sender<bool>>,
    task: JoinHandle<()>,
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
        let (whole, state) = watch::channel(true);
        let target = target.to_owned();
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, target.clone(), state.clone()));
            }
        });
        Self {
            address,
            whole: Arc::new(whole),
            task,
        }
    }

    /// Breaks all connections, and any new one at once.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Lets new connections through.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(mut near: TcpStream, target: String, mut whole: watch::Receiver<bool>) {
    /// Who connects to a cut cable finds out a little later, and doesn't try a thousand times a second.
    const NO_ANSWER: Duration = Duration::from_millis(50);
    if !*whole.borrow_and_update() {
        tokio::time::sleep(NO_ANSWER).await;
        return;
    }
    let Ok(mut far) = TcpStream::connect(&target).await else {
        return;
    };
    let cut = async {
        while *whole.borrow_and_update() {
            if whole.changed().await.is_err() {
                return;
            }
        }
    };
    // Either side's end is the other's; there is nothing to report.
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
        () = cut => {}
    }
}
