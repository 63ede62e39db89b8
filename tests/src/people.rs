//! People before a server: with a cookie, signed in, with the operator's token, or without anything.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use client::Options;
use collab::access::Role;
use ondeck_server::store::access::{AccessStore as _, Principal, SignedIn};
use ondeck_server::store::sqlite::SqliteStore;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::Request;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::{Response, TestServer, http};

/// Unix milliseconds at which sessions of tests end, far in the future.
const NEVER: i64 = 4_000_000_000_000;

/// Somebody, and what shows who they are.
#[derive(Debug, Clone)]
pub struct Somebody {
    server: String,
    /// As it stands in journals.
    pub principal: String,
    /// `name=value`, as browsers send it.
    pub cookie: Option<String>,
    token: Option<String>,
}

impl Somebody {
    /// A program without anything.
    pub fn program(server: &TestServer) -> Self {
        let (server, principal) = (server.address(), "guest".to_owned());
        Self { server, principal, cookie: None, token: None }
    }

    /// Whoever runs the server.
    ///
    /// # Errors
    /// When its token cannot be read.
    pub fn admin(server: &TestServer) -> anyhow::Result<Self> {
        let token = Some(ondeck_server::admin_token(server.data_dir())?);
        let (server, principal) = (server.address(), "admin".to_owned());
        Ok(Self { server, principal, cookie: None, token })
    }

    /// A browser that comes for the first time.
    ///
    /// # Errors
    /// When the server gives it no session.
    pub async fn guest(server: &TestServer) -> anyhow::Result<Self> {
        let mut guest = Self::program(server);
        let answer = guest.send("POST", "/api/session", None).await?;
        guest.take_cookie(&answer);
        let session: Value = serde_json::from_str(&answer.body)?;
        guest.principal = session["principal"].as_str().context("no principal")?.to_owned();
        Ok(guest)
    }

    /// The same person, before another server that shares everything with the first.
    pub fn at(&self, server: &TestServer) -> Self {
        Self { server: server.address(), ..self.clone() }
    }

    /// Somebody who has signed in; the address is verified.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn member(
        server: &TestServer,
        store: &SqliteStore,
        name: &str,
    ) -> anyhow::Result<Self> {
        let signed_in = SignedIn {
            issuer: "https://provider.example".into(),
            subject: name.into(),
            name: name.into(),
            email: Some(format!("{}@example.org", name.to_lowercase())),
            groups: vec![format!("friends of {name}")],
        };
        let user = store.sign_in(signed_in, None, 1).await?;
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let token = format!("{name}-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let sum = Sha256::digest(&token).into();
        store.add_session(sum, user.principal.clone(), 1, NEVER).await?;
        let (server, Principal(principal)) = (server.address(), user.principal);
        Ok(Self { server, principal, cookie: Some(format!("ondeck={token}")), token: None })
    }

    /// Keeps the cookie of an answer, or throws its own away, as a browser does.
    pub fn take_cookie(&mut self, answer: &Response) {
        let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default();
        if cookie.ends_with('=') {
            self.cookie = None;
        } else if !cookie.is_empty() {
            self.cookie = Some(cookie.to_owned());
        }
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        if let Some(cookie) = &self.cookie {
            headers.push(("cookie", cookie.clone()));
            headers.push(("origin", format!("http://{}", self.server)));
        }
        headers.extend(self.token.iter().map(|token| ("authorization", format!("Bearer {token}"))));
        headers
    }

    /// Sends a request, with JSON if there is any.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        json: Option<Value>,
    ) -> anyhow::Result<Response> {
        let mut headers = self.headers();
        headers.push(("content-type", "application/json".into()));
        self.send_as(method, path, &headers, &json.map(|json| json.to_string()).unwrap_or_default())
            .await
    }

    /// The same from a page of another site; `""` for none.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn send_from(
        &self,
        origin: &str,
        method: &str,
        path: &str,
    ) -> anyhow::Result<Response> {
        let mut headers = self.headers();
        headers.retain(|(name, _)| *name != "origin");
        if !origin.is_empty() {
            headers.push(("origin", origin.to_owned()));
        }
        self.send_as(method, path, &headers, "").await
    }

    async fn send_as(
        &self,
        method: &str,
        path: &str,
        headers: &[(&'static str, String)],
        body: &str,
    ) -> anyhow::Result<Response> {
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        http(&self.server, method, path, &headers, body).await
    }

    /// The JSON of a request that is answered with 2xx.
    ///
    /// # Errors
    /// When it is not.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        json: Option<Value>,
    ) -> anyhow::Result<Value> {
        let answer = self.send(method, path, json).await?;
        anyhow::ensure!(answer.status / 100 == 2, "{method} {path}: {answer:?}");
        Ok(serde_json::from_str(&answer.body).unwrap_or_default())
    }

    /// Makes a deck and gives its id.
    ///
    /// # Errors
    /// When they may not.
    pub async fn make_deck(&self, source: &str) -> anyhow::Result<String> {
        let deck = self.ask("POST", "/api/decks", Some(json!({ "source": source }))).await?;
        Ok(deck["id"].as_str().context("no id")?.to_owned())
    }

    /// Opens a WebSocket, as browsers do.
    ///
    /// # Errors
    /// The status when the server does not upgrade.
    pub async fn connect(
        &self,
        path: &str,
        protocol: &'static str,
    ) -> anyhow::Result<Result<WebSocketStream<TcpStream>, u16>> {
        let mut request: Request<()> =
            format!("ws://{}{path}", self.server).into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("sec-websocket-protocol", protocol.parse()?);
        for (name, value) in self.headers() {
            headers.insert(name, value.parse()?);
        }
        let tcp = TcpStream::connect(&self.server).await?;
        tcp.set_nodelay(true)?;
        match client_async(request, tcp).await {
            Ok((socket, _)) => Ok(Ok(socket)),
            Err(Error::Http(answer)) => Ok(Err(answer.status().as_u16())),
            Err(error) => Err(error.into()),
        }
    }

    /// How they open a deck with Ondeck's own client.
    pub fn options(&self, deck: &str, name: &str, role: Role) -> Options {
        Options { cookie: self.cookie.clone(), ..crate::options(&self.server, deck, name, role) }
    }
}
