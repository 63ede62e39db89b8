//! The page behind a link with a code, and what somebody sees whose sign-in did not work.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::follow::{Language, POLICY, address, filled};
use crate::projector::escape;
use crate::router::App;
use crate::routes::assets;

/// Where people sign in.
pub(crate) const SIGN_IN: &str = "/auth/login";
/// It is another page in another language.
const VARY: &str = "accept-language";
/// The page of an Ondeck without a front-end.
const NOT_BUILT: &str = "<!doctype html>\n<title>{{title}}</title>\n<h1>{{title}}</h1>\n<p>{{more}}\n\
    <p><a href=\"{{action}}\">{{label}}</a>\n";

/// Names that the build of `frontend/js` gave to the files of this page.
#[derive(Deserialize, Default)]
pub(super) struct Files {
    #[serde(rename = "join.js", default)]
    js: String,
    #[serde(rename = "join.css", default)]
    css: String,
    #[serde(rename = "join.html", default)]
    english: String,
    #[serde(rename = "join-de.html", default)]
    german: String,
    #[serde(rename = "join-texts.json", default)]
    texts: String,
}

/// Why somebody is not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotSignedIn {
    /// What came back is not good enough.
    Refused,
    /// The provider cannot be asked, or we cannot store what it says.
    Unavailable,
    /// Too many tries from one address.
    TooOften,
}

struct Page {
    /// With everything filled in that is the same at each request.
    template: String,
    words: BTreeMap<String, String>,
}

/// See above.
pub(crate) struct JoinPages {
    english: Page,
    german: Page,
}

/// What is filled in.
struct Said<'a> {
    state: &'a str,
    sign_in: &'a str,
    action: &'a str,
    label: &'a str,
}

impl JoinPages {
    /// `colors` is the style sheet of the other pages that the server makes.
    pub(super) fn load(files: &Files, colors: &str) -> Self {
        let texts = assets::text(&address(&files.texts));
        let mut texts: BTreeMap<String, BTreeMap<String, String>> =
            texts.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
        let mut page = |language: Language, file: &str| {
            let words = texts.remove(language.code()).unwrap_or_default();
            // `<` cannot end the script element early when it is written as an escape.
            let json = serde_json::to_string(&words).unwrap_or_default().replace('<', "\\u003c");
            let template = assets::text(&address(file)).unwrap_or_else(|| NOT_BUILT.to_owned());
            let template = template
                .replace("{{follow_css}}", colors)
                .replace("{{join_css}}", &address(&files.css))
                .replace("{{join_js}}", &address(&files.js))
                .replace("{{texts}}", &json);
            Page { template, words }
        };
        Self {
            english: page(Language::English, &files.english),
            german: page(Language::German, &files.german),
        }
    }

    /// The page that hands in the code behind the `#`, which no server sees in an address.
    pub(crate) fn open(&self, language: Language, sign_in: &str) -> Response {
        let said = Said { state: "opening", sign_in, action: "", label: "" };
        self.answer(StatusCode::OK, language, &said)
    }

    /// Signing in did not work; `again` leads to another try.
    pub(crate) fn not_signed_in(
        &self,
        why: NotSignedIn,
        language: Language,
        again: &str,
    ) -> Response {
        let (status, state) = match why {
            NotSignedIn::Refused => (StatusCode::FORBIDDEN, "not_signed_in"),
            NotSignedIn::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            NotSignedIn::TooOften => (StatusCode::TOO_MANY_REQUESTS, "too_often"),
        };
        let said = Said { state, sign_in: "", action: again, label: "failed_action" };
        self.answer(status, language, &said)
    }

    fn answer(&self, status: StatusCode, language: Language, said: &Said<'_>) -> Response {
        let page = match language {
            Language::English => &self.english,
            Language::German => &self.german,
        };
        let word = |key: &str| page.words.get(key).map(|word| escape(word)).unwrap_or_default();
        let html = filled(
            &page.template,
            &[
                ("state", said.state),
                ("title", &word(said.state)),
                ("more", &word(&format!("{}_more", said.state))),
                ("sign_in", &escape(said.sign_in)),
                ("action", &escape(said.action)),
                ("label", &word(said.label)),
            ],
        );
        let headers = [
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::VARY, VARY),
        ];
        (status, headers, html).into_response()
    }
}

/// `GET /join`
pub(crate) async fn show(State(app): State<App>, headers: HeaderMap) -> Response {
    let language = app.pages.audience().language(&headers);
    let sign_in = if app.oidc.is_some() { SIGN_IN } else { "" };
    app.pages.join().open(language, sign_in)
}
