//! Whether the server works.

use std::time::Duration;

use axum::extract::State;

use crate::error::ApiError;
use crate::router::App;
use crate::store::StoreError;

/// A store that takes longer to write one row does not work.
const LIMIT: Duration = Duration::from_secs(5);

/// `GET /healthz`: 200 when an edit could be stored at this moment.
pub(crate) async fn show(State(app): State<App>) -> Result<&'static str, ApiError> {
    let probe = tokio::time::timeout(LIMIT, app.store.probe()).await;
    probe.map_err(|_| StoreError("the probe took over 5 s".into()))??;
    Ok("ok\n")
}
