//! Whether the server works.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;

use crate::router::App;

/// A store that takes longer to write one row does not work.
const LIMIT: Duration = Duration::from_secs(5);

/// `GET /healthz`: 200 when an edit could be stored at this moment, else 503 and why not.
pub(crate) async fn show(State(app): State<App>) -> (StatusCode, String) {
    let unwell = |why: &str| {
        (StatusCode::SERVICE_UNAVAILABLE, format!("edits cannot be stored now: {why}\n"))
    };
    match tokio::time::timeout(LIMIT, app.store.probe()).await {
        Ok(Ok(())) => (StatusCode::OK, "ok\n".to_owned()),
        Ok(Err(error)) => unwell(&error.0),
        Err(_) => unwell("the disk takes over 5 s"),
    }
}
