//! Mail as files, for development and tests.

use std::path::PathBuf;

use futures::future::BoxFuture;
use lettre::Message;
use platform::id;
use tokio::fs::OpenOptions;
use tokio::io::AsyncWriteExt;

use super::{Error, Transport};

pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }
}

impl Transport for Folder {
    fn send(&self, message: Message) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            // A mail is the key to somebody's account: nobody but its owner looks in here.
            tokio::fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&self.0)
                .await?;
            // Ids are ordered by time, so the last file is the last mail; renamed, it is never seen half written.
            let name = id::ordered();
            let unfinished = self.0.join(format!("{name}.part"));
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&unfinished)
                .await?;
            file.write_all(&message.formatted()).await?;
            file.flush().await?;
            tokio::fs::rename(&unfinished, self.0.join(format!("{name}.eml"))).await?;
            Ok(())
        })
    }
}
