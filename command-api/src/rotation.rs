//! Another master key: wrapping everybody's key anew, beside the running services.

use events::{Keyring, Rotation};

use crate::config::RotateConfig;
use crate::run::Error;

/// What the command is called on NATS.
const NAME: &str = "rotate-keys";

/// Wraps every person's key under the first of the configured master keys, until a pass through all finds none under
/// another. Broken off, it goes on where it was when it is run again.
///
/// # Errors
/// If NATS can't be reached, or a key is under a master key that isn't among the configured ones.
pub async fn rotate_keys(config: &RotateConfig) -> Result<(), Error> {
    let client = events::connect(&config.nats.connection(NAME), |_| {}).await;
    let client = client.map_err(|source| Error::Connect {
        url: config.nats.nats_url.clone(),
        source,
    })?;
    let jetstream = async_nats::jetstream::new(client);
    let keyring = Keyring::open(&jetstream, &config.nats.namespace, config.master_keys.clone()).await;
    let keyring = keyring.map_err(|error| Error::NotProvisioned(error.into()))?;
    for pass in 1.. {
        let done = keyring.rotate(|so_far| tell("wrapping", pass, so_far)).await?;
        tell("passed through all keys", pass, &done);
        if done.rewrapped == 0 {
            break;
        }
    }
    tracing::info!("every key is under the first master key; the others are needed no more");
    Ok(())
}

fn tell(what: &str, pass: u32, rotation: &Rotation) {
    tracing::info!(
        pass,
        keys.rewrapped = rotation.rewrapped,
        keys.current = rotation.current,
        keys.erased = rotation.erased,
        "{what}"
    );
}
