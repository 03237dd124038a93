//! Small HTTP requests to servers on this machine.
use std::time::Duration;

use anyhow::Result;

/// The status and the body of an address.
pub(crate) fn get(address: &str) -> Result<(u16, String)> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(2)))
        .http_status_as_error(false)
        // Whatever proxy the machine uses for the world, these servers are here.
        .proxy(None)
        .build()
        .into();
    let mut answer = agent.get(address).call()?;
    let body = answer.body_mut().read_to_string()?;
    Ok((answer.status().as_u16(), body))
}
