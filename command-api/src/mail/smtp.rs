//! Mail through a server.

use std::time::Duration;

use futures::future::BoxFuture;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};

use super::{Error, Transport};

/// How long the server may take for each step.
const TIMEOUT: Duration = Duration::from_secs(20);

pub(super) struct Smtp(AsyncSmtpTransport<Tokio1Executor>);

impl Smtp {
    /// By an address such as `smtps://user:password@host`.
    pub(super) fn new(url: &SecretString) -> Result<Self, Error> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret())?;
        Ok(Self(builder.timeout(Some(TIMEOUT)).build()))
    }
}

impl Transport for Smtp {
    fn send(&self, message: Message) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            AsyncTransport::send(&self.0, message).await?;
            Ok(())
        })
    }
}
