//! The way that browsers take: the public URL, and what the proxy on it passes on.

use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Client, Response, StatusCode, redirect};

use super::Finding;
use crate::Options;
use crate::routes::echo::Echo;

const PART: &str = "public URL";
/// A page that takes longer to come is of no use.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// Any deck will do: the answer to the handshake comes before it is looked for.
const SOCKET: &str = "/sync/ondeck-doctor";

/// Asks the server as a browser would, if it says how browsers reach it.
pub(super) async fn examine(options: &Options) -> Vec<Finding> {
    let Some(url) = &options.public_url else {
        let beyond = !options.listen.ip().is_loopback();
        let found = "not known: links and sign-in cannot name this server";
        return beyond
            .then(|| Finding::warn(PART, found, "see `--public-url`"))
            .into_iter()
            .collect();
    };
    let mut findings = Vec::new();
    let is_of_this_machine = url
        .parse::<axum::http::Uri>()
        .ok()
        .is_some_and(|uri| uri.host().is_some_and(crate::auth::is_loopback_name));
    if url.starts_with("http://") && !is_of_this_machine {
        let found = format!("{url} is not encrypted: others can read along and take over sessions");
        findings.push(Finding::fail(PART, found, "let a proxy speak TLS, see docs/operating.md"));
    }
    match ask(url).await {
        Ok(answers) => findings.extend(judge(url, &answers)),
        Err(error) => {
            let advice = "does the server run, does the name lead here, does the proxy pass it on?";
            findings.push(Finding::failed(PART, &error, advice));
        }
    }
    findings
}

/// What came back through the proxy.
#[derive(Debug, Clone)]
struct Answers {
    echo: Echo,
    /// The status of the answer to a WebSocket's handshake.
    socket: StatusCode,
    /// The id of the request is ours, so no proxy keeps answers of others.
    fresh: bool,
}

async fn ask(url: &str) -> anyhow::Result<Answers> {
    crate::tls::install();
    let client = Client::builder()
        .redirect(redirect::Policy::none())
        // As browsers do it for WebSockets; HTTP/2 knows no upgrade.
        .http1_only()
        .timeout(ANSWERS_WITHIN)
        .user_agent(concat!("Ondeck/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("cannot ask\nhint: are the system's CA certificates installed?")?;
    let get = |path: &str| client.get(format!("{url}{path}"));
    let alive = get("/healthz").send().await.with_context(|| format!("{url} cannot be reached"))?;
    let status = alive.status();
    anyhow::ensure!(status == StatusCode::OK, "{url}/healthz answers {status}");
    let (first, second) = (echo(get("/api/echo")).await?, echo(get("/api/echo")).await?);
    let socket = get(SOCKET)
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "b25kZWNrIGRvY3RvciAxNg==")
        .send()
        .await
        .context("the handshake of a WebSocket is not answered")?;
    Ok(Answers { echo: first.0, socket: socket.status(), fresh: first.1 != second.1 })
}

/// What came of a request on its way, and the id that the server gave it.
async fn echo(request: reqwest::RequestBuilder) -> anyhow::Result<(Echo, String)> {
    let answer: Response = request.send().await?.error_for_status()?;
    let id = answer.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    let id = id.unwrap_or_default().to_owned();
    let read = serde_json::from_slice(&answer.bytes().await?);
    Ok((read.context("it is not Ondeck that answers there")?, id))
}

fn judge(url: &str, Answers { echo, socket, fresh }: &Answers) -> Vec<Finding> {
    let mut findings = vec![Finding::ok(PART, format!("{url} leads to this server"))];
    let mut say = |wrong: bool, finding: Finding| findings.extend(wrong.then_some(finding));
    let found = format!("WebSockets do not pass: the answer is {}", socket.as_u16());
    let advice = "let the proxy pass on `Upgrade` and `Connection`, see packaging/";
    say(*socket != StatusCode::SWITCHING_PROTOCOLS, Finding::fail(PART, found, advice));
    let (scheme, host) = url.split_once("://").unwrap_or(("", url));
    let named = echo.host.as_deref().unwrap_or("nothing");
    let found = format!("the server is asked for `{named}` instead of `{host}`");
    let advice = "let the proxy keep the `Host` header";
    say(!named.eq_ignore_ascii_case(host), Finding::warn(PART, found, advice));
    let through_proxy = echo.forwarded_for > 0 || echo.proto.is_some() || scheme == "https";
    let found = "`X-Forwarded-For` is missing: all people count as one address";
    let advice = "let the proxy set it, or limits of an address do not apply";
    say(through_proxy && echo.forwarded_for == 0, Finding::warn(PART, found, advice));
    let found = "the proxy is not believed, so all people count as one address";
    let advice = "name its network with `--trusted-proxy`";
    say(echo.forwarded_for > 0 && !echo.believed, Finding::fail(PART, found, advice));
    let said = echo.proto.as_deref().unwrap_or(scheme);
    let found = format!("the proxy says that browsers speak {said} with it");
    let advice = "let it set `X-Forwarded-Proto` to what browsers use";
    say(said != scheme, Finding::warn(PART, found, advice));
    let found = "an answer came twice: something on the way keeps what is for one person";
    let advice = "turn the cache of the proxy off, or let it obey `Cache-Control`";
    say(!fresh, Finding::fail(PART, found, advice));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Server;
    use crate::doctor::Verdict;

    const URL: &str = "https://decks.example.org";

    fn fine() -> Answers {
        let echo = Echo {
            host: Some("decks.example.org".into()),
            proto: Some("https".into()),
            forwarded_for: 1,
            believed: true,
            counted: true,
        };
        Answers { echo, socket: StatusCode::SWITCHING_PROTOCOLS, fresh: true }
    }

    #[test]
    fn each_thing_that_a_proxy_gets_wrong_is_named_with_what_to_do() {
        assert!(judge(URL, &fine()).iter().all(|finding| finding.verdict == Verdict::Ok));
        type Spoil = fn(&mut Answers);
        let spoilt: [(Spoil, Verdict, &str); 6] = [
            (|a| a.socket = StatusCode::BAD_REQUEST, Verdict::Fail, "the answer is 400"),
            (|a| a.echo.host = Some("127.0.0.1:4800".into()), Verdict::Warn, "`127.0.0.1:4800`"),
            (|a| a.echo.forwarded_for = 0, Verdict::Warn, "is missing"),
            (|a| a.echo.believed = false, Verdict::Fail, "not believed"),
            (|a| a.echo.proto = Some("http".into()), Verdict::Warn, "speak http"),
            (|a| a.fresh = false, Verdict::Fail, "came twice"),
        ];
        for (spoil, verdict, words) in spoilt {
            let mut answers = fine();
            spoil(&mut answers);
            let findings = judge(URL, &answers);
            assert_eq!((findings.len(), findings[1].verdict), (2, verdict), "{findings:?}");
            assert!(findings[1].found.contains(words), "{findings:?}");
        }
    }

    #[tokio::test]
    async fn a_server_without_a_proxy_is_well_and_one_that_is_away_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let server = Server::listen(Options::local(dir.path())).await.unwrap();
        let mut options = Options::local(dir.path());
        assert_eq!(examine(&options).await, []);
        options.public_url = Some(format!("http://{}", server.address()));
        let findings = examine(&options).await;
        assert!(findings.len() == 1 && findings[0].verdict == Verdict::Ok, "{findings:?}");
        server.shutdown().await.unwrap();
        let findings = examine(&options).await;
        assert!(findings.len() == 1 && findings[0].verdict == Verdict::Fail, "{findings:?}");
        options.public_url = None;
        options.listen = ([0, 0, 0, 0], 1).into();
        assert_eq!(examine(&options).await[0].verdict, Verdict::Warn);
    }
}
