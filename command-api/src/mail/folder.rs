//! Mail as files, for development and tests.

use std::path::PathBuf;

use futures::future::BoxFuture;
use lettre::Message;
use platform::id;

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
            tokio::fs::create_dir_all(&self.0).await?;
            // Ids are ordered by time, so the last file is the last mail; renamed, it is never seen half written.
            let name = id::ordered();
            let unfinished = self.0.join(format!("{name}.part"));
            tokio::fs::write(&unfinished, message.formatted()).await?;
            tokio::fs::rename(&unfinished, self.0.join(format!("{name}.eml"))).await?;
            Ok(())
        })
    }
}
