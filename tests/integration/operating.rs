//! What those who run the server see of it: figures, readiness, ids of requests.

use collab::access::Role;
use collab::doc::TextEdit;
use ondeck_server::{Options, Server, admin_token};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::{Response, TestServer, http};

use crate::soon;

const THROUGH_A_PROXY: (&str, &str) = ("x-forwarded-for", "192.0.2.7");

async fn listen(change: impl FnOnce(&mut Options)) -> (Server, String, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let mut options = Options::local(dir.path());
    change(&mut options);
    let server = Server::listen(options).await.unwrap();
    let address = server.address().to_string();
    (server, address, dir)
}

async fn get(address: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    soon(http(address, "GET", path, headers, "")).await.unwrap()
}

/// The value of a figure.
pub(crate) fn figure(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {name} in\n{text}")).parse().unwrap()
}

#[tokio::test]
async fn figures_are_for_this_machine_and_for_the_operators_token() {
    let (server, address, dir) = listen(|_| {}).await;
    let token = format!("Bearer {}", admin_token(dir.path()).unwrap());
    let here = get(&address, "/metrics", &[]).await;
    assert_eq!(here.status, 200);
    assert!(here.header("content-type").starts_with("application/openmetrics-text"), "{here:?}");
    assert!(here.body.ends_with("# EOF\n"), "{}", here.body);
    for headers in [
        &[THROUGH_A_PROXY][..],
        &[("via", "1.1 proxy")],
        &[THROUGH_A_PROXY, ("x-forwarded-proto", "https")],
    ] {
        let answer = get(&address, "/metrics", headers).await;
        assert_eq!(answer.status, 403, "{headers:?}");
        assert!(!answer.body.contains("ondeck_"), "{}", answer.body);
    }
    let answer =
        get(&address, "/metrics", &[THROUGH_A_PROXY, ("authorization", token.as_str())]).await;
    assert_eq!(answer.status, 200);
    server.shutdown().await.unwrap();
}

/// A proxy on the same machine may add nothing at all, and ask by the address of the server.
#[tokio::test]
async fn figures_of_a_server_that_others_reach_are_for_the_operators_token_alone() {
    let (server, address, dir) = listen(|options| {
        options.public_url = Some("https://decks.example.org".to_owned());
    })
    .await;
    let answer = get(&address, "/metrics", &[]).await;
    assert_eq!(answer.status, 403);
    assert!(!answer.body.contains("ondeck_"), "{}", answer.body);
    let token = format!("Bearer {}", admin_token(dir.path()).unwrap());
    let answer = get(&address, "/metrics", &[("authorization", token.as_str())]).await;
    assert_eq!(answer.status, 200);
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_place_of_their_own_has_figures_for_everybody_who_reaches_it_and_nothing_else() {
    let (server, address, _dir) = listen(|options| {
        options.metrics_listen = Some(([127, 0, 0, 1], 0).into());
    })
    .await;
    let place = server.metrics_address().unwrap().to_string();
    assert_ne!(place, address);
    let answer = get(&place, "/metrics", &[THROUGH_A_PROXY, ("host", "prometheus")]).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
    for path in ["/", "/api/decks", "/healthz"] {
        assert_eq!(get(&place, path, &[]).await.status, 404, "{path}");
    }
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn who_writes_and_what_is_refused_is_in_the_figures() {
    let server = TestServer::start().await.unwrap();
    let address = server.address();
    let figures = async || get(&address, "/metrics", &[]).await.body;
    let deck = server.deck("# Figures").await.unwrap();
    let before = figures().await;
    let writer = server.join(&deck, "Ada", Role::Edit);
    soon(writer.saved()).await.unwrap();
    writer.edit(vec![TextEdit::insert(0, "One ")]).await.unwrap();
    soon(writer.saved()).await.unwrap();
    let now = figures().await;
    assert_eq!(figure(&now, "ondeck_sessions{role=\"editor\"}"), 1.0);
    assert_eq!(figure(&now, "ondeck_open_rooms"), 1.0);
    for name in ["ondeck_commit_seconds_count", "ondeck_propagation_seconds_count"] {
        assert!(figure(&now, name) > figure(&before, name), "{name}\n{now}");
    }
    let sent = "ondeck_http_requests_total{route=\"/api/decks\",status=\"2xx\"}";
    assert_eq!(figure(&now, sent), 1.0);
    drop(writer);
    let gone = "ondeck_sessions{role=\"editor\"}";
    soon(async { while figure(&figures().await, gone) > 0.0 {} }).await;
}

#[tokio::test]
async fn a_server_that_is_about_to_stop_says_so_and_goes_on_until_then() {
    let (server, address, _dir) = listen(|_| {}).await;
    let report = async || {
        let answer = get(&address, "/readyz", &[]).await;
        (answer.status, serde_json::from_str::<Value>(&answer.body).unwrap())
    };
    let fine = json!({
        "ready": true, "degraded": false, "draining": false, "store": "ok", "pictures": "ok",
        "bus": "none", "nodes": 1,
    });
    assert_eq!(report().await, (200, fine.clone()));
    server.begin_drain();
    let mut draining = fine;
    (draining["ready"], draining["draining"]) = (false.into(), true.into());
    assert_eq!(report().await, (503, draining));
    let alive = get(&address, "/healthz", &[]).await;
    assert_eq!((alive.status, &*alive.body), (200, "ok\n"));
    assert_eq!(get(&address, "/api/decks", &[]).await.status, 200);
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_request_has_an_id_which_only_a_trusted_proxy_may_give() {
    let given = [("x-request-id", "given-by-the-proxy")];
    let (trusting, address, _dir) = listen(|_| {}).await;
    let answer = get(&address, "/healthz", &given).await;
    assert_eq!(answer.header("x-request-id"), "given-by-the-proxy");
    let odd = get(&address, "/healthz", &[("x-request-id", "two words")]).await;
    let other = get(&address, "/nowhere", &[]).await;
    assert_eq!((odd.header("x-request-id").len(), other.header("x-request-id").len()), (16, 16));
    assert_ne!(odd.header("x-request-id"), other.header("x-request-id"));
    trusting.shutdown().await.unwrap();

    let (server, address, _dir) = listen(|options| options.trusted_proxies.clear()).await;
    let answer = get(&address, "/healthz", &given).await;
    assert_eq!(answer.header("x-request-id").len(), 16);
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_request_is_told_what_came_of_it_on_its_way() {
    let (server, address, _dir) = listen(|_| {}).await;
    let headers = [("x-forwarded-for", "203.0.113.9, 192.0.2.7"), ("x-forwarded-proto", "https")];
    let echo: Value =
        serde_json::from_str(&get(&address, "/api/echo", &headers).await.body).unwrap();
    assert_eq!(
        echo,
        json!({
            "host": address, "proto": "https", "forwardedFor": 2, "believed": true, "counted": true,
        })
    );
    server.shutdown().await.unwrap();
}
