//! Asks the provider, with limits: it is another machine, and machines fail.

use std::pin::Pin;
use std::time::Duration;

use anyhow::Context as _;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use reqwest::redirect;

use super::ProviderLimits;

/// Connecting is what fails when a machine is gone; no need to wait for that as long as for an answer.
const CONNECT: Duration = Duration::from_secs(5);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum HttpError {
    #[error("no answer")]
    NoAnswer(#[source] reqwest::Error),
    #[error("an answer of more than {0} bytes")]
    TooLarge(usize),
    #[error("an odd answer")]
    Odd(#[source] axum::http::Error),
}

/// See above.
pub(super) struct Http {
    client: reqwest::Client,
    limits: ProviderLimits,
}

impl Http {
    /// With `https_only` nothing goes over the wire that others can read, whatever address the provider
    /// names.
    pub(super) fn new(limits: ProviderLimits, https_only: bool) -> anyhow::Result<Self> {
        crate::tls::install();
        let client = reqwest::Client::builder()
            .https_only(https_only)
            // A code or a token goes where the provider said, and nowhere else.
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT.min(limits.time))
            .timeout(limits.time)
            .user_agent(concat!("Ondeck/", env!("CARGO_PKG_VERSION")))
            .build()
            .context("cannot prepare sign-in\nhint: are the system's CA certificates installed?")?;
        Ok(Self { client, limits })
    }

    /// One request.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = reqwest::Request::try_from(request).map_err(HttpError::NoAnswer)?;
        let mut answer = self.client.execute(request).await.map_err(HttpError::NoAnswer)?;
        let mut made = axum::http::Response::builder().status(answer.status());
        if let Some(headers) = made.headers_mut() {
            *headers = std::mem::take(answer.headers_mut());
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(HttpError::NoAnswer)? {
            if body.len() + chunk.len() > self.limits.bytes {
                return Err(HttpError::TooLarge(self.limits.bytes));
            }
            body.extend_from_slice(&chunk);
        }
        made.body(body).map_err(HttpError::Odd)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
