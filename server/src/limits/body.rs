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
        let headers = request.headers();
        let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        let too_large = length
            .and_then(|length| length.parse::<u64>().ok())
            .is_some_and(|length| length > MAX_BODY_BYTES as u64);
        // It has not begun to send, and will not when it is refused now (RFC 9110, 10.1.1).
        if too_large && headers.contains_key(header::EXPECT) {
            return Err(too_large_error());
        }
        let body = timeout(BODY_TIME, read(request.into_body())).await;
        body.unwrap_or(Err(ApiError::TooSlow)).map(Self)
    }
}

async fn read(body: Body) -> Result<Bytes, ApiError> {
    let mut chunks = body.into_data_stream();
    let mut whole = Vec::new();
    let mut length = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| ApiError::BadRequest("the body ended early".into()))?;
        length += chunk.len();
        if length <= MAX_BODY_BYTES {
            whole.extend_from_slice(&chunk);
        } else if length <= THROWN_AWAY_BYTES {
            whole = Vec::new();
        } else {
            break;
        }
    }
    if length <= MAX_BODY_BYTES { Ok(whole.into()) } else { Err(too_large_error()) }
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
