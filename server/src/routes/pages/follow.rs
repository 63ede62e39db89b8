//! The pages of those who watch: readable as they come, and alive once their script runs.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use deck::Direction;
use serde::Deserialize;

use super::slides::SlidesPage;
use crate::projector::{Snapshot, escape, with_ticket};
use crate::routes::assets;
use crate::store::LinkRole;

/// Runs nothing but our own script, in no frame; images of the deck may come from anywhere safe.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' https: data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'; object-src 'none'";
/// The page of an Ondeck without a front-end: what there is to read.
const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"{{lang}}\" dir=\"{{dir}}\">\n\
    <meta charset=\"utf-8\">\n<title>{{title}}</title>\n<div id=\"app\" data-kind=\"{{kind}}\" \
    data-code=\"{{code}}\" data-revision=\"{{revision}}\"><main>{{text}}</main></div>\n";

/// Names that the build of `frontend/js` gave to the files of these pages.
#[derive(Deserialize, Default)]
pub(super) struct Files {
    #[serde(rename = "follow.js", default)]
    js: String,
    #[serde(rename = "follow.css", default)]
    css: String,
    #[serde(rename = "follow.html", default)]
    english: String,
    #[serde(rename = "follow-de.html", default)]
    german: String,
    #[serde(rename = "follow-texts.json", default)]
    texts: String,
}

/// A language of these pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

impl Language {
    const ALL: [Self; 2] = [Self::English, Self::German];

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }
}

struct Page {
    /// With everything filled in that does not depend on a deck.
    template: String,
    words: BTreeMap<String, String>,
}

/// Whom a page is for.
pub(crate) struct Reader {
    /// What their link is for.
    pub(crate) role: LinkRole,
    /// Its code.
    pub(crate) code: String,
    /// Opens the pictures of the deck.
    pub(crate) ticket: String,
    /// What they read.
    pub(crate) language: Language,
}

/// See above.
pub(crate) struct FollowPages {
    english: Page,
    german: Page,
    pub(super) css: String,
    policy: HeaderValue,
}

impl FollowPages {
    pub(super) fn load(files: &Files, slides: &SlidesPage) -> Self {
        let texts = assets::text(&address(&files.texts));
        let texts: BTreeMap<String, BTreeMap<String, String>> =
            texts.and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default();
        let css = address(&files.css);
        let page = |language: Language, file: &str| {
            let words = texts.get(language.code()).cloned().unwrap_or_default();
            // `<` cannot end the script element early when it is written as an escape.
            let json = serde_json::to_string(&words).unwrap_or_default().replace('<', "\\u003c");
            let template = assets::text(&address(file)).unwrap_or_else(|| NOT_BUILT.to_owned());
            let template = template
                .replace("{{follow_js}}", &address(&files.js))
                .replace("{{follow_css}}", &css)
                .replace("{{slides}}", &slides.address())
                .replace("{{texts}}", &json);
            Page { template, words }
        };
        Self {
            english: page(Language::English, &files.english),
            german: page(Language::German, &files.german),
            css,
            policy: policy(slides.source()),
        }
    }

    /// The language that a browser asks for most, of those that there are.
    pub(crate) fn language(&self, headers: &HeaderMap) -> Language {
        let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let asked = asked.unwrap_or_default().split(',').filter_map(|entry| {
            let (tag, weight) = entry.split_once(";q=").unwrap_or((entry, "1"));
            let tag = tag.trim().split('-').next()?;
            let known = |language: &Language| language.code().eq_ignore_ascii_case(tag);
            let language = Language::ALL.into_iter().find(known)?;
            Some((language, weight.trim().parse::<f32>().ok()?))
        });
        // Of those that are asked for alike, the first.
        let best = asked.reduce(|best, other| if other.1 > best.1 { other } else { best });
        best.map_or(Language::English, |(language, _)| language)
    }

    /// A deck to read, and to follow.
    pub(crate) fn show(&self, snapshot: &Snapshot, reader: &Reader, packs: bool) -> Response {
        let common = self.common();
        let make = || self.fill(snapshot, reader);
        if !packs {
            return (common, make()).into_response();
        }
        let Reader { role, code, language, .. } = reader;
        let name = format!("{} {} {code}", language.code(), role.name());
        let packed = snapshot.packed_page(&name, make);
        (common, [(header::CONTENT_ENCODING, "br")], packed).into_response()
    }

    /// What somebody sees whose link leads nowhere any more.
    pub(crate) fn link_ended(&self, language: Language) -> Response {
        let lang = language.code();
        let words = escape(self.word(language, "link_ended", "This link has ended"));
        let html = format!(
            "<!doctype html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>{words} · Ondeck</title>\n\
             <link rel=\"icon\" type=\"image/svg+xml\" href=\"/assets/favicon.svg\">\n\
             <link rel=\"stylesheet\" href=\"{}\">\n</head>\n<body>\n\
             <main class=\"follow-page\" data-test=\"follow-page\">\
             <h1 class=\"curtain\" data-test=\"follow-state\" data-state=\"link-ended\">{words}</h1>\
             </main>\n</body>\n</html>\n",
            self.css
        );
        (StatusCode::NOT_FOUND, self.common(), html).into_response()
    }

    fn common(&self) -> [(HeaderName, HeaderValue); 3] {
        [
            (header::CONTENT_SECURITY_POLICY, self.policy.clone()),
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::VARY, HeaderValue::from_static(VARY)),
        ]
    }

    fn fill(&self, snapshot: &Snapshot, reader: &Reader) -> String {
        let &Reader { role, ref code, ref ticket, language } = reader;
        let pattern = self.word(language, "slide_of", "Slide {0} of {1}");
        let text = snapshot.text(|number, count, section| {
            let label =
                pattern.replace("{0}", &number.to_string()).replace("{1}", &count.to_string());
            if section.is_empty() { label } else { format!("{label}, {section}") }
        });
        let dir = match snapshot.dir {
            Some(Direction::Rtl) => "rtl",
            Some(Direction::Ltr) | None => "ltr",
        };
        let current = (snapshot.current + 1).to_string();
        let fields = [
            ("title", &*escape(&snapshot.title)),
            ("lang", &*escape(snapshot.lang.as_deref().unwrap_or("en"))),
            ("dir", dir),
            ("kind", role.name()),
            ("code", &*escape(code)),
            ("revision", &snapshot.revision),
            ("current", &current),
            ("text", &with_ticket(&text, ticket)),
            ("pictures_ticket", ticket),
        ];
        filled(&self.page(language).template, &fields)
    }

    fn page(&self, language: Language) -> &Page {
        match language {
            Language::English => &self.english,
            Language::German => &self.german,
        }
    }

    fn word<'a>(&'a self, language: Language, key: &str, absent: &'a str) -> &'a str {
        self.page(language).words.get(key).map_or(absent, String::as_str)
    }
}

/// The page is another one in another language.
const VARY: &str = "accept-encoding, accept-language";

/// What a page may that has slides on it, which are there.
fn policy(slides: &str) -> HeaderValue {
    // An origin is made of letters, digits and signs: that is always a value.
    HeaderValue::try_from(format!("{POLICY}; frame-src {slides}"))
        .unwrap_or(HeaderValue::from_static(POLICY))
}

pub(super) fn address(file: &str) -> String {
    format!("/assets/{file}")
}

/// Puts values where their names stand between double braces. What a value holds is not looked at
/// again: a deck may well say `{{code}}`.
pub(super) fn filled(template: &str, fields: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let field = after.split_once("}}").and_then(|(name, after)| {
            let (_, value) = fields.iter().find(|(known, _)| *known == name)?;
            Some((value, after))
        });
        match field {
            Some((value, after)) => {
                out.push_str(value);
                rest = after;
            }
            None => {
                out.push_str("{{");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(accepted: &str) -> Language {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, accepted.parse().unwrap());
        let slides = SlidesPage::new(None, &super::super::Manifest::default());
        FollowPages::load(&Files::default(), &slides).language(&headers)
    }

    #[test]
    fn a_browser_gets_the_language_that_it_prefers() {
        for (accepted, expected) in [
            ("", Language::English),
            ("fr", Language::English),
            ("de-AT", Language::German),
            ("fr, DE;q=0.5, en;q=0.4", Language::German),
            ("de;q=0.1,en", Language::English),
            ("en-US,en;q=0.9,de;q=0.8", Language::English),
            ("de,en", Language::German),
            ("de;q=x", Language::English),
        ] {
            assert_eq!(language(accepted), expected, "{accepted}");
        }
    }

    #[test]
    fn a_deck_that_writes_names_in_braces_gets_nothing_for_them() {
        let fields = [("a", "{{b}}"), ("b", "secret")];
        assert_eq!(filled("{{a}} {{c}} {{b", &fields), "{{b}} {{c}} {{b");
    }
}
