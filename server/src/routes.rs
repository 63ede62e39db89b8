//! Handlers, one file for each group of routes.

pub(crate) mod assets;
pub(crate) mod audience;
pub(crate) mod decks;
pub(crate) mod discussion;
pub(crate) mod echo;
pub(crate) mod health;
pub(crate) mod links;
pub(crate) mod minutes;
pub(crate) mod pages;
pub(crate) mod pictures;
pub(crate) mod redeem;
pub(crate) mod sections;
pub(crate) mod series;
pub(crate) mod session;
pub(crate) mod sharing;
pub(crate) mod sign_in;
mod socket;
pub(crate) mod sync;

use serde::de::DeserializeOwned;

use crate::error::ApiError;
use crate::limits::body::WholeBody;
use crate::router::App;

/// Reads a body as JSON; who sends it is told what is wrong with it.
fn read_json<T: DeserializeOwned>(body: Result<WholeBody, ApiError>) -> Result<T, ApiError> {
    let WholeBody(body) = body?;
    serde_json::from_slice(&body)
        .map_err(|error| ApiError::BadRequest(format!("the JSON cannot be read: {error}")))
}

/// Works out what decks say, which takes up to a tenth of a second, away from those who serve and a few at
/// a time. A deck that the Markdown parser cannot take is an error of this request alone.
async fn work_out<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let turn = app.limits.planning_turn().await;
    let held = move || {
        let done = work();
        drop(turn);
        done
    };
    let failed = |error: tokio::task::JoinError| ApiError::Internal(error.to_string());
    tokio::task::spawn_blocking(held).await.map_err(failed)
}
