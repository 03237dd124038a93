//! Where a sign-in comes from, as the list of sessions shows it.

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
                address_prefix: ClientAddress(address).prefix().unwrap_or_default(),
            },
            source: Source::new(address),
            refresh_token: cookie::refresh_token(app, &parts.headers),
            trace,
        })
    }
}
