//! Sign-in with OpenID Connect: people prove to a provider who they are, and the provider tells us.
//!
//! Authorization code with PKCE, state and nonce; one issuer, and somebody is issuer and subject.

mod claims;
mod http;
mod provider;
pub(crate) mod return_to;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use openidconnect::url::Url;

use provider::Provider;

pub(crate) use provider::{Begun, CameBack};

/// What the operator says of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcOptions {
    /// Its address, as it calls itself.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// The file with what proves to it that we are we; public clients have none.
    pub client_secret_file: Option<PathBuf>,
    /// What we want to know of people, separated by spaces.
    pub scopes: String,
    /// Where it says which groups somebody is in.
    pub groups_claim: String,
    /// Who is in one of these is a member; without any, everybody who signs in is.
    pub member_groups: Vec<String>,
    /// Who is in one of these owns every deck.
    pub admin_groups: Vec<String>,
    /// How long it may take, and how much it may say.
    pub limits: ProviderLimits,
}

impl OidcOptions {
    /// With everything else as it usually is.
    pub fn new(issuer: String, client_id: String) -> Self {
        Self {
            issuer,
            client_id,
            client_secret_file: None,
            scopes: "openid profile email".to_owned(),
            groups_claim: "groups".to_owned(),
            member_groups: Vec::new(),
            admin_groups: Vec::new(),
            limits: ProviderLimits::default(),
        }
    }
}

/// What one answer of the provider may take. Somebody waits in front of a blank page meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderLimits {
    /// From the connection to the last byte.
    pub time: Duration,
    /// Size of the body.
    pub bytes: usize,
}

impl Default for ProviderLimits {
    fn default() -> Self {
        // Documents of large providers are some 10 KB; a person of a thousand groups needs 100 KB.
        Self { time: Duration::from_secs(10), bytes: 1024 * 1024 }
    }
}

/// Why somebody could not be signed in. The text is for the log alone.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    /// The provider does not answer, or in a way that makes no sense.
    #[error("the provider cannot be asked: {0}")]
    Provider(String),
    /// What came back does not prove anything.
    #[error("{0}")]
    Refused(String),
}

impl SignInError {
    fn provider(error: &(dyn std::error::Error + 'static)) -> Self {
        Self::Provider(chain(error))
    }
}

/// An error and its causes in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Signs people in.
pub(crate) struct Oidc {
    provider: Provider,
}

impl Oidc {
    /// Checks what the operator said. The provider is not asked before somebody signs in: it may be
    /// down while we start.
    pub(crate) fn new(options: OidcOptions) -> anyhow::Result<Self> {
        let url = &options.issuer;
        let issuer = Url::parse(url).with_context(|| format!("the issuer `{url}` is not a URL"))?;
        if !is_safe(&issuer) {
            bail!(
                "sign-in with `{url}` could be listened to\n\
                 hint: the issuer is an https URL; http is for tests on this machine"
            );
        }
        let secret = options.client_secret_file.as_deref().map(|path| {
            let shown = path.display();
            let secret = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the client secret {shown}"))?;
            // Editors end files with a line end.
            let secret = secret.trim();
            if secret.is_empty() {
                bail!("the file of the client secret {shown} is empty");
            }
            Ok(secret.to_owned())
        });
        Ok(Self { provider: Provider::new(options, secret.transpose()?)? })
    }

    /// Sends somebody to the provider, which sends them back to `redirect`.
    pub(crate) async fn begin(&self, redirect: &str) -> Result<Begun, SignInError> {
        self.provider.begin(redirect).await
    }

    /// Somebody is back: who they are.
    pub(crate) async fn finish(
        &self,
        back: CameBack<'_>,
    ) -> Result<crate::store::access::SignedIn, SignInError> {
        self.provider.finish(back).await
    }
}

/// Nobody between us and this address can listen.
fn is_safe(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let here = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    url.scheme() == "https" || url.scheme() == "http" && (here || host == "localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(issuer: &str, secret: Option<&str>) -> anyhow::Result<Oidc> {
        let dir = tempfile::tempdir()?;
        let mut options = OidcOptions::new(issuer.to_owned(), "ondeck".to_owned());
        if let Some(secret) = secret {
            let path = dir.path().join("secret");
            std::fs::write(&path, secret)?;
            options.client_secret_file = Some(path);
        }
        Oidc::new(options)
    }

    #[test]
    fn a_provider_is_asked_over_tls_unless_it_runs_on_this_machine() {
        for issuer in ["https://id.example.org/realms/a", "http://127.0.0.1:1", "http://[::1]:1"] {
            assert!(made(issuer, None).is_ok(), "{issuer}");
        }
        for issuer in ["http://id.example.org", "http://127.0.0.1.example.org", "ftp://x", "id", ""]
        {
            assert!(made(issuer, None).is_err(), "{issuer}");
        }
    }

    #[test]
    fn a_secret_is_what_stands_in_its_file() {
        assert!(made("http://127.0.0.1:1", Some("hush\n")).is_ok());
        assert!(made("http://127.0.0.1:1", Some(" \n")).is_err());
        let mut options = OidcOptions::new("http://127.0.0.1:1".into(), "ondeck".into());
        options.client_secret_file = Some("/nowhere".into());
        assert!(Oidc::new(options).is_err());
    }
}
