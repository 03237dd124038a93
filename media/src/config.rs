//! The settings of pictures, for the services that flatten them into their own.

use std::sync::Arc;

use clap::Args;
use platform::config::Key;

use crate::store::{Location, OpenError};
use crate::{Links, UrlSigner};

/// Where pictures are and how their URLs are signed; the same for all services.
#[derive(Debug, Clone, Args)]
pub struct MediaConfig {
    /// Where pictures are kept: `folder:/path`, `s3://bucket/prefix?region=…` or `cloudinary://key:secret@cloud`.
    #[arg(
        long,
        env = "ECHO_MEDIA_STORE",
        default_value = "folder:.echo/media",
        hide_env_values = true
    )]
    pub media_store: Location,
    /// The root of the key that signs pictures' URLs, 32 bytes in base64; changing it ends the URLs of two days.
    #[arg(long, env = "ECHO_MEDIA_URL_KEY", hide_env_values = true)]
    pub media_url_key: Key,
    /// What stands before `/v1/media/…` in pictures' URLs; empty where they come from the API's own origin.
    #[arg(long, env = "ECHO_MEDIA_URL_BASE", default_value = "")]
    pub media_url_base: String,
}

impl MediaConfig {
    /// Opens the store, and makes what signs its pictures' URLs.
    pub fn open(&self) -> Result<Links, OpenError> {
        let store: Arc<_> = self.media_store.open()?;
        Ok(Links::new(
            UrlSigner::new(&self.media_url_key, &self.media_url_base),
            store,
        ))
    }
}
