//! Security headers that stand on every response.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::router::App;

const ONE_YEAR: &str = "max-age=31536000";
/// What pages of ours never ask a browser for. (Full screen, the clipboard and a screen that stays on
/// they do; a name that the browser does not know would only make it complain.)
const PERMISSIONS: &str = "accelerometer=(), camera=(), \
     clipboard-read=(), display-capture=(), encrypted-media=(), gamepad=(), geolocation=(), \
     gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), \
     midi=(), payment=(), publickey-credentials-get=(), serial=(), storage-access=(), usb=(), \
     window-management=(), xr-spatial-tracking=()";

/// Adds them, unless the handler has set a closer fitting one.
pub(crate) async fn add(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if app.origins.is_https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ONE_YEAR));
    }
    let kind = headers.get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        // Only pages could ask for any of it, or open one another; the rest travels lighter without.
        for (name, value) in
            [("permissions-policy", PERMISSIONS), ("cross-origin-opener-policy", "same-origin")]
        {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        // Pages set a policy of their own; everything else is data and may do nothing.
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; sandbox"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
