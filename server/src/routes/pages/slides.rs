//! The page in which slides run, and the host name of its own that it may have.

use std::collections::BTreeMap;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Response};

use super::Manifest;
use crate::error::ApiError;
use crate::router::App;

/// Where the page is.
const PATH: &str = "/slides.html";
/// All that there is under the host name of the slides, apart from the page: what it loads.
const LOADED: [&str; 2] = ["/assets/", "/p/"];

/// The page, and where it is.
pub(crate) struct SlidesPage {
    /// Scheme and authority when it has a host name of its own; else it is where the app is.
    origin: Option<String>,
    html: String,
}

/// Marks a request to the host name of the slides.
#[derive(Clone, Copy)]
pub(crate) struct AtSlidesHost;

impl SlidesPage {
    pub(super) fn new(origin: Option<String>, manifest: &Manifest) -> Self {
        Self { origin, html: html(manifest) }
    }

    /// What the pages around it write into the `src` of its frame.
    pub(super) fn address(&self) -> String {
        format!("{}{PATH}", self.origin.as_deref().unwrap_or_default())
    }

    /// What the policies of the pages around it name as `frame-src`.
    pub(super) fn source(&self) -> &str {
        self.origin.as_deref().unwrap_or("'self'")
    }

    pub(super) fn show(&self, nonce: &str, app: &str) -> Response {
        let origin = self.origin.as_deref().unwrap_or(app);
        let policy = format!(
            "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline' {origin}; \
             img-src {origin} https: data: blob:; media-src https:; font-src {origin}; \
             connect-src 'none'; frame-src 'none'; worker-src 'none'; object-src 'none'; \
             base-uri 'none'; form-action 'none'; frame-ancestors {app}; sandbox allow-scripts"
        );
        let html = Html(self.html.replace("{{nonce}}", nonce));
        ([(header::CONTENT_SECURITY_POLICY, policy)], html).into_response()
    }

    fn is_at(&self, headers: &HeaderMap) -> bool {
        let Some((scheme, own)) = self.origin.as_deref().and_then(|url| url.split_once("://"))
        else {
            return false;
        };
        let port = if scheme == "https" { ":443" } else { ":80" };
        headers.get_all(header::HOST).iter().any(|host| is_host(host, own, port))
    }
}

/// Whether a `Host` is this one, however it is spelled.
fn is_host(host: &HeaderValue, own: &str, usual_port: &str) -> bool {
    let Ok(host) = host.to_str() else { return false };
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix(usual_port).unwrap_or(&host);
    // A name that ends with a dot is the same name (RFC 1034, 3.1).
    match host.rsplit_once(':') {
        Some((name, port)) => format!("{}:{port}", name.trim_end_matches('.')) == own,
        None => host.trim_end_matches('.') == own,
    }
}

/// Under the host name of the slides there are slides and nothing else, and nobody is signed in: what
/// an author might get to run there finds neither the app nor anybody's cookies.
pub(crate) async fn keep_to_slides(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    if !app.pages.slides.is_at(request.headers()) {
        return Ok(next.run(request).await);
    }
    let path = request.uri().path();
    let is_there = path == PATH || LOADED.iter().any(|folder| path.starts_with(folder));
    if !is_there || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(ApiError::NotFound);
    }
    for credential in [header::COOKIE, header::AUTHORIZATION] {
        request.headers_mut().remove(credential);
    }
    request.extensions_mut().insert(AtSlidesHost);
    let mut response = next.run(request).await;
    response.headers_mut().remove(header::SET_COOKIE);
    Ok(response)
}

fn html(manifest: &Manifest) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn is_at(origin: &str, host: &str) -> bool {
        let page = SlidesPage::new(Some(origin.to_owned()), &Manifest::default());
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        page.is_at(&headers)
    }

    #[test]
    fn the_host_of_the_slides_is_known_however_it_is_spelled() {
        let own = "https://slides.example.org";
        for host in [
            "slides.example.org",
            "slides.example.org.",
            "SLIDES.example.org",
            "slides.example.org:443",
            "slides.example.org.:443",
        ] {
            assert!(is_at(own, host), "{host}");
        }
        for host in ["example.org", "slides.example.org:80", "a.slides.example.org", "", ":443"] {
            assert!(!is_at(own, host), "{host}");
        }
        assert!(is_at("http://localhost:4800", "localhost:4800"));
        assert!(!is_at("http://localhost:4800", "127.0.0.1:4800"));
        assert!(is_at("http://[::1]:4800", "[::1]:4800"));
    }

    #[test]
    fn without_a_host_of_its_own_the_page_is_where_the_app_is() {
        let page = SlidesPage::new(None, &Manifest::default());
        assert_eq!((page.address(), page.source()), ("/slides.html".to_owned(), "'self'"));
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, "decks.example.org".parse().unwrap());
        assert!(!page.is_at(&headers));
    }
}
