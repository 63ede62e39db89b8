//! Files that are packed into the binary: the front-end and the example decks.

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::LazyLock;

use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};

use crate::error::ApiError;

pub(crate) struct Asset {
    path: &'static str,
    brotli: bool,
    etag: &'static str,
    bytes: &'static [u8],
}

mod packed {
    use super::Asset;

    include!(concat!(env!("OUT_DIR"), "/assets.rs"));
}

static BY_PATH: LazyLock<HashMap<&str, &Asset>> =
    LazyLock::new(|| packed::ASSETS.iter().map(|asset| (asset.path, asset)).collect());

/// The text of a packed file; `None` when there is none, or it is no text.
pub(crate) fn text(path: &str) -> Option<String> {
    String::from_utf8(BY_PATH.get(path)?.plain()?).ok()
}

impl Asset {
    fn plain(&self) -> Option<Vec<u8>> {
        if !self.brotli {
            return Some(self.bytes.to_vec());
        }
        let mut plain = Vec::new();
        let mut reader = brotli_decompressor::Decompressor::new(self.bytes, 16 * 1024);
        reader.read_to_end(&mut plain).ok()?;
        Some(plain)
    }

    /// A name with a hash of the content in it never gets other content.
    fn is_hashed(&self) -> bool {
        let stem = self.path.rsplit('/').next().and_then(|name| name.split('.').next());
        let hash = stem.unwrap_or_default().trim_end_matches("_bg").rsplit('-').next();
        hash.is_some_and(|hash| hash.len() >= 8 && hash.bytes().all(|b| b.is_ascii_alphanumeric()))
            && self.path.starts_with("/assets/")
            && stem.is_some_and(|stem| stem.contains('-'))
    }

    fn content_type(&self) -> &'static str {
        match self.path.rsplit('.').next().unwrap_or_default() {
            "html" => "text/html; charset=utf-8",
            "js" | "mjs" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "wasm" => "application/wasm",
            "json" => "application/json",
            "md" => "text/markdown; charset=utf-8",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "jpg" | "jpeg" => "image/jpeg",
            "woff2" => "font/woff2",
            _ => "application/octet-stream",
        }
    }
}

/// A worker lives under the policy of its own script: it may run WASM of ours, and nothing else.
/// A page takes no notice of the policy of a script that it loads.
const SCRIPT_POLICY: &str =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
/// Everything else does nothing by itself, also when somebody opens it in a tab.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// Whether the client unpacks brotli by itself.
pub(crate) fn takes_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.split(',').any(|kind| kind.trim().starts_with("br")))
}

/// `GET /assets/…`, `GET /examples/…`
pub(crate) async fn serve(uri: Uri, headers: HeaderMap) -> Result<Response, ApiError> {
    let asset = BY_PATH.get(uri.path()).ok_or(ApiError::NotFound)?;
    let cache = if asset.is_hashed() { "public, max-age=31536000, immutable" } else { "no-cache" };
    let is_script = asset.path.ends_with(".js");
    let policy = if is_script { SCRIPT_POLICY } else { DATA_POLICY };
    let common = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CONTENT_TYPE, asset.content_type()),
        (header::CACHE_CONTROL, cache),
        (header::ETAG, asset.etag),
        (header::VARY, "accept-encoding"),
        // The slides live in a frame of an opaque origin: for it, everything is cross-origin.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|etag| etag.as_bytes() == asset.etag.as_bytes())
    {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    if !asset.brotli {
        return Ok((common, asset.bytes).into_response());
    }
    if takes_brotli(&headers) {
        return Ok((common, [(header::CONTENT_ENCODING, "br")], asset.bytes).into_response());
    }
    Ok((common, asset.plain().ok_or(ApiError::NotFound)?).into_response())
}
