//! The headers of every answer, exactly: of each route of the table, of errors, and of refusals.

use std::collections::{BTreeMap, BTreeSet};

use ondeck_server::{Options, Server};
use tempfile::TempDir;
use tests::viewer::links;
use tests::{Response, http, markdown};

use crate::soon;

/// As browsers see the two host names of the server.
const APP: &str = "https://decks.example.org";
const SLIDES: &str = "https://slides.example.org";

/// What nobody else may do with an answer, whatever it is.
const COMMON: [(&str, &str); 2] =
    [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")];
/// What no page of ours asks of a device.
const PERMISSIONS: &str = "accelerometer=(), camera=(), clipboard-read=(), display-capture=(), \
         encrypted-media=(), gamepad=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), \
         local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), \
         publickey-credentials-get=(), serial=(), storage-access=(), usb=(), \
         window-management=(), xr-spatial-tracking=()";
/// Headers that say what an answer is, and not what may be done with it.
const CONTENT: [&str; 17] = [
    "content-type",
    "content-length",
    "content-encoding",
    "date",
    "etag",
    "vary",
    "location",
    "allow",
    "retry-after",
    "connection",
    "upgrade",
    "sec-websocket-accept",
    "sec-websocket-protocol",
    "x-robots-tag",
    "set-cookie",
    "transfer-encoding",
    "x-request-id",
];

/// What an answer is, as far as its headers depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    /// A page of the app.
    App,
    /// The first page.
    Home,
    /// A page of the audience.
    Audience,
    /// A page of ours without slides.
    Join,
    /// The page in which slides run.
    Slides,
    /// A program of ours.
    Script,
    /// A file of ours that does nothing.
    File,
    /// Data, a problem, a redirect, a WebSocket.
    Data,
    /// The slides of a deck, which the browser may keep and ask about.
    Deck,
}

impl Is {
    /// The values of the headers that are not common to all; `{nonce}` stands for any.
    fn own(self, at: &Place) -> [(&'static str, String); 3] {
        let (app, slides) = (at.app.clone(), at.slides.clone());
        let frames = if slides == app { "'self'" } else { &slides };
        let join = "default-src 'none'; script-src 'self'; style-src 'self'; \
             img-src 'self' https: data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
             form-action 'none'; frame-ancestors 'none'; object-src 'none'";
        let data = "default-src 'none'; frame-ancestors 'none'; sandbox".to_owned();
        let (policy, resource, cache) = match self {
            Self::App => (
                format!(
                    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
                     style-src 'self' 'nonce-{{nonce}}'; img-src 'self' data: blob:; \
                     font-src 'self'; connect-src 'self'; frame-src {frames}; worker-src 'self'; \
                     manifest-src 'self'; base-uri 'none'; form-action 'none'; \
                     frame-ancestors 'none'; object-src 'none'"
                ),
                "same-origin",
                "no-store",
            ),
            Self::Home => (
                "default-src 'none'; script-src 'self'; style-src 'self'; \
                 img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; \
                 manifest-src 'self'; base-uri 'none'; form-action 'none'; \
                 frame-ancestors 'none'; object-src 'none'"
                    .to_owned(),
                "same-origin",
                "no-store",
            ),
            Self::Join => (join.to_owned(), "same-origin", "no-store"),
            Self::Audience => (format!("{join}; frame-src {frames}"), "same-origin", "no-store"),
            Self::Slides => (
                format!(
                    "default-src 'none'; script-src 'nonce-{{nonce}}'; \
                     style-src 'unsafe-inline' {slides}; img-src {slides} https: data: blob:; \
                     media-src https:; font-src {slides}; connect-src 'none'; frame-src 'none'; \
                     worker-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; \
                     frame-ancestors {app}; sandbox allow-scripts"
                ),
                "same-origin",
                "no-store",
            ),
            Self::Script => (
                "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
                    .to_owned(),
                "cross-origin",
                "{asset}",
            ),
            Self::File => (data, "cross-origin", "{asset}"),
            Self::Data => (data, "same-origin", "no-store"),
            Self::Deck => (data, "same-origin", "private, no-cache"),
        };
        [
            ("content-security-policy", policy),
            ("cross-origin-resource-policy", resource.to_owned()),
            ("cache-control", cache.to_owned()),
        ]
    }
}

/// A server, and how browsers reach it.
struct Place {
    server: Server,
    address: String,
    app: String,
    slides: String,
    _dir: TempDir,
}

impl Place {
    async fn start(public: Option<&str>, slides: Option<&str>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::listen(Options {
            public_url: public.map(str::to_owned),
            slides_url: slides.map(str::to_owned),
            ..Options::local(dir.path())
        })
        .await
        .unwrap();
        let address = server.address().to_string();
        let app = public.map_or(format!("http://{address}"), str::to_owned);
        let slides = slides.map_or(app.clone(), str::to_owned);
        Self { server, address, app, slides, _dir: dir }
    }

    async fn deck(&self) -> String {
        tests::new_deck(&self.address, "# Hi").await.unwrap()
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        http(&self.address, method, path, headers, "").await.unwrap()
    }

    /// Every header of an answer is one that it must have, or says what it is.
    fn check(&self, what: &str, answer: &Response, is: Is) {
        let mut expected: BTreeMap<&str, String> =
            COMMON.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        expected.extend(is.own(self));
        if self.app.starts_with("https://") {
            expected.insert("strict-transport-security", "max-age=31536000".to_owned());
        }
        if answer.header("content-type").starts_with("text/html") {
            expected.insert("permissions-policy", PERMISSIONS.to_owned());
            expected.insert("cross-origin-opener-policy", "same-origin".to_owned());
        }
        if matches!(is, Is::Script | Is::File) {
            expected.insert("access-control-allow-origin", "*".to_owned());
        }
        let mut found: BTreeMap<&str, String> = BTreeMap::new();
        for (name, value) in &answer.headers {
            if CONTENT.contains(&name.as_str()) {
                continue;
            }
            let before = found.insert(name, blank(name, value));
            assert_eq!(before, None, "{what}: `{name}` twice");
        }
        assert_eq!(found, expected, "{what}: {} {:?}", answer.status, is);
        let cookie = answer.header("set-cookie");
        assert!(cookie.is_empty() || what.contains(" /api/"), "{what}: {cookie}");
        let kind = answer.header("content-type");
        if matches!(is, Is::Data | Is::Deck | Is::Script | Is::File) && answer.status != 304 {
            let is_index = what.contains(".html");
            assert!(!kind.contains("html") || is_index, "{what}: {kind}");
        }
    }
}

/// A header's value with a word for what is another one each time, or in each build.
fn blank(name: &str, value: &str) -> String {
    match name {
        "content-security-policy" => blank_policy(value),
        "cache-control" if matches!(value, "no-cache" | "public, max-age=31536000, immutable") => {
            "{asset}".to_owned()
        }
        _ => value.to_owned(),
    }
}

/// A policy without the hashes of scripts, and with a word for its nonce.
fn blank_policy(policy: &str) -> String {
    let mut blank: Vec<String> = Vec::new();
    for part in policy.split(' ') {
        let end = if part.ends_with(';') { ";" } else { "" };
        if part.starts_with("'sha256-") {
            let before = blank.last_mut().expect("a hash stands behind something");
            before.push_str(end);
        } else if let Some(nonce) = part.strip_prefix("'nonce-") {
            let nonce = nonce.trim_end_matches(['\'', ';']);
            assert_eq!(nonce.len(), "AAAAAAAAAAAAAAAAAAAAAA==".len(), "{policy}");
            blank.push(format!("'nonce-{{nonce}}'{end}"));
        } else {
            blank.push(part.to_owned());
        }
    }
    blank.join(" ")
}

/// Each route: method, path, what it is, and what it is for one who names a deck, a link or a file
/// that there is not.
const ROUTES: &[(&str, &str, Is, Is)] = &[
    ("GET", "/", Is::Home, Is::Home),
    ("GET", "/d/{id}", Is::App, Is::App),
    ("GET", "/d/{id}/present", Is::App, Is::App),
    ("GET", "/d/{id}/board", Is::App, Is::App),
    ("GET", "/d/{id}/follow", Is::Data, Is::App),
    ("GET", "/l/{code}", Is::Audience, Is::Audience),
    ("GET", "/r/{code}", Is::Audience, Is::Audience),
    ("GET", "/slides.html", Is::Slides, Is::Slides),
    ("GET", "/assets/{*path}", Is::File, Is::Data),
    ("GET", "/examples/{*path}", Is::File, Is::Data),
    ("POST", "/api/session", Is::Data, Is::Data),
    ("POST", "/api/redeem", Is::Data, Is::Data),
    ("GET", "/join", Is::Join, Is::Join),
    ("GET", "/auth/login", Is::Data, Is::Data),
    ("GET", "/auth/callback", Is::Data, Is::Data),
    ("GET", "/p/{name}", Is::Data, Is::Data),
    ("POST", "/api/decks/{id}/pictures", Is::Data, Is::Data),
    ("POST", "/api/decks/{id}/pictures/fetch", Is::Data, Is::Data),
    ("GET", "/api/decks/{id}/board", Is::Data, Is::Data),
    ("POST", "/api/decks/{id}/sections/{section}", Is::Data, Is::Data),
    ("GET", "/api/decks/{id}/discussion", Is::Data, Is::Data),
    ("POST", "/api/decks/{id}/discussion", Is::Data, Is::Data),
    ("PUT", "/api/decks/{id}/discussion/{message}", Is::Data, Is::Data),
    ("DELETE", "/api/decks/{id}/discussion/{message}", Is::Data, Is::Data),
    ("GET", "/api/decks/{id}/attendance", Is::Data, Is::Data),
    ("POST", "/api/decks/{id}/attendance", Is::Data, Is::Data),
    ("DELETE", "/api/decks/{id}/attendance", Is::Data, Is::Data),
    ("GET", "/api/decks/{id}/minutes", Is::Deck, Is::Data),
    ("GET", "/l/{code}/own", Is::Data, Is::Data),
    ("POST", "/l/{code}/questions", Is::Data, Is::Data),
    ("POST", "/l/{code}/attendance", Is::Data, Is::Data),
    ("DELETE", "/l/{code}/attendance", Is::Data, Is::Data),
    ("GET", "/api/decks", Is::Data, Is::Data),
    ("POST", "/api/decks", Is::Data, Is::Data),
    ("GET", "/api/decks/{id}", Is::Data, Is::Data),
    ("GET", "/api/decks/{id}/source", Is::Data, Is::Data),
    ("DELETE", "/api/decks/{id}", Is::Data, Is::Data),
    ("POST", "/api/decks/{id}/restore", Is::Data, Is::Data),
    ("POST", "/api/decks/{id}/duplicate", Is::Data, Is::Data),
    ("PUT", "/api/decks/{id}/archived", Is::Data, Is::Data),
    ("PUT", "/api/decks/{id}/call", Is::Data, Is::Data),
    ("PUT", "/api/decks/{id}/series", Is::Data, Is::Data),
    ("DELETE", "/api/decks/{id}/series", Is::Data, Is::Data),
    ("GET", "/api/decks/{id}/calls/next", Is::Data, Is::Data),
    ("GET", "/api/decks/{id}/calls/proposal", Is::Data, Is::Data),
    ("POST", "/api/decks/{id}/calls", Is::Data, Is::Data),
    ("GET", "/api/decks/{id}/sharing", Is::Data, Is::Data),
    ("PUT", "/api/decks/{id}/level", Is::Data, Is::Data),
    ("PUT", "/api/decks/{id}/people", Is::Data, Is::Data),
    ("DELETE", "/api/decks/{id}/people/{subject}", Is::Data, Is::Data),
    ("GET", "/api/decks/{id}/audit", Is::Data, Is::Data),
    ("GET", "/api/decks/{id}/links", Is::Data, Is::Data),
    ("POST", "/api/decks/{id}/links/{role}/reset", Is::Data, Is::Data),
    ("PUT", "/api/decks/{id}/links/{role}", Is::Data, Is::Data),
    ("GET", "/l/{code}/deck", Is::Deck, Is::Data),
    ("GET", "/r/{code}/deck", Is::Deck, Is::Data),
    ("GET", "/l/{code}/qr.svg", Is::Data, Is::Data),
    ("GET", "/r/{code}/qr.svg", Is::Data, Is::Data),
    ("GET", "/api/echo", Is::Data, Is::Data),
    ("GET", "/healthz", Is::Data, Is::Data),
    ("GET", "/readyz", Is::Data, Is::Data),
    ("GET", "/metrics", Is::Data, Is::Data),
    ("GET", "/sync/{id}", Is::Data, Is::Data),
    ("GET", "/l/{code}/live", Is::Data, Is::Data),
    ("GET", "/r/{code}/live", Is::Data, Is::Data),
    ("DELETE", "/api/session", Is::Data, Is::Data),
];

/// A path of a route with what there is in the places of its names, or with what there is not.
fn fill(path: &str, deck: &str, follow: &str, remote: &str, is_there: bool) -> String {
    let role = if path.starts_with("/r/") { remote } else { follow };
    let code = role.rsplit('/').next().unwrap_or_default();
    let file = if path.starts_with("/examples") { "template.md" } else { "favicon.svg" };
    let none = "AAAAAAAAAAAAAAAAAAAAAA";
    path.replace("{id}", if is_there { deck } else { none })
        .replace("{code}", if is_there { code } else { none })
        .replace("{*path}", if is_there { file } else { "none.js" })
        .replace("{role}", "follow")
        .replace("{name}", &format!("{none}.png"))
        .replace("{subject}", "user:none")
        .replace("{section}", "1")
        .replace("{message}", none)
}

#[test]
fn every_route_of_the_table_has_its_headers_here() {
    let expected: BTreeSet<(String, &str)> =
        ROUTES.iter().map(|(method, path, ..)| ((*method).to_owned(), *path)).collect();
    let table = ondeck_server::table();
    let found: BTreeSet<(String, &str)> =
        table.iter().map(|row| (row.method.to_string(), row.path)).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn every_route_answers_with_exactly_its_headers() {
    for (public, slides) in [(None, None), (Some(APP), None), (Some(APP), Some(SLIDES))] {
        let place = Place::start(public, slides).await;
        for &(method, path, is, otherwise) in ROUTES {
            let deck = place.deck().await;
            let (follow, remote) = links(&place.address, &deck).await.unwrap();
            for (is_there, is) in [(true, is), (false, otherwise)] {
                let path = fill(path, &deck, &follow, &remote, is_there);
                // What there is depends on the build of the front-end.
                let answer = soon(place.ask(method, &path, &[])).await;
                let is = if is == Is::File && answer.status == 404 { Is::Data } else { is };
                place.check(&format!("{method} {path}"), &answer, is);
            }
        }
        place.server.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn every_refusal_carries_the_same_headers() {
    let place = Place::start(None, None).await;
    let deck = place.deck().await;
    for &(method, path, ..) in ROUTES {
        let path = fill(path, &deck, "/l/x", "/r/x", true);
        for other in ["PATCH", "OPTIONS", "TRACE", "PURGE"] {
            let answer = place.ask(other, &path, &[]).await;
            assert_eq!(answer.status, 405, "{other} {path}");
            place.check(&format!("{other} {path}"), &answer, Is::Data);
        }
        let long = "x".repeat(20_000);
        let answer = place.ask(method, &path, &[("cookie", &long)]).await;
        assert_eq!(answer.status, 431, "{method} {path}");
        place.check(&format!("431 {method} {path}"), &answer, Is::Data);
        let answer = place.ask(method, &path, &[("host", "evil.example")]).await;
        assert_eq!(answer.status, 403, "{method} {path}");
        place.check(&format!("foreign {method} {path}"), &answer, Is::Data);
    }
    let large = "x".repeat(5 * 1024 * 1024);
    let upgrade = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("origin", "https://evil.example"),
    ];
    let page = [("accept", "text/html")];
    let foreign = [("origin", "null"), ("content-type", "text/markdown")];
    let sync = format!("/sync/{deck}");
    for (method, path, headers, body, status, is) in [
        ("GET", "/nowhere", &page[..], "", 404, Is::App),
        ("GET", "/nowhere", &[], "", 404, Is::Data),
        ("GET", "/api/nothing", &page, "", 404, Is::Data),
        ("POST", "/nowhere", &page, "", 404, Is::App),
        ("GET", "/assets/../api/decks", &[], "", 404, Is::Data),
        ("POST", "/api/decks", &markdown(), &large, 413, Is::Data),
        ("POST", "/api/decks", &[("content-type", "text/html")], "x", 400, Is::Data),
        ("POST", "/api/decks", &foreign, "x", 403, Is::Data),
        ("GET", &sync, &upgrade, "", 403, Is::Data),
        ("GET", &sync, &upgrade[..2], "", 400, Is::Data),
        ("GET", "/l/none/live", &upgrade, "", 403, Is::Data),
    ] {
        let answer = soon(http(&place.address, method, path, headers, body)).await.unwrap();
        assert_eq!(answer.status, status, "{method} {path}");
        place.check(&format!("{status} {method} {path}"), &answer, is);
    }
    place.server.shutdown().await.unwrap();
}

#[tokio::test]
async fn every_packed_file_has_the_policy_of_its_kind() {
    let place = Place::start(Some(APP), None).await;
    let manifest = place.ask("GET", "/assets/manifest.json", &[]).await;
    // Without a front-end there is nothing but the examples.
    let manifest: serde_json::Value = serde_json::from_str(&manifest.body).unwrap_or_default();
    let names = manifest.as_object().into_iter().flatten().filter_map(|(_, name)| name.as_str());
    for name in names.chain(["index.html", "worker.js", "worker_loader.js"]) {
        let path = format!("/assets/{name}");
        let answer = place.ask("GET", &path, &[]).await;
        let is = match (answer.status, name.ends_with(".js")) {
            (404, _) => Is::Data,
            (_, true) => Is::Script,
            (_, false) => Is::File,
        };
        place.check(&path, &answer, is);
    }
    place.server.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_the_browser_has_already_is_answered_with_the_same_headers() {
    let place = Place::start(None, None).await;
    let deck = place.deck().await;
    let (follow, _) = links(&place.address, &deck).await.unwrap();
    let slides = format!("{follow}/deck");
    for (path, is) in [(slides.as_str(), Is::Deck), ("/examples/template.md", Is::File)] {
        let first = place.ask("GET", path, &[]).await;
        let again = place.ask("GET", path, &[("if-none-match", first.header("etag"))]).await;
        assert_eq!(again.status, 304, "{path}");
        place.check(path, &again, is);
    }
    place.server.shutdown().await.unwrap();
}

/// The value of a cookie with a word for what is another one each time.
fn blank_cookie(cookie: &str) -> String {
    let (name, rest) = cookie.split_once('=').unwrap();
    let (token, about) = rest.split_once(';').unwrap();
    let token = if token.len() == 43 { "{token}" } else { token };
    format!("{name}={token};{about}")
}

#[tokio::test]
async fn cookies_are_set_by_few_routes_and_exactly_so() {
    for (public, begun, ended) in [
        (
            None,
            "ondeck={token}; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax",
            "ondeck=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax",
        ),
        (
            Some(APP),
            "__Host-ondeck={token}; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax; Secure",
            "__Host-ondeck=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure",
        ),
    ] {
        let place = Place::start(public, None).await;
        let made = place.ask("POST", "/api/session", &[]).await;
        assert_eq!(blank_cookie(made.header("set-cookie")), begun);
        place.check("POST /api/session", &made, Is::Data);
        let cookie = made.header("set-cookie").split(';').next().unwrap().to_owned();
        let ours = [("cookie", &*cookie), ("origin", &*place.app)];
        let deck = place.deck().await;
        let (follow, remote) = links(&place.address, &deck).await.unwrap();
        for &(method, path, ..) in ROUTES {
            let path = fill(path, &deck, &follow, &remote, method == "GET");
            let answer = soon(place.ask(method, &path, &ours)).await;
            let expected = match (method, &*path) {
                ("POST", "/api/session") => begun,
                ("DELETE", "/api/session") => ended,
                _ => "",
            };
            let cookie = Some(answer.header("set-cookie")).filter(|cookie| !cookie.is_empty());
            assert_eq!(cookie.map_or(String::new(), blank_cookie), expected, "{method} {path}");
        }
        place.server.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn under_the_host_name_of_the_slides_there_are_slides_and_nothing_else() {
    let place = Place::start(Some(APP), Some(SLIDES)).await;
    let deck = place.deck().await;
    let (follow, remote) = links(&place.address, &deck).await.unwrap();
    for host in ["slides.example.org", "SLIDES.example.org:443", "slides.example.org."] {
        let asked =
            [("host", host), ("cookie", "ondeck=x; __Host-ondeck=x"), ("accept", "text/html")];
        for &(method, path, is, _) in ROUTES {
            let path = fill(path, &deck, &follow, &remote, true);
            let answer = soon(place.ask(method, &path, &asked)).await;
            let is_there = path == "/slides.html" || path.starts_with("/assets/");
            if is_there {
                let is = if answer.status == 404 { Is::Data } else { is };
                place.check(&path, &answer, is);
            } else {
                let is_picture = path.starts_with("/p/") && answer.status == 403;
                assert!(answer.status == 404 || is_picture, "{method} {path}: {}", answer.status);
                place.check(&path, &answer, Is::Data);
            }
            assert_eq!(answer.header("set-cookie"), "", "{method} {path}");
        }
        for method in ["POST", "PUT", "DELETE", "PATCH"] {
            assert_eq!(place.ask(method, "/slides.html", &asked).await.status, 404, "{method}");
        }
    }
    // Under the other name there is everything, and the pages name the frame where it is.
    let page = place.ask("GET", &follow, &[("host", "decks.example.org")]).await;
    assert_eq!(page.status, 200);
    place.server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_nonce_is_never_used_twice() {
    let place = Place::start(None, None).await;
    for path in ["/d/x", "/slides.html"] {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..50 {
            let answer = place.ask("GET", path, &[]).await;
            let policy = answer.header("content-security-policy").to_owned();
            assert!(seen.insert(policy.clone()), "{path}: {policy}");
        }
    }
    place.server.shutdown().await.unwrap();
}
