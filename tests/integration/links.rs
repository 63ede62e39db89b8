//! Links for those who follow: they lead to a page that can be read, and end when they are reset.

use std::time::Duration;

use collab::access::Role;
use ondeck_server::Server;
use tests::viewer::{Viewer, links};
use tests::{Response, TestServer, http};

use crate::{at_once, soon};

const DECK: &str = "---\ntitle: \"A <b> & C\"\nlang: de\n---\n\n# Team Ops\n\nhello\n\n---\n\n# Team Web\n\n<style>body{}</style>\n";

async fn get(server: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    http(server, "GET", path, headers, "").await.unwrap()
}

async fn linked() -> (TestServer, String, String, String) {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck(DECK).await.unwrap();
    let (follow, remote) = links(&server.address(), &deck).await.unwrap();
    (server, deck, follow, remote)
}

#[tokio::test]
async fn the_page_of_the_audience_can_be_read_and_runs_nothing_of_the_deck() {
    let (server, deck, follow, remote) = linked().await;
    let address = server.address();
    for (path, kind) in [(&follow, "follow"), (&remote, "remote")] {
        let page = get(&address, path, &[]).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert_eq!(
            (page.header("cache-control"), page.header("x-robots-tag")),
            ("no-store", "noindex")
        );
        let policy = page.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"),
            "{policy}"
        );
        assert!(!policy.contains("wasm") && !policy.contains("unsafe"), "{policy}");
        let code = path.rsplit('/').next().unwrap();
        for has in [
            &format!("data-kind=\"{kind}\""),
            &format!("data-code=\"{code}\""),
            "A &lt;b&gt; &amp; C",
            "<section id=\"slide-1\" class=\"text-slide\" aria-label=\"Slide 1 of 2, Team Ops\" aria-current=\"true\">",
            "<h1>Team Ops</h1>",
            "<section id=\"slide-2\"",
        ] {
            assert!(page.body.contains(has), "{has}: {}", page.body);
        }
        assert!(!page.body.contains("body{}") && !page.body.contains("{{"), "{}", page.body);
    }
    let packed = get(&address, &follow, &[("accept-encoding", "gzip, br")]).await;
    assert_eq!((packed.status, packed.header("content-encoding")), (200, "br"));
    // The old address leads to it.
    let old = get(&address, &format!("/d/{deck}/follow"), &[]).await;
    assert_eq!((old.status, old.header("location")), (303, follow.as_str()));
    assert_eq!(get(&address, "/d/nowhere/follow", &[]).await.status, 404);
}

#[tokio::test]
async fn the_deck_comes_compressed_and_only_when_it_is_another_one() {
    let (server, _, follow, _) = linked().await;
    let address = server.address();
    // Somebody watches: another life of the projector would have another revision.
    let _fred = Viewer::open(&address, &follow, None).await.unwrap();
    let path = format!("{follow}/deck");
    let plain = get(&address, &path, &[]).await;
    let deck: serde_json::Value = serde_json::from_str(&plain.body).unwrap();
    assert_eq!(deck["sections"], serde_json::json!([["Team Ops", 0, 1], ["Team Web", 1, 1]]));
    assert_eq!(deck["titles"], serde_json::json!(["Team Ops", "Team Web"]));
    assert_eq!((&deck["config"]["lang"], &deck["live"]), (&"de".into(), &serde_json::Value::Null));
    assert_eq!(plain.header("x-robots-tag"), "noindex");
    let packed = get(&address, &path, &[("accept-encoding", "br")]).await;
    assert_eq!(packed.header("content-encoding"), "br");
    let known = get(&address, &path, &[("if-none-match", plain.header("etag"))]).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
}

#[tokio::test]
async fn a_qr_code_shows_the_whole_address() {
    let (server, _, follow, remote) = linked().await;
    for path in [&follow, &remote] {
        let code = get(&server.address(), &format!("{path}/qr.svg"), &[]).await;
        assert_eq!((code.status, code.header("content-type")), (200, "image/svg+xml"));
        assert!(code.body.contains("<svg") && !code.body.contains("<script"));
        assert!(code.header("content-security-policy").contains("sandbox"));
    }
}

#[tokio::test]
async fn an_unknown_link_is_explained_to_people_and_to_programs() {
    let (server, deck, follow, remote) = linked().await;
    let address = server.address();
    // A link to follow is none to press buttons with.
    let swapped = [follow.replace("/l/", "/r/"), remote.replace("/r/", "/l/")];
    for page in [&swapped[0], &swapped[1], "/l/nowhere", "/r/nowhere"] {
        let answer = get(&address, page, &[]).await;
        assert_eq!(answer.status, 404, "{page}");
        assert!(answer.body.contains("This link has ended"), "{}", answer.body);
        assert_eq!(get(&address, &format!("{page}/qr.svg"), &[]).await.status, 404);
        assert_eq!(get(&address, &format!("{page}/deck"), &[]).await.status, 404);
        let mut viewer = Viewer::open(&address, page, None).await.unwrap();
        assert_eq!(soon(viewer.ended()).await.unwrap(), (4404, "this link has ended".into()));
    }
    for path in
        ["/api/decks/nowhere/links".to_owned(), format!("/api/decks/{deck}/links/admin/reset")]
    {
        let method = if path.ends_with("reset") { "POST" } else { "GET" };
        assert_eq!(http(&address, method, &path, &[], "").await.unwrap().status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_reset_link_ends_for_everybody_at_once_and_nobody_else_notices() {
    let (server, deck, follow, remote) = linked().await;
    let address = server.address();
    let mut fred = Viewer::open(&address, &follow, None).await.unwrap();
    let mut phone = Viewer::open(&address, &remote, None).await.unwrap();
    for viewer in [&mut fred, &mut phone] {
        soon(viewer.until(|viewer| !viewer.slides.is_empty())).await.unwrap();
    }
    let path = format!("/api/decks/{deck}/links/follow/reset");
    let foreign = [("origin", "https://example.org")];
    assert_eq!(http(&address, "POST", &path, &foreign, "").await.unwrap().status, 403);
    let answer = http(&address, "POST", &path, &[], "").await.unwrap();
    assert_eq!(at_once(fred.ended()).await.unwrap(), (4404, "this link has ended".into()));
    let next: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    let next = next["links"][0]["url"].as_str().unwrap();
    assert_ne!(next, follow);
    assert_eq!(get(&address, &follow, &[]).await.status, 404);
    assert_eq!(get(&address, next, &[]).await.status, 200);
    // The phone goes on.
    phone.say(r#"{"type":"ping"}"#).await.unwrap();
    soon(phone.until(|phone| phone.heard.last().is_some_and(|json| json.contains("pong"))))
        .await
        .unwrap();
}

#[tokio::test]
async fn links_outlive_a_restart_and_end_with_their_deck() {
    let (mut server, deck, follow, _) = linked().await;
    server.stop().await.unwrap();
    server.start_again().await.unwrap();
    let address = server.address();
    assert_eq!(links(&address, &deck).await.unwrap().0, follow);
    let mut fred = Viewer::open(&address, &follow, None).await.unwrap();
    soon(fred.until(|fred| fred.slides.len() == 2)).await.unwrap();
    let path = format!("/api/decks/{deck}");
    assert_eq!(http(&address, "DELETE", &path, &[], "").await.unwrap().status, 204);
    assert_eq!(soon(fred.ended()).await.unwrap().0, 4404);
    assert_eq!(get(&address, &follow, &[]).await.status, 404);
    // Out of the bin it leads to the deck again.
    let path = format!("{path}/restore");
    assert_eq!(http(&address, "POST", &path, &[], "").await.unwrap().status, 200);
    assert_eq!(get(&address, &follow, &[]).await.status, 200);
}

#[tokio::test]
async fn hundreds_may_watch_from_one_address_and_a_page_of_another_site_may_not() {
    let dir = tempfile::tempdir().unwrap();
    let server = Server::listen(ondeck_server::Options {
        unload_after: Duration::ZERO,
        connections_per_address: 1,
        ..ondeck_server::Options::local(dir.path())
    })
    .await
    .unwrap();
    let address = server.address().to_string();
    let deck = tests::new_deck(&address, DECK).await.unwrap();
    let (follow, _) = links(&address, &deck).await.unwrap();
    let from = Some("192.0.2.7");
    let mut hall = Vec::new();
    for _ in 0..20 {
        let mut viewer = Viewer::open_from(&address, &follow, None, from).await.unwrap();
        soon(viewer.until(|viewer| !viewer.slides.is_empty())).await.unwrap();
        hall.push(viewer);
    }
    let mut one_more = Viewer::open_from(&address, &follow, None, from).await.unwrap();
    assert_eq!(soon(one_more.ended()).await.unwrap().0, 4503);
    // They take no place of those who write.
    let options = tests::options(&address, &deck, "Will", Role::Edit);
    let will = client::Client::open(options);
    soon(will.saved()).await.unwrap();
    let upgrade = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("origin", "https://example.org"),
    ];
    assert_eq!(get(&address, &format!("{follow}/live"), &upgrade).await.status, 403);
    drop((hall, will));
    server.shutdown().await.unwrap();
}
