//! What a failed request answers: `application/problem+json` (RFC 9457).

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::hub::JoinError;
use crate::store::StoreError;

/// Another node acts when one is gone for this long.
const ANSWERED_WITHIN: Duration = Duration::from_secs(6);

/// Every way in which a request can fail.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 400: what is wrong with the request, in words for its author.
    #[error("{0}")]
    BadRequest(String),
    /// 401: only for those who signed in.
    #[error("sign in to do that")]
    SignIn,
    /// 401: the token is not the operator's.
    #[error("this token is not valid; `ondeck token` prints the one that is")]
    BadToken,
    /// 403: the deck is not for this visitor, or not for that.
    #[error("you have no access to this deck, or not enough for that")]
    NoAccess,
    /// 403: something else that is not for this visitor, in words.
    #[error("{0}")]
    Forbidden(String),
    /// 403: a browser that does not say which page it acts for.
    #[error("this request has a cookie and no `Origin`; send a bearer token instead")]
    NoOrigin,
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
    /// 404.
    #[error("this link has ended")]
    LinkEnded,
    /// 405.
    #[error("this address does not take that method")]
    WrongMethod,
    /// 408.
    #[error("the request took too long to arrive; send it again")]
    TooSlow,
    /// 409: what stands against it, in words.
    #[error("{0}")]
    Conflict(String),
    /// 413.
    #[error("{0}")]
    TooLarge(String),
    /// 415.
    #[error("{0}")]
    WrongKind(String),
    /// 422.
    #[error("{0}")]
    Unusable(String),
    /// 429: of what, in words.
    #[error("too many {what} from your address; try again in {} s", seconds(*.retry_after))]
    TooMany {
        /// Such as `decks were made`.
        what: &'static str,
        /// How long to wait.
        retry_after: Duration,
    },
    /// 429: from everybody who has the link.
    #[error("too much comes by this link; try again in {} s", seconds(*.retry_after))]
    LinkBusy {
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
    /// 503: another node would have the answer.
    #[error(
        "the server that would know does not answer; nothing is lost, try again in a few seconds"
    )]
    Unanswered,
    /// 500; what is wrong in here, for the log only.
    #[error("{0}")]
    Internal(String),
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
    /// As it stands in the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::SignIn | Self::BadToken => StatusCode::UNAUTHORIZED,
            Self::NoAccess
            | Self::Forbidden(_)
            | Self::NoOrigin
            | Self::ForeignOrigin(_)
            | Self::ForeignHost(_) => StatusCode::FORBIDDEN,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoDeck | Self::NotFound | Self::LinkEnded => StatusCode::NOT_FOUND,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::WrongKind(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unusable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany { .. } | Self::LinkBusy { .. } | Self::TooManyConnections => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Stopping | Self::Unanswered => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) | Self::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// When it may be tried again, if that is known.
    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooMany { retry_after, .. } | Self::LinkBusy { retry_after } => {
                Some(*retry_after)
            }
            Self::Unanswered => Some(ANSWERED_WITHIN),
            _ => None,
        }
    }

    fn public_detail(&self) -> String {
        match self {
            Self::Store(_) => "the server could not read or store the deck; try again".to_owned(),
            Self::Internal(_) => "something is wrong on the server; its log says what".to_owned(),
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
        if matches!(self, Self::Store(_) | Self::Internal(_)) {
            tracing::error!(error = %self, "request failed");
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
