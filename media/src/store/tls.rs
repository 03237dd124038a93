//! TLS for the stores that are reached over the network.

use rustls::crypto::{CryptoProvider, ring};

/// Makes `ring` the cryptography of TLS, unless the process has chosen before: `reqwest` brings none along here.
pub(super) fn ensure_provider() {
    if CryptoProvider::get_default().is_none() && ring::default_provider().install_default().is_err() {
        tracing::debug!("somebody else chose the cryptography of TLS at the same moment");
    }
}
