//! What a failed request answers: `application/problem+json` (RFC 9457).

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::hub::JoinError;
use crate::store::StoreError;

/// Every way in which a request can fail.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 400: what is wrong with the request, in words for its author.
    #[error("{0}")]
    BadRequest(String),
    /// 403: the page that sent it is not ours.
    #[error("requests from {0} are not allowed")]
    ForeignOrigin(String),
    /// 403: this machine is not known under that name.
    #[error("this server is not known as `{0}`; see `--public-url`")]
    ForeignHost(String),
    /// 404.
    #[error("there is no such deck")]
    NoDeck,
    /// 404.
    #[error("there is nothing at this address")]
    NotFound,
    /// 405.
    #[error("this address does not take that method")]
    WrongMethod,
    /// 408.
    #[error("the request took too long to arrive; send it again")]
    TooSlow,
    /// 413.
    #[error("{0}")]
    TooLarge(String),
    /// 429.
    #[error("too many decks were made from your address; try again in {} s", seconds(*.retry_after))]
    TooManyDecks {
        /// How long to wait.
        retry_after: Duration,
    },
    /// 429.
    #[error(
        "too many decks are open from your address; close some, or ask the operator of this \
         server for more (`--connections-per-address`)"
    )]
    TooManyConnections,
    /// 431.
    #[error(
        "the address and the headers of a request hold at most 16 KB; delete the cookies of this site"
    )]
    HeadersTooLarge,
    /// 503.
    #[error("the server is shutting down")]
    Stopping,
    /// 500; the detail is for the log only.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<JoinError> for ApiError {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::NoDeck => Self::NoDeck,
            JoinError::Store(error) => Self::Store(error),
            JoinError::Stopping => Self::Stopping,
        }
    }
}

/// Whole seconds, rounded up: who waits so long does not come too early.
fn seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::ForeignOrigin(_) | Self::ForeignHost(_) => StatusCode::FORBIDDEN,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoDeck | Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyDecks { .. } | Self::TooManyConnections => StatusCode::TOO_MANY_REQUESTS,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// When it may be tried again, if that is known.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyDecks { retry_after } => Some(*retry_after),
            _ => None,
        }
    }

    fn public_detail(&self) -> String {
        match self {
            Self::Store(_) => "the server could not read or store the deck; try again".to_owned(),
            other => other.to_string(),
        }
    }
}

#[derive(Serialize)]
struct Problem {
    title: &'static str,
    status: u16,
    detail: String,
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Store(error) = &self {
            tracing::error!(%error, "request failed");
        }
        let status = self.status();
        let retry_after = self.retry_after();
        let title = status.canonical_reason().unwrap_or("Error");
        let problem = Problem { title, status: status.as_u16(), detail: self.public_detail() };
        let mut response = (status, Json(problem)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if let Some(time) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds(time).into());
        }
        response
    }
}
