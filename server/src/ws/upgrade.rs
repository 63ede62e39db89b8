//! From an HTTP request to a WebSocket.

use std::fmt::Display;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Request, header};
use axum::response::Response;
use collab::access::Role;
use collab::wire::{MAX_FRAME_BYTES, SUBPROTOCOL};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::{Role as Side, WebSocketConfig};

use crate::error::ApiError;
use crate::projector;

/// What is read at a time, and what every connection holds for that, also an idle one. Most
/// messages fit. (One that has sent a larger message keeps room for another such.)
const READ_BUFFER_BYTES: usize = 1024;

/// Largest message of one who only follows: the state vector of the largest deck. The library
/// keeps room for the largest message that came, and an address may have a thousand of these.
const MAX_FOLLOWER_FRAME_BYTES: usize = 64 * 1024;

/// Largest message of a viewer: a word and a few settings.
const MAX_VIEWER_MESSAGE_BYTES: usize = 1024;

/// A request that may become a WebSocket.
pub(crate) struct Upgrade {
    /// Whether the client speaks our subprotocol for decks.
    pub(crate) is_ondeck: bool,
    response: Response,
    upgraded: OnUpgrade,
}

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut request = Request::new(());
        *request.method_mut() = parts.method.clone();
        *request.version_mut() = parts.version;
        *request.headers_mut() = parts.headers.clone();
        let mut response = answer(&request)?.map(|()| Body::empty());
        let ours = [SUBPROTOCOL, projector::SUBPROTOCOL];
        let chosen = ours.into_iter().find(|ours| asks_for(&parts.headers, ours));
        let is_ondeck = chosen == Some(SUBPROTOCOL);
        if let Some(chosen) = chosen {
            let chosen = HeaderValue::from_static(chosen);
            response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, chosen);
        }
        let upgraded = parts.extensions.remove::<OnUpgrade>();
        let upgraded = upgraded.ok_or_else(|| bad("the connection cannot be upgraded"))?;
        Ok(Self { is_ondeck, response, upgraded })
    }
}

/// The answer to a handshake.
///
/// # Errors
/// [`ApiError::BadRequest`] to what is none.
pub(crate) fn answer<T>(request: &Request<T>) -> Result<axum::http::Response<()>, ApiError> {
    create_response_with_body(request, || ()).map_err(bad)
}

fn bad(why: impl Display) -> ApiError {
    ApiError::BadRequest(format!("this is a WebSocket: {why}"))
}

impl Upgrade {
    /// The answer, and the socket that is there once it was sent.
    pub(crate) fn accept(self, role: Role) -> (Response, impl Future<Output = Option<Socket>>) {
        (self.response, open(self.upgraded, config(most_bytes(role))))
    }

    /// The same for somebody who watches.
    pub(crate) fn accept_viewer(self) -> (Response, impl Future<Output = Option<Socket>>) {
        (self.response, open(self.upgraded, config(MAX_VIEWER_MESSAGE_BYTES)))
    }
}

/// A WebSocket of ours on its own TCP connection.
pub(crate) type Socket = WebSocketStream<TcpStream>;

async fn open(upgraded: OnUpgrade, config: WebSocketConfig) -> Option<Socket> {
    let upgraded = upgraded.await.map_err(|error| tracing::debug!(%error, "not upgraded")).ok()?;
    // Without the layers that HTTP needed: they cost memory and time for as long as it is open.
    let parts = upgraded.downcast::<TokioIo<TcpStream>>().ok()?;
    let (tcp, begun) = (parts.io.into_inner(), parts.read_buf.to_vec());
    Some(WebSocketStream::from_partially_read(tcp, begun, Side::Server, Some(config)).await)
}

pub(super) fn most_bytes(role: Role) -> usize {
    if role.can_edit() { MAX_FRAME_BYTES } else { MAX_FOLLOWER_FRAME_BYTES }
}

pub(super) fn config(most: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        // Browsers send each message as one frame, so a frame may be as large as a message.
        .max_message_size(Some(most))
        .max_frame_size(Some(most))
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(0)
}

fn asks_for(headers: &HeaderMap, protocol: &str) -> bool {
    let asked = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let mut asked = asked.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(','));
    asked.any(|asked| asked.trim() == protocol)
}
