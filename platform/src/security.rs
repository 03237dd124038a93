//! What whoever watches over security sees: one structured line for each failed or refused attempt, of the target
//! `security`, and a counter.
//!
//! A line never names anybody. Names and accounts are keyed hashes, the same in every service, so that lines about one
//! of them are found together; of an address only its network is told. Of each event so many lines are written in a
//! minute and no more, so that an attack doesn't fill the disk; the next line tells how many were left out.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

use crate::Clock;
use crate::config::Key;
use crate::extract::{ClientAddress, ClientAddressHeader};
use crate::problem::Refused;
use crate::rate_limit::Limit;
use crate::telemetry::SECURITY_EVENTS;
use crate::token::Verifier;

/// How many bytes of a keyed hash are written: enough to tell people apart.
const HASH_BYTES: usize = 9;

macro_rules! events {
    ($($(#[$doc:meta])* $event:ident = $name:literal,)+) => {
        /// What happened. The names are stable; `docs/operating.md` lists them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Event { $($(#[$doc])* $event,)+ }

        impl Event {
            /// All there are.
            pub const ALL: &'static [Self] = &[$(Self::$event,)+];

            /// As lines and metrics name it.
            pub fn name(self) -> &'static str {
                match self { $(Self::$event => $name,)+ }
            }
        }
    };
}

events! {
    /// A log-in with a name and a password that don't belong together.
    LogInFailed = "log-in-failed",
    /// A log-in that wasn't looked at, because there were too many.
    LogInThrottled = "log-in-throttled",
    /// Somebody who is signed in gave a wrong password where it is asked for once more.
    PasswordRefused = "password-refused",
    /// The same, not looked at, because there were too many.
    PasswordThrottled = "password-throttled",
    /// An account has another password.
    PasswordChanged = "password-changed",
    /// A link to another address was asked for.
    EmailChangeRequested = "email-change-requested",
    /// An account has another address.
    EmailChanged = "email-changed",
    /// A link to a new password was asked for.
    ResetRequested = "reset-requested",
    /// The same, and no mail was sent, because there were too many.
    ResetThrottled = "reset-throttled",
    /// A new password was set by a link.
    ResetUsed = "reset-used",
    /// The link of a mail that isn't good, or not any more.
    LinkRefused = "link-refused",
    /// A sign-up that wasn't looked at, because there were too many.
    SignUpThrottled = "sign-up-throttled",
    /// An access or refresh token that is forged, expired or revoked.
    TokenRefused = "token-refused",
    /// A refresh token was used again; its session is revoked.
    RefreshReused = "refresh-reused",
    /// A request from a page of another origin.
    OriginRefused = "origin-refused",
    /// Somebody may not do what they tried.
    AccessRefused = "access-refused",
    /// An address or an account made too many requests.
    RateLimited = "rate-limited",
    /// A socket wasn't let in.
    SocketRefused = "socket-refused",
}

/// Where security events are written. Cheap to clone; clones count together.
#[derive(Clone)]
pub struct SecurityLog(Arc<Inner>);

struct Inner {
    key: hmac::Key,
    lines: Limit<&'static str>,
    left_out: Box<[AtomicU64]>,
    clock: Clock,
}

impl SecurityLog {
    /// Hashes with a key derived from `key`, which services that write about the same people share, and writes at most
    /// `lines` of each event in a minute.
    pub fn new(key: &Key, lines: u32, clock: Clock) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, key.expose());
        let derived = hmac::sign(&root, b"echo security log");
        Self(Arc::new(Inner {
            key: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()),
            lines: Limit::new("security", lines.max(1)),
            left_out: Event::ALL.iter().map(|_| AtomicU64::new(0)).collect(),
            clock,
        }))
    }

    /// Begins a line; [`Line::write`] writes it.
    pub fn event(&self, event: Event) -> Line<'_> {
        Line {
            log: self,
            event,
            name: None,
            account: None,
            address: None,
            reason: None,
            route: None,
        }
    }

    /// The keyed hash by which lines tell `text` from others of its kind.
    pub fn hash(&self, kind: &str, text: &str) -> String {
        let mut context = hmac::Context::with_key(&self.0.key);
        for part in [kind, text] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        URL_SAFE_NO_PAD.encode(&context.sign().as_ref()[..HASH_BYTES])
    }
}

/// A line that isn't written yet.
#[must_use]
pub struct Line<'a> {
    log: &'a SecurityLog,
    event: Event,
    name: Option<String>,
    account: Option<String>,
    address: Option<IpAddr>,
    reason: Option<&'a str>,
    route: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// With the username or the address that was given. Only its hash is written.
    pub fn name(mut self, name: impl std::fmt::Display) -> Self {
        self.name = Some(self.log.hash("name", &name.to_string()));
        self
    }

    /// With the account that it is about. Only its hash is written.
    pub fn account(mut self, account: impl std::fmt::Display) -> Self {
        self.account = Some(self.log.hash("account", &account.to_string()));
        self
    }

    /// With where the attempt came from. Only the network is written.
    pub fn address(mut self, address: Option<IpAddr>) -> Self {
        self.address = address;
        self
    }

    /// With one of a few stable words for why.
    pub fn reason(mut self, reason: &'a str) -> Self {
        self.reason = Some(reason);
        self
    }

    /// With the route as the router knows it.
    pub fn route(mut self, route: &'a str) -> Self {
        self.route = Some(route);
        self
    }

    /// Counts the event, and writes the line unless there were too many of its kind.
    pub fn write(self) {
        let Inner {
            lines,
            left_out,
            clock,
            ..
        } = &*self.log.0;
        let event = self.event.name();
        metrics::counter!(SECURITY_EVENTS, "event" => event).increment(1);
        let left_out = &left_out[self.event as usize];
        if lines.take(event, clock.now().timestamp_micros()).wait.is_some() {
            left_out.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let left_out = left_out.swap(0, Ordering::Relaxed);
        tracing::info!(
            target: "security",
            event,
            reason = self.reason,
            name.hash = self.name,
            account.hash = self.account,
            address.prefix = ClientAddress(self.address).prefix(),
            http.route = self.route,
            left_out = (left_out > 0).then_some(left_out),
            "security event"
        );
    }
}

/// What [`watch`] needs.
#[derive(Clone)]
pub struct Watch {
    /// Where lines go.
    pub log: SecurityLog,
    /// Tells whose a token is.
    pub verifier: Verifier,
    /// Tells where a request comes from.
    pub header: ClientAddressHeader,
}

/// A layer, by `from_fn_with_state`: writes a line about each answer that refuses for the sake of security. What a
/// handler knows more about, it writes itself. Outermost, so that refusals by other layers are covered too.
pub async fn watch(State(watch): State<Watch>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    // The little that a line needs, should there be one.
    let address = watch.header.address(&parts);
    let route = parts.extensions.get::<MatchedPath>().cloned();
    let authorization = parts.headers.get(AUTHORIZATION).cloned();
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(refused) = response.extensions().get::<Refused>() else {
        return response;
    };
    let Some(event) = event_of(response.status(), refused) else {
        return response;
    };
    let mut line = watch.log.event(event).address(address).reason(refused.reason());
    if let Some(account) = authorization.and_then(|value| watch.verifier.account(&value)) {
        line = line.account(account);
    }
    match &route {
        Some(route) => line.route(route.as_str()).write(),
        None => line.write(),
    }
    response
}

/// What a refusal is to whoever watches; nothing, where it is usual, or where the handler has written of it.
fn event_of(status: StatusCode, refused: &Refused) -> Option<Event> {
    match (status, refused.code()) {
        (StatusCode::UNAUTHORIZED, "missing-token" | "missing-refresh-token" | "wrong-credentials")
        | (StatusCode::FORBIDDEN, "wrong-password") => None,
        (StatusCode::UNAUTHORIZED, _) => Some(Event::TokenRefused),
        (StatusCode::FORBIDDEN, "origin-not-allowed") => Some(Event::OriginRefused),
        (StatusCode::FORBIDDEN, _) => Some(Event::AccessRefused),
        // Only the limit of requests gives a reason; other limits have events of their own.
        (StatusCode::TOO_MANY_REQUESTS, code) if refused.reason() != code => Some(Event::RateLimited),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(key: u8) -> SecurityLog {
        SecurityLog::new(&Key::new([key; 32]), 2, Clock::fixed(crate::clock::now()))
    }

    #[test]
    fn hash_is_one_for_who_has_the_key_and_tells_kinds_apart() {
        let hash = log(1).hash("name", "ann@example.org");
        assert_eq!(log(1).hash("name", "ann@example.org"), hash);
        assert_ne!(log(2).hash("name", "ann@example.org"), hash);
        assert_ne!(log(1).hash("account", "ann@example.org"), hash);
        assert_eq!(hash.len(), 12);
    }

    #[test]
    fn operators_are_told_of_every_event() {
        let text = include_str!("../../docs/operating.md");
        for event in Event::ALL {
            let row = format!("| `{}` |", event.name());
            assert!(text.contains(&row), "docs/operating.md has no row {row}");
        }
    }

    #[test]
    fn usual_refusals_and_those_with_lines_of_their_own_are_left_to_others() {
        let event = |status: u16, code: &'static str, reason| {
            let refused = Refused::new(code.into(), reason);
            event_of(StatusCode::from_u16(status).unwrap(), &refused)
        };
        assert_eq!(event(401, "missing-token", None), None);
        assert_eq!(event(401, "wrong-credentials", None), None);
        assert_eq!(event(403, "wrong-password", None), None);
        assert_eq!(event(404, "post-not-found", None), None);
        assert_eq!(event(429, "too-many-requests", None), None);
        let limited = event(429, "too-many-requests", Some("account"));
        assert_eq!(limited, Some(Event::RateLimited));
        let forged = event(401, "invalid-token", Some("signature"));
        assert_eq!(forged, Some(Event::TokenRefused));
        assert_eq!(event(401, "session-ended", None), Some(Event::TokenRefused));
        let origin = event(403, "origin-not-allowed", None);
        assert_eq!(origin, Some(Event::OriginRefused));
        assert_eq!(event(403, "not-author", None), Some(Event::AccessRefused));
    }
}
