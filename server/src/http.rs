//! Accepts connections and speaks HTTP on them, within limits of number, size and time.
//!
//! A connection counts here until it becomes a WebSocket, which has limits of its own.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service as _;

use crate::limits::address::{Crowd, Place, Proxies};

/// HTTP connections at once. Each takes up to 50 KB; more wait in the kernel's queue until one
/// ends, which the times below see to.
const MOST_CONNECTIONS: usize = 4_096;
/// Of those, connections of one address: browsers open six, and the audience of a whole venue
/// opens the page at the same moment. Nobody alone can take all.
const CONNECTIONS_PER_ADDRESS: usize = 1_024;
/// Most connections that the system keeps until they are accepted; it may allow fewer.
const MOST_WAITING: u32 = 4_096;
/// How long the head of a request may take, and how long a connection may wait for its next one.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// What the parser gives up at, without words. Beyond [`MAX_HEAD_BYTES`] there are words.
const UNREADABLE_HEAD_BYTES: usize = 2 * MAX_HEAD_BYTES;
/// Largest head of a request: cookies of other services on the same host come with it.
pub(crate) const MAX_HEAD_BYTES: usize = 16 * 1024;
/// What is buffered of one connection, each way.
const BUFFER_BYTES: usize = 64 * 1024;
/// A connection takes no further request after this time …
const USED_FOR: Duration = Duration::from_secs(300);
/// … and is cut after this one more: whoever has not read an answer by then reads nothing.
const FINISHED_WITHIN: Duration = Duration::from_secs(300);
/// How long to wait when the system has no room for a connection (most often: no open files).
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What one who has too many connections is told, whatever they may want to ask; with the headers
/// that a browser may see it with (`crate::headers`).
const TOO_MANY: &str = "HTTP/1.1 429 Too Many Requests\r\n\
    content-type: application/problem+json\r\ncontent-length: 112\r\n\
    content-security-policy: default-src 'none'; frame-ancestors 'none'; sandbox\r\n\
    x-content-type-options: nosniff\r\nreferrer-policy: no-referrer\r\n\
    cross-origin-resource-policy: same-origin\r\ncache-control: no-store\r\n\
    retry-after: 10\r\nconnection: close\r\n\r\n\
    {\"title\":\"Too Many Requests\",\"status\":429,\
    \"detail\":\"too many connections from your address; try again in 10 s\"}\n";

/// Serves until `stop`, then until the connections have ended.
pub(crate) async fn serve(
    listener: TcpListener,
    routes: Router,
    proxies: Proxies,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    let slots = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let crowd = Crowd::new(CONNECTIONS_PER_ADDRESS);
    loop {
        let next = async {
            // Nobody closes it.
            let slot = Arc::clone(&slots).acquire_owned().await.ok();
            (slot, accept(&listener).await)
        };
        let (slot, (tcp, peer)) = tokio::select! {
            next = next => next,
            () = stop.cancelled() => break,
        };
        // Behind a proxy everybody has its address: it sees to such limits. So does this machine.
        let place = match peer.ip().to_canonical() {
            address if address.is_loopback() || proxies.trusts(address) => Place::uncounted(),
            address => match crowd.enter(address) {
                Some(place) => place,
                None => {
                    turn_away(&tcp);
                    continue;
                }
            },
        };
        let (routes, stop) = (routes.clone(), stop.clone());
        tasks.spawn(async move {
            connection(tcp, peer, routes, stop).await;
            drop((slot, place));
        });
    }
    drop(listener);
    tasks.close();
    tasks.wait().await;
}

/// Listens, with room for a whole audience that opens its link in the same second: whoever finds none
/// would wait a second before the system tries again.
///
/// # Errors
/// When the address cannot be used.
pub(crate) fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that restarts gets its port back. (On Windows the option means something else.)
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(MOST_WAITING)
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((tcp, peer)) => {
                // Without this, Nagle's algorithm meets delayed acknowledgements: 40 ms a keystroke.
                if let Err(error) = tcp.set_nodelay(true) {
                    tracing::debug!(%error, "TCP_NODELAY is not set");
                }
                return (tcp, peer);
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_AGAIN_AFTER).await;
            }
        }
    }
}

/// The socket is new, so there is room in it for the few words; should they be lost, what the
/// client sees is that the connection was closed.
fn turn_away(tcp: &TcpStream) {
    if let Err(error) = tcp.try_write(TOO_MANY.as_bytes()) {
        tracing::debug!(%error, "a connection was refused without a word");
    }
}

/// One connection, until it ends or becomes a WebSocket.
async fn connection<IO>(io: IO, peer: SocketAddr, routes: Router, stop: CancellationToken)
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        // A router is always ready.
        routes.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_header_size(UNREADABLE_HEAD_BYTES)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(io), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let mut stopped = pin!(stop.cancelled());
    let mut until = Instant::now() + USED_FOR;
    let mut ending = false;
    loop {
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%peer, %error, "connection ended");
                }
                return;
            }
            () = &mut stopped, if !ending => {}
            () = sleep_until(until) => {
                if ending {
                    return tracing::debug!(%peer, "connection cut");
                }
            }
        }
        ending = true;
        until = Instant::now() + FINISHED_WITHIN;
        connection.as_mut().graceful_shutdown();
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    fn open(routes: Router) -> (DuplexStream, tokio::task::JoinHandle<()>) {
        let (ours, theirs) = duplex(1024 * 1024);
        let peer = ([192, 0, 2, 7], 1).into();
        let served = connection(theirs, peer, routes, CancellationToken::new());
        #[expect(clippy::disallowed_methods, reason = "awaited by the test")]
        let served = tokio::spawn(served);
        (ours, served)
    }

    fn hello() -> Router {
        Router::new().route("/", get(async || "hello"))
    }

    async fn answer(socket: &mut DuplexStream) -> String {
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_comes_a_byte_at_a_time_is_cut() {
        let start = Instant::now();
        let (socket, served) = open(hello());
        let (mut reading, mut writing) = tokio::io::split(socket);
        let drip = async {
            writing.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n").await.unwrap();
            while writing.write_all(b"x: y\r\n").await.is_ok() {
                sleep(Duration::from_secs(1)).await;
            }
        };
        let read = async { reading.read(&mut [0; 64]).await.unwrap_or(0) };
        let (read, (), _) = tokio::join!(read, drip, served);
        assert_eq!((read, start.elapsed() >= HEAD_TIME), (0, true));
        assert!(start.elapsed() < HEAD_TIME * 2, "{:?}", start.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_a_request_is_cut() {
        let start = Instant::now();
        for request in ["", "GET / HTTP/1.1\r\nhost: x\r\n\r\n"] {
            let (mut socket, served) = open(hello());
            socket.write_all(request.as_bytes()).await.unwrap();
            assert_eq!(answer(&mut socket).await.is_empty(), request.is_empty());
            served.await.unwrap();
        }
        assert_eq!(start.elapsed().as_secs(), 2 * HEAD_TIME.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_does_not_read_the_answer_is_cut() {
        let start = Instant::now();
        let long = "x".repeat(8 * 1024 * 1024);
        let (mut socket, served) = open(Router::new().route("/", get(async || long)));
        socket.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        served.await.unwrap();
        assert_eq!(start.elapsed().as_secs(), (USED_FOR + FINISHED_WITHIN).as_secs());
    }

    #[tokio::test]
    async fn a_flood_of_headers_is_refused_while_it_comes() {
        let (socket, served) = open(hello());
        let (mut reading, mut writing) = tokio::io::split(socket);
        let flood = async {
            let line = format!("x: {}\r\n", "y".repeat(1_000));
            let _ = writing.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n").await;
            for _ in 0..10_000 {
                if writing.write_all(line.as_bytes()).await.is_err() {
                    return;
                }
            }
            panic!("all of it was taken");
        };
        let mut answer = String::new();
        let read = reading.read_to_string(&mut answer);
        let (_, _, _) = tokio::join!(read, flood, served);
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }

    #[tokio::test]
    async fn what_is_said_to_too_many_arrives_and_is_an_http_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let connecting = TcpStream::connect(listener.local_addr().unwrap());
        let (accepted, connected) = tokio::join!(accept(&listener), connecting);
        turn_away(&accepted.0);
        drop(accepted);
        let mut answer = String::new();
        connected.unwrap().read_to_string(&mut answer).await.unwrap();
        assert_eq!(answer, TOO_MANY);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{}", body.len());
        let problem: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(problem["status"], 429);
    }
}
