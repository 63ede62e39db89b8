//! Whether the way to the database is encrypted, and whom the database has to be vouched for by.

use anyhow::Context as _;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::ConfigVerifierExt as _;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// What a URL says of TLS in words of libpq that `tokio_postgres` does not know, and the rest of it.
pub(super) struct Asked {
    /// The URL without them, in which encryption stands when it is to be.
    pub(super) url: String,
    /// `sslrootcert`: a file with the certificates to trust, in place of the system's.
    roots: Option<String>,
}

impl Asked {
    /// Reads a URL. A certificate is looked at whenever there has to be one, so `require` is as much
    /// as `verify-full`. On the way to another machine there is encryption unless the URL has
    /// `sslmode=disable`: with "prefer", whoever stands in between could say that there is none.
    pub(super) fn of(url: &str) -> Self {
        let (start, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut roots, mut kept) = (None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslrootcert", path)) => roots = Some(path.to_owned()),
                Some(("sslmode", "verify-full" | "verify-ca")) => kept.push("sslmode=require"),
                _ => kept.push(pair),
            }
        }
        let joined = |kept: &[&str]| match kept {
            [] => start.to_owned(),
            kept => format!("{start}?{}", kept.join("&")),
        };
        // Of words that stand there twice the last one holds.
        if joined(&kept).parse::<Config>().is_ok_and(|config| is_wanted(&config)) {
            kept.push("sslmode=require");
        }
        Self { url: joined(&kept), roots }
    }

    /// How to encrypt, if it is to be.
    ///
    /// # Errors
    /// When there is nobody to trust.
    pub(super) fn config(&self, config: &Config) -> anyhow::Result<Option<ClientConfig>> {
        if !is_wanted(config) {
            return Ok(None);
        }
        crate::tls::install();
        let Some(path) = &self.roots else {
            return Ok(Some(ClientConfig::with_platform_verifier()?));
        };
        let mut roots = RootCertStore::empty();
        let cannot = || format!("cannot read the certificates in {path} (`sslrootcert`)");
        for certificate in CertificateDer::pem_file_iter(path).with_context(cannot)? {
            roots.add(certificate.with_context(cannot)?).with_context(cannot)?;
        }
        let builder = ClientConfig::builder().with_root_certificates(roots);
        Ok(Some(builder.with_no_client_auth()))
    }
}

/// How to connect to the database at a URL, and how to encrypt if that is to be.
///
/// # Errors
/// When the URL cannot be read, or there is nobody to trust; the message does not repeat the URL.
pub(crate) fn options(url: &str) -> anyhow::Result<(Config, Option<ClientConfig>)> {
    let asked = Asked::of(url);
    // What the parser says may quote the password.
    let config = asked.url.parse().ok().context(
        "the URL cannot be read\nhint: postgres://user:password@host:5432/name?sslmode=require",
    )?;
    let tls = asked.config(&config)?;
    Ok((config, tls))
}

/// Whether the database is on this machine, wherever of all that the URL names it is.
pub(crate) fn is_here(config: &Config) -> bool {
    let is_here = |host: &Host| match host {
        Host::Tcp(name) => crate::auth::is_loopback_name(name),
        Host::Unix(_) => true,
    };
    config.get_hosts().iter().all(is_here)
        && config.get_hostaddrs().iter().all(|address| address.is_loopback())
}

/// Nobody listens between a program and a database on the same machine, and what databases show there
/// is rarely a certificate that anybody signed: there it has to be asked for.
fn is_wanted(config: &Config) -> bool {
    match config.get_ssl_mode() {
        SslMode::Disable => false,
        SslMode::Prefer => !is_here(config),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: bool) {
        let config: Config = Asked::of(url).url.parse().unwrap();
        // A server that has no TLS is then refused, in place of spoken to in clear text.
        let is_required = config.get_ssl_mode() == SslMode::Require;
        assert_eq!((is_wanted(&config), is_required), (expected, expected), "{url}");
    }

    #[test]
    fn only_what_stays_on_the_machine_is_not_encrypted() {
        check("postgres://ada@db.example/x", true);
        check("postgres://ada@db.example/x?sslmode=prefer", true);
        check("postgres://ada@localhost/x?hostaddr=192.0.2.7", true);
        check("postgres://ada@db.example/x?sslmode=disable", false);
        check("postgres://ada@127.0.0.1/x", false);
        check("postgres://ada@[::1]/x", false);
        check("postgres://ada@localhost/x?sslmode=require", true);
        check("postgres://ada@localhost,db.example/x", true);
        check("postgres://ada@localhost/x?sslmode=verify-full&connect_timeout=3", true);
        check("postgres:///x?host=/run/postgresql", false);
    }

    #[test]
    fn words_of_libpq_are_understood() {
        let asked = Asked::of("postgres://ada@db/x?sslmode=verify-full&sslrootcert=/a.pem&user=b");
        let words = "sslmode=require&user=b&sslmode=require";
        assert_eq!(asked.url, format!("postgres://ada@db/x?{words}"));
        assert_eq!(asked.roots.as_deref(), Some("/a.pem"));
        assert_eq!(Asked::of("postgres://ada@[::1]/x").url, "postgres://ada@[::1]/x");
    }
}
