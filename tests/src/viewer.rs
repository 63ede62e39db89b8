//! Somebody in the audience: a follower's page or a phone remote, without a browser.

use anyhow::{Context as _, anyhow};
use deck::{SlideHtml, SlidePatch};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async};

/// The WebSocket subprotocol of viewers.
const SUBPROTOCOL: &str = "ondeck-live.1";

/// One viewer, and what it has on the screen.
pub struct Viewer {
    socket: WebSocketStream<TcpStream>,
    /// The slides as they are there.
    pub slides: Vec<SlideHtml>,
    /// Their revision.
    pub revision: String,
    /// Where the presentation is; null before the first message.
    pub state: Value,
    /// What only a remote hears.
    pub stage: Value,
    /// Every message as it came.
    pub heard: Vec<String>,
    /// Code and reason, once the server has closed the connection.
    pub closed: Option<(u16, String)>,
}

impl Viewer {
    /// Opens the socket of a page such as `/l/…`, with a revision that is there already.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn open(server: &str, page: &str, have: Option<&str>) -> anyhow::Result<Self> {
        Self::open_from(server, page, have, None).await
    }

    /// The same through a proxy on this machine, for somebody at another address.
    ///
    /// # Errors
    /// As [`Viewer::open`].
    pub async fn open_from(
        server: &str,
        page: &str,
        have: Option<&str>,
        from: Option<&str>,
    ) -> anyhow::Result<Self> {
        let have = have.map(|have| format!("?have={have}")).unwrap_or_default();
        let mut request = format!("ws://{server}{page}/live{have}").into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse()?);
        if let Some(from) = from {
            request.headers_mut().insert("x-forwarded-for", from.parse()?);
        }
        let tcp = TcpStream::connect(server).await?;
        tcp.set_nodelay(true)?;
        let (socket, _) = client_async(request, tcp).await?;
        Ok(Self {
            socket,
            slides: Vec::new(),
            revision: String::new(),
            state: Value::Null,
            stage: Value::Null,
            heard: Vec::new(),
            closed: None,
        })
    }

    /// Says something.
    ///
    /// # Errors
    /// When the connection has ended.
    pub async fn say(&mut self, json: &str) -> anyhow::Result<()> {
        Ok(self.socket.send(Message::text(json)).await?)
    }

    /// Takes in the next message, and gives its kind; `None` when the server has closed.
    ///
    /// # Errors
    /// When the connection fails, or a message makes no sense here.
    pub async fn next(&mut self) -> anyhow::Result<Option<String>> {
        match self.next_text().await? {
            Some(json) => self.take(&json).map(Some),
            None => Ok(None),
        }
    }

    /// The next message as it comes, which is not taken in; `None` when the server has closed.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn next_text(&mut self) -> anyhow::Result<Option<Utf8Bytes>> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(json))) => return Ok(Some(json)),
                Some(Ok(Message::Close(frame))) => {
                    let frame = frame.map(|frame| (frame.code.into(), frame.reason.to_string()));
                    self.closed = frame.or(self.closed.take());
                }
                Some(Ok(Message::Binary(_))) => return Err(anyhow!("a binary message")),
                Some(Ok(_)) => {}
                None => return Ok(None),
                Some(Err(_)) if self.closed.is_some() => return Ok(None),
                Some(Err(error)) => return Err(error.into()),
            }
        }
    }

    fn take(&mut self, json: &str) -> anyhow::Result<String> {
        let message: Value = serde_json::from_str(json)?;
        let kind = message["type"].as_str().context("no type")?.to_owned();
        self.heard.push(json.to_owned());
        match &*kind {
            "deck" => self.slides = serde_json::from_value(message["slides"].clone())?,
            "patch" => {
                let from = message["from"].as_str();
                anyhow::ensure!(
                    from.is_none_or(|from| from == self.revision),
                    "a patch to {from:?} came, and {} is here",
                    self.revision
                );
                let patches: Vec<SlidePatch> = serde_json::from_value(message["patches"].clone())?;
                deck::apply(&mut self.slides, &patches);
            }
            "stage" => self.stage = message.clone(),
            _ => {}
        }
        if let Some(revision) = message["revision"].as_str() {
            self.revision = revision.to_owned();
        }
        if message["state"].is_object() {
            self.state = message["state"].clone();
        }
        Ok(kind)
    }

    /// Goes on until something is so.
    ///
    /// # Errors
    /// When the connection ends before.
    pub async fn until(&mut self, is_so: impl Fn(&Self) -> bool) -> anyhow::Result<()> {
        while !is_so(self) {
            self.next().await?.with_context(|| format!("closed: {:?}", self.closed))?;
        }
        Ok(())
    }

    /// Goes on until the server closes the connection; gives code and reason.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn ended(&mut self) -> anyhow::Result<(u16, String)> {
        while self.next().await?.is_some() {}
        self.closed.clone().context("closed without a word")
    }

    /// The HTML of the slide that is shown; empty before there is one.
    pub fn shown(&self) -> &str {
        let slide = self.state["slide"].as_u64().and_then(|slide| self.slides.get(slide as usize));
        slide.map_or("", |slide| &slide.html)
    }

    /// Number of the slide that is shown, fragment, phase.
    pub fn place(&self) -> (u64, i64, &str) {
        let slide = self.state["slide"].as_u64().unwrap_or_default();
        let fragment = self.state["fragment"].as_i64().unwrap_or_default();
        (slide, fragment, self.state["phase"].as_str().unwrap_or_default())
    }
}

/// The addresses of a deck's audience and of its presenter's phone.
///
/// # Errors
/// When the server refuses.
pub async fn links(server: &str, deck: &str) -> anyhow::Result<(String, String)> {
    let path = format!("/api/decks/{deck}/links");
    let answer = crate::http(server, "GET", &path, &[], "").await?;
    let links: Value = serde_json::from_str(&answer.body)?;
    let link = |name: &str| links[name].as_str().map(str::to_owned).context("no link");
    Ok((link("follow")?, link("remote")?))
}
