//! Where a sign-in comes from, as the list of sessions shows it.

use std::net::IpAddr;

use axum::extract::FromRequestParts;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use events::session::Device;
use platform::extract::ClientAddress;
use platform::trace::TraceParent;

use super::cookie;
use crate::app::App;
use crate::handlers::session::Origin;
use crate::limits::Source;

/// Long enough to tell one browser from another.
const USER_AGENT_LIMIT: usize = 200;

impl FromRequestParts<App> for Origin {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let ClientAddress(address) = ClientAddress::from_request_parts(parts, app).await?;
        let trace = TraceParent::from_request_parts(parts, app).await?;
        let user_agent = parts
            .headers
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let user_agent = user_agent
            .chars()
            .filter(|c| !c.is_control())
            .take(USER_AGENT_LIMIT)
            .collect();
        Ok(Self {
            device: Device {
                user_agent,
                address_prefix: address.map(prefix).unwrap_or_default(),
            },
            source: Source::new(address),
            refresh_token: cookie::refresh_token(app, &parts.headers),
            trace,
        })
    }
}

/// The network and not the host: three bytes of an IPv4 address, six of an IPv6 one.
fn prefix(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_network_of_an_address_is_kept() {
        assert_eq!(prefix("192.0.2.77".parse().unwrap()), "192.0.2");
        assert_eq!(prefix("2001:db8:7:8::9".parse().unwrap()), "2001:db8:7");
        assert_eq!(prefix("::ffff:192.0.2.77".parse().unwrap()), "192.0.2");
    }
}
