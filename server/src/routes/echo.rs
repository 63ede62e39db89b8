//! What came of a request on its way here, for `ondeck doctor`.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, header};
use serde::{Deserialize, Serialize};

use crate::router::App;

/// Longest value of a header that is told back: what a proxy sets is short.
const MOST_CHARS: usize = 200;

/// What a client may know of its own request: nothing of it is about anybody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Echo {
    /// The name that this server was asked for.
    pub(crate) host: Option<String>,
    /// How the browser speaks with the proxy, as that says.
    pub(crate) proto: Option<String>,
    /// How many addresses `X-Forwarded-For` has.
    pub(crate) forwarded_for: usize,
    /// Whether the one that asked is a trusted proxy.
    pub(crate) believed: bool,
    /// Whether limits count this request as that of one client among others.
    pub(crate) counted: bool,
}

/// `GET /api/echo`.
pub(crate) async fn show(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Json<Echo> {
    let text = |name| {
        let value = headers.get(name)?.to_str().ok()?;
        Some(value.chars().take(MOST_CHARS).collect::<String>())
    };
    let forwarded = headers.get_all("x-forwarded-for").iter();
    let entries = forwarded.filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(','));
    Json(Echo {
        host: text(header::HOST.as_str()),
        proto: text("x-forwarded-proto"),
        forwarded_for: entries.filter(|entry| !entry.trim().is_empty()).count(),
        believed: app.limits.believes(peer),
        counted: !app.limits.is_this_machine(peer, &headers),
    })
}
