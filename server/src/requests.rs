//! What is noted of every request: an id for the log, how it ended, and nothing that is anybody's secret.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::Instrument as _;
use tracing::field::{Empty, display};

use crate::router::App;
use crate::store::DeckId;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// An id of a proxy is short and plain, or it is none: it stands in the log.
const ID_CHARS: std::ops::RangeInclusive<usize> = 8..=64;

/// Answers a request within a span that has its id. The log never has the path, in which codes of links
/// stand, but the route and the deck.
pub(crate) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let believed = peer.is_some_and(|ConnectInfo(peer)| app.limits.believes(*peer));
    let id = given_id(request.headers(), believed).unwrap_or_else(new_id);
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map(MatchedPath::as_str);
    let deck = route.and_then(|route| deck_of(route, request.uri().path()));
    let method = method_name(request.method());
    // Of the highest level: whatever is logged of the request has its id.
    let span = tracing::error_span!("request", request_id = %id, method, route, deck = Empty);
    if let Some(deck) = deck {
        span.record("deck", display(deck));
    }
    let begun = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    app.hub.metrics().answered(route, status);
    let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    let status = status.as_u16();
    span.in_scope(|| match status {
        500.. => tracing::warn!(status, milliseconds, "a request failed"),
        _ if method != "GET" => tracing::info!(status, milliseconds, "a request was answered"),
        _ => tracing::debug!(status, milliseconds, "a request was answered"),
    });
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

fn given_id(headers: &HeaderMap, believed: bool) -> Option<String> {
    let id = headers.get(REQUEST_ID).filter(|_| believed)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (ID_CHARS.contains(&id.len()) && id.bytes().all(plain)).then(|| id.to_owned())
}

/// Without random bits all have the same, which is of no use and does no harm.
fn new_id() -> String {
    format!("{:016x}", getrandom::u64().unwrap_or_default())
}

/// The deck that a path names, where its route has one.
fn deck_of(route: &str, path: &str) -> Option<DeckId> {
    let mut pairs = route.split('/').zip(path.split('/'));
    let (_, id) = pairs.find(|(name, _)| *name == "{id}")?;
    DeckId::parse(id)
}

/// Clients may make up methods.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Whether a request came from this machine and nobody asked for somebody else: no proxy adds anything,
/// and the name is this machine's own.
pub(crate) fn is_from_here(peer: IpAddr, headers: &HeaderMap) -> bool {
    const OF_PROXIES: [&str; 6] = [
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
        "forwarded",
        "via",
    ];
    let host = headers.get("host").and_then(|host| host.to_str().ok());
    let host = host.and_then(|host| host.parse::<axum::http::uri::Authority>().ok());
    peer.to_canonical().is_loopback()
        && !OF_PROXIES.into_iter().any(|name| headers.contains_key(name))
        && host.is_some_and(|host| crate::auth::is_loopback_name(host.host()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("localhost:4800"));
        headers.insert(name, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn an_id_counts_when_a_trusted_proxy_gives_it_and_it_is_one() {
        let given = |id, believed| given_id(&with("x-request-id", id), believed);
        assert_eq!(given("9f2c-AA_1.x", true).as_deref(), Some("9f2c-AA_1.x"));
        for (id, believed) in [("9f2c-AA_1.x", false), ("short", true), ("with a space", true)] {
            assert_eq!(given(id, believed), None, "{id}");
        }
        assert_eq!(new_id().len(), 16);
    }

    #[test]
    fn a_deck_is_named_and_a_code_is_not() {
        let deck = deck_of("/api/decks/{id}/source", "/api/decks/abc/source").unwrap();
        assert_eq!(deck.as_str(), "abc");
        assert_eq!(deck_of("/l/{code}/live", "/l/secret/live"), None);
        assert_eq!(deck_of("/d/{id}", "/d/a%20b"), None);
    }

    #[test]
    fn what_a_proxy_passes_on_is_not_from_here() {
        let here = "127.0.0.1".parse().unwrap();
        assert!(is_from_here(here, &with("accept", "*/*")));
        assert!(!is_from_here("192.0.2.1".parse().unwrap(), &with("accept", "*/*")));
        for name in ["x-forwarded-for", "via", "x-real-ip"] {
            assert!(!is_from_here(here, &with(name, "x")), "{name}");
        }
        assert!(!is_from_here(here, &with("host", "decks.example.org")));
        assert!(!is_from_here(here, &HeaderMap::new()));
    }
}
