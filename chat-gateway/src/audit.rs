//! Lines that the gateway writes for those who watch over security.

use axum::http::StatusCode;
use events::AccountId;
use platform::Problem;
use platform::security::Event;

use crate::app::Gateway;
use crate::frames::Socket;

impl Gateway {
    /// Writes of a socket that isn't let in, unless it is the server that has no room.
    pub(crate) fn audit_connect(&self, socket: &Socket, problem: &Problem) {
        if problem.status().is_client_error() {
            let address = self.address_header.address(socket.req_parts());
            let line = self.security.event(Event::SocketRefused);
            line.address(address).reason(problem.reason()).write();
        }
    }

    /// Writes of what somebody who is connected may not do.
    pub(crate) fn audit_request(&self, account: AccountId, name: &'static str, problem: &Problem) {
        let event = match problem.status() {
            StatusCode::FORBIDDEN => Event::AccessRefused,
            StatusCode::UNAUTHORIZED => Event::TokenRefused,
            _ => return,
        };
        let line = self.security.event(event).account(account);
        line.route(name).reason(problem.reason()).write();
    }
}
