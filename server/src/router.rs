//! The one table of routes.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use tokio_util::task::TaskTracker;
use tower_http::trace::TraceLayer;

use crate::error::ApiError;
use crate::http::MAX_HEAD_BYTES;
use crate::hub::Hub;
use crate::limits::Limits;
use crate::routes::{assets, decks, health, pages, sync};
use crate::store::SharedStore;
use crate::{auth::Origins, headers};

/// What handlers share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) store: SharedStore,
    pub(crate) hub: Hub,
    pub(crate) origins: Arc<Origins>,
    pub(crate) pages: Arc<pages::Pages>,
    pub(crate) limits: Arc<Limits>,
    /// Connections and sockets.
    pub(crate) tasks: TaskTracker,
}

pub(crate) fn routes(app: App) -> Router {
    Router::new()
        // Pages
        .route("/", get(pages::show_home))
        .route("/d/{id}", get(pages::show_deck))
        .route("/d/{id}/follow", get(pages::show_deck))
        .route("/d/{id}/present", get(pages::show_deck))
        .route("/slides.html", get(pages::show_slides_frame))
        .route("/assets/{*path}", get(assets::serve))
        .route("/examples/{*path}", get(assets::serve))
        // HTTP interface
        .route("/api/decks", get(decks::list).post(decks::create))
        .route("/api/decks/{id}", get(decks::show).delete(decks::delete))
        .route("/api/decks/{id}/restore", post(decks::restore))
        .route("/api/decks/{id}/source", get(decks::show_source))
        .route("/healthz", get(health::show))
        // Live
        .route("/sync/{id}", get(sync::connect))
        .fallback(pages::show_not_found)
        .method_not_allowed_fallback(async || ApiError::WrongMethod)
        .layer(middleware::from_fn_with_state(app.clone(), check_head))
        .layer(middleware::from_fn_with_state(app.clone(), headers::add))
        .layer(TraceLayer::new_for_http())
        .with_state(app)
}

async fn check_head(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target + header_bytes(request.headers()) > MAX_HEAD_BYTES {
        return Err(ApiError::HeadersTooLarge);
    }
    app.origins.check_host(request.headers())?;
    Ok(next.run(request).await)
}

fn header_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}
