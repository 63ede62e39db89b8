//! HTML pages: the app's shell, and the frame in which slides run.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::assets;
use crate::error::ApiError;
use crate::router::App;
use crate::store::DeckId;

/// What an Ondeck without a front-end says.
const NOT_BUILT: &str = "<!doctype html><title>Ondeck</title>\
    <p>This Ondeck was built without its front-end. Build it with <code>cargo xtask run</code>.";

/// Names that the build of `frontend/js` gave to its files.
#[derive(Deserialize, Default)]
struct Manifest {
    #[serde(rename = "editor.js", default)]
    editor_js: String,
    #[serde(rename = "kept.js", default)]
    kept_js: String,
    #[serde(rename = "texts-de.json", default)]
    texts_de: String,
    #[serde(rename = "slides.js", default)]
    slides_js: String,
    #[serde(rename = "slides.css", default)]
    slides_css: String,
    #[serde(default)]
    themes: BTreeMap<String, String>,
    /// Scripts and style sheets that the frame fetches for decks that need them.
    #[serde(default)]
    rich: BTreeMap<String, String>,
}

/// Pages as far as they are the same for everybody.
pub(crate) struct Pages {
    shell: String,
    /// CSP sources for the scripts that Trunk writes into the page.
    script_hashes: String,
    slides: String,
}

impl Pages {
    /// Reads the packed front-end.
    pub(crate) fn load() -> Self {
        let manifest = assets::text("/assets/manifest.json");
        let manifest: Manifest =
            manifest.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
        let shell = assets::text("/assets/index.html").unwrap_or_else(|| NOT_BUILT.to_owned());
        let shell = shell
            .replace("{{editor_js}}", &format!("/assets/{}", manifest.editor_js))
            .replace("{{kept_js}}", &format!("/assets/{}", manifest.kept_js))
            .replace("{{version}}", crate::VERSION)
            .replace("{{texts_de}}", &format!("/assets/{}", manifest.texts_de));
        Self { script_hashes: script_hashes(&shell), shell, slides: slides_page(&manifest) }
    }

    fn shell(&self, status: StatusCode) -> Result<Response, ApiError> {
        let nonce = nonce()?;
        let hashes = &self.script_hashes;
        let policy = format!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; \
             style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self'; \
             connect-src 'self'; frame-src 'self'; worker-src 'self'; manifest-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
        );
        let html = Html(self.shell.replace("{{nonce}}", &nonce));
        Ok((status, [(header::CONTENT_SECURITY_POLICY, policy)], html).into_response())
    }
}

/// `GET /`
pub(crate) async fn show_home(State(app): State<App>) -> Result<Response, ApiError> {
    app.pages.shell(StatusCode::OK)
}

/// `GET /d/{id}`, `/d/{id}/follow`, `/d/{id}/present`: the app reads the path. An unknown deck
/// gets the same page with 404, where the app shows a way home.
pub(crate) async fn show_deck(
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let found = match DeckId::parse(&id) {
        Some(deck) => app.store.deck(&deck).await?.is_some(),
        None => false,
    };
    app.pages.shell(if found { StatusCode::OK } else { StatusCode::NOT_FOUND })
}

/// Everything else: a page for people, a problem for programs.
pub(crate) async fn show_not_found(
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if uri.path().starts_with("/api/") || !accepts.is_some_and(|kinds| kinds.contains("text/html"))
    {
        return Err(ApiError::NotFound);
    }
    app.pages.shell(StatusCode::NOT_FOUND)
}

/// `GET /slides.html`: runs deck content, so it is an origin of its own that reaches nothing.
pub(crate) async fn show_slides_frame(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let nonce = nonce()?;
    let origin = app.origins.own(&headers);
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline' {origin}; \
         img-src {origin} https: data: blob:; media-src https:; font-src {origin}; \
         connect-src 'none'; frame-src 'none'; worker-src 'none'; object-src 'none'; \
         base-uri 'none'; form-action 'none'; frame-ancestors {origin}; sandbox allow-scripts"
    );
    let html = Html(app.pages.slides.replace("{{nonce}}", &nonce));
    Ok(([(header::CONTENT_SECURITY_POLICY, policy)], html).into_response())
}

fn slides_page(manifest: &Manifest) -> String {
    let (themes, rich) = (addresses(&manifest.themes), addresses(&manifest.rich));
    let (css, js) = (&manifest.slides_css, &manifest.slides_js);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Slides</title>\n<link rel=\"stylesheet\" href=\"/assets/{css}\">\n\
         <script type=\"application/json\" id=\"themes\">{themes}</script>\n\
         <script type=\"application/json\" id=\"rich\">{rich}</script>\n</head>\n<body>\n\
         <div class=\"reveal\"><div class=\"slides\"></div></div>\n\
         <script nonce=\"{{{{nonce}}}}\" src=\"/assets/{js}\"></script>\n</body>\n</html>\n"
    )
}

/// The addresses of files by their plain names, as JSON for a script element.
fn addresses(files: &BTreeMap<String, String>) -> String {
    let addresses: BTreeMap<&str, String> =
        files.iter().map(|(name, file)| (&name[..], format!("/assets/{file}"))).collect();
    // `<` cannot end the script element early when it is written as an escape.
    serde_json::to_string(&addresses).unwrap_or_default().replace('<', "\\u003c")
}

/// ` 'sha256-…'` for each inline script of a page.
fn script_hashes(html: &str) -> String {
    let mut hashes = String::new();
    for part in html.split("<script").skip(1) {
        let Some((attributes, rest)) = part.split_once('>') else { continue };
        let Some((script, _)) = rest.split_once("</script>") else { continue };
        if !attributes.contains("src=") && !script.trim().is_empty() {
            hashes.push_str(&format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script))));
        }
    }
    hashes
}

fn nonce() -> Result<String, ApiError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| crate::store::StoreError(format!("no random bytes: {error}")))?;
    Ok(STANDARD.encode(bytes))
}
