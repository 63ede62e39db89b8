//! Pages of other sites: whatever `Origin` a browser may write for one, it may neither join a deck
//! nor change anything.

use ondeck_server::{Kind, Options, Server};
use tempfile::TempDir;
use tests::viewer::links;
use tests::{TestServer, http, new_deck, source};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::soon;

/// How browsers reach the server that has a name.
const APP: &str = "https://decks.example.org";

/// Each is an `Origin` that is not ours; `{host}` is the server's address, `{port}` its port.
const FOREIGN: [&str; 56] = [
    // Pages without an origin, or of no site.
    "null",
    "NULL",
    "",
    " ",
    "undefined",
    "*",
    "file://",
    "file:///",
    "data:",
    "blob:http://{host}/x",
    "about:blank",
    "about:srcdoc",
    // Extensions and apps.
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    "moz-extension://0b8d1fbf-0000-4000-8000-000000000000",
    "safari-web-extension://0b8d1fbf",
    "capacitor://localhost",
    "ionic://localhost",
    "tauri://localhost",
    "app://{host}",
    "devtools://devtools",
    // Another scheme, port or spelling.
    "ws://{host}",
    "ftp://{host}",
    "HTTP://{host}",
    "http:{host}",
    "http:/{host}",
    "http:///{host}",
    "//{host}",
    "{host}",
    "http://{host}/",
    "http://{host}/d/x",
    "http://{host}?x",
    "http://{host}#x",
    "http://{host}.",
    "http://{host}0",
    "http://127.0.0.1",
    "http://127.0.0.1:1",
    "http://127.0.0.1:{port} http://{host}",
    "http://127.0.0.1:{port},http://{host}",
    "http://127.1:{port}",
    "http://2130706433:{port}",
    "http://0x7f000001:{port}",
    "http://0177.0.0.1:{port}",
    "http://127.0.0.2:{port}",
    "http://0.0.0.0:{port}",
    "http://[::ffff:127.0.0.1]:{port}",
    "http://[0:0:0:0:0:0:0:1]:{port}",
    "http://[::1%25lo]:{port}",
    "http://localhost.:{port}",
    // Somebody else's names.
    "http://evil.example",
    "http://evil.example:{port}",
    "http://{host}.evil.example",
    "http://{host}@evil.example",
    "http://evil.example@{host}",
    "http://evil.example#{host}",
    "http://127.0.0.1.evil.example:{port}",
    "http://127.0.0.1\u{3002}evil.example:{port}",
];

/// The same for a server that has a name.
const FOREIGN_TO_NAMED: [&str; 22] = [
    "http://decks.example.org",
    "https://decks.example.org:443",
    "https://decks.example.org:8443",
    "https://decks.example.org.",
    "https://DECKS.example.org",
    "https://decks.example.org/",
    "https://decks.example.org.evil.example",
    "https://decks.example.orgevil.example",
    "https://evildecks.example.org",
    "https://a.decks.example.org",
    "https://example.org",
    "https://slides.example.org",
    "https://decks-example.org",
    "https://decks.example.org@evil.example",
    "https://user:word@decks.example.org",
    "https://decks.example.org%00.evil.example",
    "https://decks.example.org\u{200b}",
    "https://d\u{435}cks.example.org",
    "https://xn--dcks-oyd.example.org",
    "http://{host}",
    "http://localhost:{port}",
    "null",
];

/// Everything that changes something, and the WebSockets: methods and paths.
fn targets(deck: &str, follow: &str, remote: &str) -> Vec<(String, String)> {
    let rows = ondeck_server::table().into_iter();
    let rows = rows.filter(|row| row.method.as_str() != "GET" || row.kind == Kind::Socket);
    let filled = rows.map(|row| {
        let path = row.path.replace("{id}", deck).replace("{role}", "follow");
        let path = path.replace("/l/{code}", follow).replace("/r/{code}", remote);
        let path = path.replace("{subject}", "user:none").replace("{section}", "1");
        let path = path.replace("{message}", "AAAAAAAAAAAAAAAAAAAAAA").replace("{code}", follow);
        (row.method.to_string(), path)
    });
    filled.collect()
}

/// One request as it is written, whatever stands in it; gives the status.
async fn ask(address: &str, method: &str, path: &str, origins: &[Vec<u8>]) -> u16 {
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n").into_bytes();
    for origin in origins {
        request.extend_from_slice(b"origin: ");
        request.extend_from_slice(origin);
        request.extend_from_slice(b"\r\n");
    }
    let rest = if method == "GET" {
        "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    } else {
        "connection: close\r\ncontent-type: text/markdown\r\ncontent-length: 1\r\n\r\nx"
    };
    request.extend_from_slice(rest.as_bytes());
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(&request).await.unwrap();
    let mut head = [0; 12];
    soon(socket.read_exact(&mut head)).await.unwrap();
    std::str::from_utf8(&head[9..]).unwrap().parse().unwrap()
}

/// Tries all of these on everything; none gets anywhere.
async fn refused_everywhere(address: &str, origins: &[Vec<Vec<u8>>]) {
    let deck = new_deck(address, "# Kept").await.unwrap();
    let (follow, remote) = links(address, &deck).await.unwrap();
    let targets = targets(&deck, &follow, &remote);
    assert!(targets.len() > 10 && targets.iter().all(|(_, path)| !path.contains('{')));
    for (method, path) in targets {
        for origin in origins {
            let shown = || String::from_utf8_lossy(&origin.concat()).into_owned();
            let status = ask(address, &method, &path, origin).await;
            assert!(
                matches!(status, 400 | 403 | 431),
                "{method} {path} from {}: {status}",
                shown()
            );
        }
    }
    assert_eq!(source(address, &deck).await.unwrap(), "# Kept");
    assert_eq!(links(address, &deck).await.unwrap(), (follow, remote));
}

fn written(origins: &[&str], address: &str) -> Vec<Vec<Vec<u8>>> {
    let port = address.rsplit(':').next().unwrap();
    let filled = |origin: &&str| origin.replace("{host}", address).replace("{port}", port);
    origins.iter().map(|origin| vec![filled(origin).into_bytes()]).collect()
}

#[tokio::test]
async fn no_page_of_another_site_may_join_or_change_anything() {
    let server = TestServer::start().await.unwrap();
    let address = server.address();
    let own = format!("http://{address}").into_bytes();
    let mut origins = written(&FOREIGN, &address);
    // What no browser sends, but a proxy may make of it.
    origins.extend([
        vec![own.clone(), b"http://evil.example".to_vec()],
        vec![b"http://evil.example".to_vec(), own.clone()],
        vec![own.clone(), own.clone()],
        vec![[&own[..], b"\xff"].concat()],
        vec![[&own[..], b"\t"].concat(), b"null".to_vec()],
        vec![format!("http://{}.example", "x".repeat(15_000)).into_bytes()],
        vec![format!("http://{}", "x.".repeat(20_000)).into_bytes()],
    ]);
    refused_everywhere(&address, &origins).await;
}

#[tokio::test]
async fn a_server_with_a_name_is_spoken_to_by_pages_of_that_name_only() {
    let dir: TempDir = tempfile::tempdir().unwrap();
    let server = Server::listen(Options {
        public_url: Some(APP.to_owned()),
        slides_url: Some("https://slides.example.org".to_owned()),
        ..Options::local(dir.path())
    })
    .await
    .unwrap();
    let address = server.address().to_string();
    // Who reaches it on this machine under the machine's own name is no stranger.
    let mut origins = written(&FOREIGN_TO_NAMED, &address);
    origins.retain(|origin| !origin[0].starts_with(format!("http://{address}").as_bytes()));
    refused_everywhere(&address, &origins).await;
    let own = [("origin", APP), ("content-type", "text/markdown")];
    assert_eq!(http(&address, "POST", "/api/decks", &own, "x").await.unwrap().status, 201);
    server.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_name_that_somebody_pointed_at_this_machine_reaches_nothing() {
    let server = TestServer::start().await.unwrap();
    let address = server.address();
    let port = address.rsplit(':').next().unwrap();
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("localhost.evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        format!("127.0.0.1@evil.example:{port}"),
        format!("evil.example#@127.0.0.1:{port}"),
        format!("0.0.0.0:{port}"),
        format!("127.1:{port}"),
        String::new(),
    ] {
        for path in ["/", "/api/decks", "/slides.html", "/healthz", "/metrics"] {
            let answer = http(&address, "GET", path, &[("host", &host)], "").await.unwrap();
            assert!(matches!(answer.status, 400 | 403), "{host} {path}: {}", answer.status);
        }
    }
}
