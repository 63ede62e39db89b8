//! The first page: a small program of its own that lists decks, and makes new ones.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::follow::{Language, address};
use super::{NOT_BUILT, assets};
use crate::router::App;

/// It runs our own scripts, shows our own pictures, and is in no frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";
/// It is another page in another language.
const VARY: &str = "accept-language";

/// Names that the build of `frontend/js` gave to the files of this page.
#[derive(Deserialize, Default)]
pub(super) struct Files {
    #[serde(rename = "home.js", default)]
    js: String,
    #[serde(rename = "home.css", default)]
    css: String,
    #[serde(rename = "home.html", default)]
    english: String,
    #[serde(rename = "home-de.html", default)]
    german: String,
}

/// See above.
pub(crate) struct HomePages {
    english: String,
    german: String,
}

impl HomePages {
    /// `shell` is the page of the application, whose style sheet this one has too; `dialogs` is where
    /// the program of the dialogs is.
    pub(super) fn load(files: &Files, shell: &str, dialogs: &str) -> Self {
        let page = |file: &str| {
            let template = assets::text(&address(file)).unwrap_or_else(|| NOT_BUILT.to_owned());
            template
                .replace("{{style_css}}", style_sheet(shell))
                .replace("{{home_css}}", &address(&files.css))
                .replace("{{home_js}}", &address(&files.js))
                .replace("{{dialogs_js}}", dialogs)
        };
        Self { english: page(&files.english), german: page(&files.german) }
    }

    fn page(&self, language: Language) -> &str {
        match language {
            Language::English => &self.english,
            Language::German => &self.german,
        }
    }
}

/// Where the application's style sheet is: its build gives it a name of its own each time.
fn style_sheet(shell: &str) -> &str {
    let mut links = shell.split("<link").skip(1).filter_map(|link| link.split('>').next());
    let link = links.find(|link| link.contains("rel=\"stylesheet\""));
    let address = link.and_then(|link| link.split_once("href=\"")).map(|(_, address)| address);
    address.and_then(|address| address.split('"').next()).unwrap_or_default()
}

/// `GET /`
pub(crate) async fn show(State(app): State<App>, headers: HeaderMap) -> Response {
    let language = app.pages.audience().language(&headers);
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::VARY, VARY),
    ];
    (headers, app.pages.home().page(language).to_owned()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_style_sheet_is_the_one_that_the_application_links() {
        let shell = "<link rel=\"icon\" href=\"/i.svg\"><link rel=\"stylesheet\" \
            href=\"/assets/style-1.css\" integrity=\"x\"/><link href=\"/other.css\">";
        assert_eq!(style_sheet(shell), "/assets/style-1.css");
        assert_eq!(style_sheet(NOT_BUILT), "");
    }
}
