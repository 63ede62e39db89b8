//! Reads the body of a request, within limits of size and time.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::header;
use futures_util::StreamExt as _;
use tokio::time::timeout;

use crate::error::ApiError;

/// Largest request body: 1 MB of text is up to 3 MB of UTF-8, and JSON escapes some of it.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
/// How long a body may take to arrive. A deck of the usual size needs 1 s on a bad line.
const BODY_TIME: Duration = Duration::from_secs(30);
/// Of a body that is too large, so much is read and thrown away: a client that is still writing
/// when the connection closes never sees the answer.
const THROWN_AWAY_BYTES: usize = 64 * 1024 * 1024;

/// A whole body.
pub(crate) struct WholeBody(pub(crate) Bytes);

impl<S: Sync> FromRequest<S> for WholeBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let read = read_at_most(request, MAX_BODY_BYTES, BODY_TIME, too_large_error);
        read.await.map(Self)
    }
}

/// The whole body of a request, when it is no larger than this and arrives in time.
///
/// # Errors
/// [`ApiError::TooSlow`], or what is said of one that is too large.
pub(crate) async fn read_at_most(
    request: Request,
    most: usize,
    within: Duration,
    too_large: fn() -> ApiError,
) -> Result<Bytes, ApiError> {
    let headers = request.headers();
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let announced = length.and_then(|length| length.parse::<u64>().ok());
    // It has not begun to send, and will not when it is refused now (RFC 9110, 10.1.1).
    if announced.is_some_and(|length| length > most as u64) && headers.contains_key(header::EXPECT)
    {
        return Err(too_large());
    }
    let body = timeout(within, read(request.into_body(), most)).await;
    body.unwrap_or(Err(ApiError::TooSlow))?.ok_or_else(too_large)
}

/// `None` when it is larger.
async fn read(body: Body, most: usize) -> Result<Option<Bytes>, ApiError> {
    let mut chunks = body.into_data_stream();
    let mut whole = Vec::new();
    let mut length = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| ApiError::BadRequest("the body ended early".into()))?;
        length += chunk.len();
        if length <= most {
            whole.extend_from_slice(&chunk);
        } else if length <= THROWN_AWAY_BYTES {
            whole = Vec::new();
        } else {
            break;
        }
    }
    Ok((length <= most).then(|| whole.into()))
}

fn too_large_error() -> ApiError {
    ApiError::TooLarge(
        "a request holds at most 4 MB, and a deck at most 1 MB of text; make several decks".into(),
    )
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn request(chunk: usize, chunks: usize) -> Request {
        let chunk = Bytes::from(vec![b'x'; chunk]);
        let chunks = stream::iter(vec![chunk; chunks]).map(Ok::<_, std::io::Error>);
        Request::new(Body::from_stream(chunks))
    }

    #[tokio::test]
    async fn a_body_up_to_the_limit_is_read_and_a_larger_one_is_explained() {
        let WholeBody(body) =
            WholeBody::from_request(request(MAX_BODY_BYTES / 4, 4), &()).await.unwrap();
        assert_eq!(body.len(), MAX_BODY_BYTES);
        for chunks in [5, 1_000] {
            let refused = WholeBody::from_request(request(MAX_BODY_BYTES / 4, chunks), &()).await;
            assert!(matches!(refused, Err(ApiError::TooLarge(_))));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_halfway_is_given_up() {
        let begun = stream::iter([Ok::<_, std::io::Error>("half")]).chain(stream::pending());
        let refused = WholeBody::from_request(Request::new(Body::from_stream(begun)), &()).await;
        assert!(matches!(refused, Err(ApiError::TooSlow)));
    }
}
