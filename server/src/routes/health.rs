//! What load balancers and monitoring ask: whether the server lives, is ready, and its figures.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use crate::metrics::{self, Moment};
use crate::readiness::Report;
use crate::router::App;

/// `GET /healthz`: the process is alive. It asks nothing of anybody: a server that is restarted since
/// its database is away would be no better off.
pub(crate) async fn show() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 200 when new people may be sent here, else 503; both say how the parts do.
pub(crate) async fn show_ready(State(app): State<App>) -> (StatusCode, Json<Report>) {
    let store = app.readiness.store(app.store.probe());
    let pictures = app.readiness.pictures(app.gallery.reach());
    let (store, pictures) = tokio::join!(store, pictures);
    let report = Report::new(app.readiness.is_draining(), [store, pictures], &app.nodes());
    let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report))
}

/// `GET /metrics`, for Prometheus.
pub(crate) async fn show_metrics(State(app): State<App>) -> impl IntoResponse {
    let moment = Moment {
        rooms: app.hub.open_rooms(),
        outbox_bytes: crate::hub::waiting_bytes(),
        draining: app.readiness.is_draining(),
        nodes: app.nodes(),
    };
    let text = metrics::write(app.hub.metrics(), &moment);
    ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text)
}
