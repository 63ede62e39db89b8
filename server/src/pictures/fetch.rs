//! Brings a picture in by its address, asked by somebody who should not thereby reach what only this
//! server can reach.
//!
//! Only https, only to port 443 of a host that has a name, and only to public addresses. Names are resolved
//! by [`Guarded`], and the client connects to the addresses that came out of it and no others: a name that
//! means something else a moment later changes nothing.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Url, header};

use super::addresses::is_public;
use super::take_in::MOST_BYTES;

/// Redirects that are followed: from a short address to the real one, and to where its files are.
const MOST_REDIRECTS: usize = 3;
/// All of it: somebody waits.
const WITHIN: Duration = Duration::from_secs(5);

/// Why a picture was not brought in, in words for whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FetchError {
    /// The address is not one that is asked.
    #[error("{0}")]
    Address(&'static str),
    /// Its server is not on the public internet.
    #[error("the address leads to a network that is not public")]
    NotPublic,
    /// Its server answers otherwise.
    #[error("the address answers with {0}, not with a picture")]
    Answer(u16),
    /// It leads on and on.
    #[error("the address leads to another one more than {MOST_REDIRECTS} times")]
    Redirects,
    /// It is too large.
    #[error("a picture holds at most 10 MB, this one has more")]
    TooLarge,
    /// It does not answer, or not in time.
    #[error("the address does not answer; download the picture and add it from your device")]
    Silent,
}

/// Finds the addresses of a host.
pub(crate) type Lookup =
    Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// Asks for pictures.
#[derive(Clone)]
pub(crate) struct Fetcher {
    client: Client,
}

impl Fetcher {
    /// As this machine resolves names and trusts certificates.
    ///
    /// # Errors
    /// When the certificates of this machine cannot be read.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let lookup: Lookup = Arc::new(|host| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((host, 443)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        });
        // Port 0 is the one of the scheme.
        Self::with(Client::builder(), lookup, |address| SocketAddr::new(address, 0))
    }

    /// With another way to resolve names, and to reach addresses that were allowed: for tests, which have
    /// no public address.
    fn with(
        client: ClientBuilder,
        lookup: Lookup,
        reach: fn(IpAddr) -> SocketAddr,
    ) -> anyhow::Result<Self> {
        crate::tls::install();
        let client = client
            .dns_resolver(Guarded { lookup, reach })
            .https_only(true)
            .redirect(Policy::none())
            .referer(false)
            .no_proxy()
            .timeout(WITHIN)
            .pool_max_idle_per_host(0)
            .user_agent(concat!("Ondeck/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self {
            client: client.context("cannot prepare to bring in pictures by their addresses")?,
        })
    }

    /// The bytes at an address.
    ///
    /// # Errors
    /// Why there are none.
    pub(crate) async fn fetch(&self, url: &str) -> Result<Bytes, FetchError> {
        let fetched = tokio::time::timeout(WITHIN, self.follow(url)).await;
        fetched.unwrap_or(Err(FetchError::Silent))
    }

    async fn follow(&self, url: &str) -> Result<Bytes, FetchError> {
        let mut url = Url::parse(url).map_err(|_| FetchError::Address("this is not an address"))?;
        for _ in 0..=MOST_REDIRECTS {
            check(&url)?;
            let request = self.client.get(url.clone()).header(header::ACCEPT, "image/*");
            let answer = request.send().await.map_err(|error| silent(&error))?;
            if !answer.status().is_redirection() {
                return body(answer).await;
            }
            let next = answer.headers().get(header::LOCATION).and_then(|next| next.to_str().ok());
            let next = next.and_then(|next| url.join(next).ok());
            url = next.ok_or(FetchError::Answer(answer.status().as_u16()))?;
        }
        Err(FetchError::Redirects)
    }
}

/// Refuses an address before anything is asked.
fn check(url: &Url) -> Result<(), FetchError> {
    let wrong = |words| Err(FetchError::Address(words));
    if url.scheme() != "https" {
        return wrong("only addresses that begin with https:// are brought in");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("an address with a name or password in it is not brought in");
    }
    if url.port_or_known_default() != Some(443) {
        return wrong("an address with a port of its own is not brought in");
    }
    match url.domain() {
        // A client asks no resolver for numbers.
        Some(name) if !name.trim_end_matches('.').is_empty() => Ok(()),
        _ => wrong("an address that names its server by numbers is not brought in"),
    }
}

async fn body(mut answer: reqwest::Response) -> Result<Bytes, FetchError> {
    if !answer.status().is_success() {
        return Err(FetchError::Answer(answer.status().as_u16()));
    }
    let mut whole = BytesMut::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| silent(&error))? {
        if whole.len() + piece.len() > MOST_BYTES {
            return Err(FetchError::TooLarge);
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

fn silent(error: &reqwest::Error) -> FetchError {
    tracing::debug!(?error, "a picture could not be brought in");
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(this) = cause {
        if this.is::<NotPublic>() {
            return FetchError::NotPublic;
        }
        cause = this.source();
    }
    FetchError::Silent
}

/// A name that leads, also, to an address that is not public.
#[derive(Debug, thiserror::Error)]
#[error("not a public address")]
struct NotPublic;

/// Resolves names to public addresses. One that is not, among those of a name, refuses the name: who has
/// both wants to be asked twice.
struct Guarded {
    lookup: Lookup,
    reach: fn(IpAddr) -> SocketAddr,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, reach) = (Arc::clone(&self.lookup), self.reach);
        Box::pin(async move {
            let found = lookup(name.as_str().to_owned()).await?;
            if !found.iter().all(|address| is_public(*address)) {
                return Err(NotPublic.into());
            }
            Ok(Box::new(found.into_iter().map(reach)) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
