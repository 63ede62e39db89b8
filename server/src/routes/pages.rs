//! HTML pages: the app's shell, the first page, the pages of the audience, and the frame in which
//! slides run.

mod follow;
pub(crate) mod home;
pub(crate) mod join;
mod slides;

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::assets;
use super::audience::NO_INDEX;
use crate::error::ApiError;
use crate::router::App;
use crate::store::DeckId;
pub(crate) use follow::{FollowPages, Reader};
use home::HomePages;
use join::JoinPages;
use slides::SlidesPage;
pub(crate) use slides::{AtSlidesHost, keep_to_slides};

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
    #[serde(rename = "dialogs.js", default)]
    dialogs_js: String,
    #[serde(rename = "call.js", default)]
    call_js: String,
    #[serde(rename = "texts-de.json", default)]
    texts_de: String,
    #[serde(rename = "slides.js", default)]
    slides_js: String,
    #[serde(rename = "slides.css", default)]
    slides_css: String,
    #[serde(flatten)]
    follow: follow::Files,
    #[serde(flatten)]
    join: join::Files,
    #[serde(flatten)]
    home: home::Files,
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
    slides: SlidesPage,
    follow: FollowPages,
    join: JoinPages,
    home: HomePages,
}

impl Pages {
    /// Reads the packed front-end. The slides may have an origin of their own.
    pub(crate) fn load(slides_origin: Option<String>) -> Self {
        let manifest = assets::text("/assets/manifest.json");
        let manifest: Manifest =
            manifest.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
        let slides = SlidesPage::new(slides_origin, &manifest);
        let dialogs = follow::address(&manifest.dialogs_js);
        let shell = assets::text("/assets/index.html").unwrap_or_else(|| NOT_BUILT.to_owned());
        let shell = shell
            .replace("{{editor_js}}", &format!("/assets/{}", manifest.editor_js))
            .replace("{{kept_js}}", &format!("/assets/{}", manifest.kept_js))
            .replace("{{dialogs_js}}", &dialogs)
            .replace("{{call_js}}", &follow::address(&manifest.call_js))
            .replace("{{version}}", crate::VERSION)
            .replace("{{slides}}", &slides.address())
            .replace("{{texts_de}}", &format!("/assets/{}", manifest.texts_de));
        let follow = FollowPages::load(&manifest.follow, &slides);
        Self {
            home: HomePages::load(&manifest.home, &shell, &dialogs),
            script_hashes: script_hashes(&shell),
            shell,
            join: JoinPages::load(&manifest.join, &follow.css),
            follow,
            slides,
        }
    }

    /// The pages of those who watch.
    pub(crate) fn audience(&self) -> &FollowPages {
        &self.follow
    }

    /// What a page is that a visitor may not see: the app says so, and shows a way home.
    pub(crate) fn refuse(
        &self,
        error: ApiError,
        headers: &HeaderMap,
    ) -> Result<Response, ApiError> {
        match error {
            ApiError::LinkEnded => {
                let page = self.follow.link_ended(self.follow.language(headers));
                Ok(([NO_INDEX], page).into_response())
            }
            ApiError::NoDeck | ApiError::NoAccess | ApiError::SignIn => self.shell(error.status()),
            error => Err(error),
        }
    }

    /// The page behind a link with a code.
    pub(crate) fn join(&self) -> &JoinPages {
        &self.join
    }

    /// The first page.
    pub(crate) fn home(&self) -> &HomePages {
        &self.home
    }

    fn shell(&self, status: StatusCode) -> Result<Response, ApiError> {
        let nonce = nonce()?;
        let (hashes, slides) = (&self.script_hashes, self.slides.source());
        let policy = format!(
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; \
             style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self'; \
             connect-src 'self'; frame-src {slides}; worker-src 'self'; manifest-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
        );
        let html = Html(self.shell.replace("{{nonce}}", &nonce));
        Ok((status, [(header::CONTENT_SECURITY_POLICY, policy)], html).into_response())
    }
}

/// `GET /d/{id}`, `/d/{id}/present`: the app reads the path. An unknown deck
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
    Ok(app.pages.slides.show(&nonce()?, &app.origins.own(&headers)))
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
