//! Fetching against a TLS server of our own, whose names resolve to what each test says.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

use super::*;

/// An address that is public, and that nobody reaches: connections to it go to the server of the test.
const PUBLIC: &str = "93.184.215.14";

/// Where the server of this process listens. Tests share one, since `reach` is a plain function.
static PORT: AtomicU16 = AtomicU16::new(0);

fn reach(address: IpAddr) -> SocketAddr {
    assert!(is_public(address), "{address} would have been asked");
    SocketAddr::from(([127, 0, 0, 1], PORT.load(Ordering::SeqCst)))
}

/// What is answered at each path, and what was asked.
struct World {
    fetcher: Fetcher,
    asked: Arc<Mutex<Vec<String>>>,
    lookups: Arc<AtomicUsize>,
}

type Answers = HashMap<&'static str, Vec<u8>>;

fn redirect(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n").into_bytes()
}

fn picture(bytes: &[u8]) -> Vec<u8> {
    let mut answer =
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", bytes.len()).into_bytes();
    answer.extend_from_slice(bytes);
    answer
}

/// One at a time: they share a port.
static ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn world(
    names: &'static [(&'static str, &'static [&'static str])],
    answers: Answers,
) -> World {
    crate::tls::install();
    let hosts: Vec<String> = names.iter().map(|(name, _)| (*name).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(hosts).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let tls = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    PORT.store(listener.local_addr().unwrap().port(), Ordering::SeqCst);
    serve(listener, TlsAcceptor::from(Arc::new(tls)), answers, Arc::clone(&asked));
    let lookups = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&lookups);
    let lookup: Lookup = Arc::new(move |host| {
        count.fetch_add(1, Ordering::SeqCst);
        let found = names.iter().find(|(name, _)| *name == host).map(|(_, found)| *found);
        let found = found.unwrap_or_default().iter().map(|ip| ip.parse().unwrap()).collect();
        Box::pin(async move { Ok(found) })
    });
    let trusted = reqwest::Certificate::from_der(made.cert.der()).unwrap();
    let client = Client::builder().tls_certs_only([trusted]);
    World { fetcher: Fetcher::with(client, lookup, reach).unwrap(), asked, lookups }
}

fn serve(
    listener: tokio::net::TcpListener,
    tls: TlsAcceptor,
    answers: Answers,
    asked: Arc<Mutex<Vec<String>>>,
) {
    #[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
    tokio::spawn(async move {
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = tls.accept(tcp).await else { continue };
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let Ok(byte) = stream.read_u8().await else { break };
                head.push(byte);
            }
            let head = String::from_utf8(head).unwrap();
            let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
            asked.lock().unwrap().push(head);
            if let Some(answer) = answers.get(path.as_str()) {
                let _ = stream.write_all(answer).await;
                let _ = stream.shutdown().await;
            } else {
                // It says nothing, for as long as somebody waits.
                std::mem::forget(stream);
            }
        }
    });
}

#[tokio::test]
async fn a_picture_comes_from_a_public_address_also_by_way_of_others() {
    let _one = ONE.lock().await;
    let names: &[(&str, &[&str])] = &[("a.example", &[PUBLIC]), ("b.example", &[PUBLIC])];
    let answers = HashMap::from([
        ("/p.png", picture(b"bytes")),
        ("/1", redirect("/2")),
        ("/2", redirect("//b.example/3")),
        ("/3", redirect("https://a.example/p.png")),
        ("/0", redirect("/1")),
        ("/gone", b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec()),
    ]);
    let world = world(names, answers).await;
    let fetch = async |url: &str| world.fetcher.fetch(url).await;
    assert_eq!(fetch("https://a.example/p.png").await, Ok(Bytes::from_static(b"bytes")));
    assert_eq!(fetch("https://a.example:443/p.png#x").await, Ok(Bytes::from_static(b"bytes")));
    assert_eq!(fetch("https://a.example/1").await, Ok(Bytes::from_static(b"bytes")));
    assert_eq!(fetch("https://a.example/0").await, Err(FetchError::Redirects));
    assert_eq!(fetch("https://a.example/gone").await, Err(FetchError::Answer(404)));
    for head in world.asked.lock().unwrap().iter() {
        let head = head.to_ascii_lowercase();
        assert!(!head.contains("cookie:") && !head.contains("authorization:"), "{head}");
        assert!(!head.contains("referer:") && !head.contains("origin:"), "{head}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_not_read_to_its_end() {
    let _one = ONE.lock().await;
    let names: &[(&str, &[&str])] = &[("a.example", &[PUBLIC])];
    let mut endless = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
    endless.resize(endless.len() + MOST_BYTES + 1, b'x');
    let answers = HashMap::from([("/large", endless), ("/most", picture(&vec![1; MOST_BYTES]))]);
    let world = world(names, answers).await;
    assert_eq!(world.fetcher.fetch("https://a.example/large").await, Err(FetchError::TooLarge));
    let most = world.fetcher.fetch("https://a.example/most").await.unwrap();
    assert_eq!(most.len(), MOST_BYTES);
}

#[tokio::test]
async fn who_says_nothing_is_waited_for_no_longer_than_the_limit() {
    let _one = ONE.lock().await;
    let world = world(&[("a.example", &[PUBLIC])], HashMap::new()).await;
    let start = std::time::Instant::now();
    assert_eq!(world.fetcher.fetch("https://a.example/hangs").await, Err(FetchError::Silent));
    assert!(start.elapsed() < WITHIN * 3, "{:?}", start.elapsed());
    assert_eq!(world.fetcher.fetch("https://nobody.example/").await, Err(FetchError::Silent));
}

#[tokio::test]
async fn names_that_lead_to_networks_that_are_not_public_are_not_asked() {
    let _one = ONE.lock().await;
    let names: &[(&str, &[&str])] = &[
        ("a.example", &[PUBLIC]),
        ("loopback.example", &["127.0.0.1"]),
        ("cloud.example", &["169.254.169.254"]),
        ("home.example", &["192.168.1.1"]),
        ("office.example", &["10.1.2.3"]),
        ("lan.example", &["172.20.0.1"]),
        ("provider.example", &["100.64.0.1"]),
        ("zero.example", &["0.0.0.0"]),
        ("multicast.example", &["224.0.0.1"]),
        ("broadcast.example", &["255.255.255.255"]),
        ("loopback6.example", &["::1"]),
        ("link6.example", &["fe80::1"]),
        ("unique6.example", &["fd00::1"]),
        ("mapped.example", &["::ffff:127.0.0.1"]),
        ("translated.example", &["64:ff9b::7f00:1"]),
        ("tunnel.example", &["2002:7f00:1::"]),
        ("both.example", &[PUBLIC, "127.0.0.1"]),
    ];
    let world = world(names, HashMap::new()).await;
    for (name, _) in &names[1..] {
        let refused = world.fetcher.fetch(&format!("https://{name}/p.png")).await;
        assert_eq!(refused, Err(FetchError::NotPublic), "{name}");
    }
    assert!(world.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_redirect_into_a_network_that_is_not_public_is_not_followed() {
    let _one = ONE.lock().await;
    let names: &[(&str, &[&str])] = &[("a.example", &[PUBLIC]), ("home.example", &["192.168.1.1"])];
    let answers = HashMap::from([
        ("/home", redirect("https://home.example/")),
        ("/number", redirect("https://127.0.0.1/")),
        ("/six", redirect("https://[::1]/")),
        ("/plain", redirect("http://a.example/p.png")),
        ("/port", redirect("https://a.example:8443/p.png")),
        ("/user", redirect("https://me@a.example/p.png")),
        ("/file", redirect("file:///etc/passwd")),
    ]);
    let world = world(names, answers).await;
    let refused = world.fetcher.fetch("https://a.example/home").await;
    assert_eq!(refused, Err(FetchError::NotPublic));
    for path in ["number", "six", "plain", "port", "user", "file"] {
        let refused = world.fetcher.fetch(&format!("https://a.example/{path}")).await;
        assert!(matches!(refused, Err(FetchError::Address(_))), "{path}: {refused:?}");
    }
    // Each was asked once, and none of where they lead.
    assert_eq!(world.asked.lock().unwrap().len(), 7);
}

#[tokio::test]
async fn addresses_that_are_wrong_are_not_even_resolved() {
    let _one = ONE.lock().await;
    let world = world(&[("a.example", &[PUBLIC])], HashMap::new()).await;
    for url in [
        "http://a.example/p.png",
        "https://a.example:444/p.png",
        "https://a.example:80/p.png",
        "https://me@a.example/p.png",
        "https://me:secret@a.example/p.png",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://93.184.215.14/",
        "ftp://a.example/",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "/p/local.png",
        "https://",
        "nonsense",
        "",
    ] {
        let refused = world.fetcher.fetch(url).await;
        assert!(matches!(refused, Err(FetchError::Address(_))), "{url}: {refused:?}");
    }
    assert_eq!(world.lookups.load(Ordering::SeqCst), 0);
    assert!(world.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_is_not_accepted() {
    let _one = ONE.lock().await;
    let answers = HashMap::from([("/p.png", picture(b"bytes"))]);
    let world = world(&[("a.example", &[PUBLIC]), ("b.example", &[PUBLIC])], answers).await;
    let other = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).unwrap();
    let other = reqwest::Certificate::from_der(other.cert.der()).unwrap();
    let lookup: Lookup = Arc::new(|_| Box::pin(async { Ok(vec![PUBLIC.parse().unwrap()]) }));
    let stranger = Fetcher::with(Client::builder().tls_certs_only([other]), lookup, reach).unwrap();
    assert_eq!(stranger.fetch("https://a.example/p.png").await, Err(FetchError::Silent));
    assert!(world.fetcher.fetch("https://a.example/p.png").await.is_ok());
}
