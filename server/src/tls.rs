//! The one TLS library for what the server asks of others.

/// Makes ring the cryptography of rustls in this process: whoever builds an HTTP client calls this first.
pub(crate) fn install() {
    // It fails when somebody did so before, and then all is well.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
