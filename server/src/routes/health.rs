//! Whether the server works.

use axum::extract::State;

use crate::error::ApiError;
use crate::router::App;

/// `GET /healthz`: 200 when the store answers.
pub(crate) async fn show(State(app): State<App>) -> Result<&'static str, ApiError> {
    app.store.decks().await?;
    Ok("ok\n")
}
