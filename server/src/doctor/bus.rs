//! The bus: whether messages pass, how fast, and whether others on the way can read them.

use std::time::Duration;

use anyhow::Context as _;
use async_nats::ServerInfo;
use futures_util::StreamExt as _;
use tokio::time::{Instant, timeout};

use super::Finding;
use crate::bus::nats;

const PART: &str = "bus";
/// A bus that takes longer to let somebody in is away.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A message that takes longer to the bus and back makes live editing feel slow.
const QUICK: Duration = Duration::from_millis(50);
/// What is sent there and back; the most that a subject of ours may carry is checked apart.
const WORD: &str = "ondeck doctor";

/// Sends a message to itself through the bus.
pub(super) async fn examine(url: &str) -> Vec<Finding> {
    match timeout(CONNECT_WITHIN * 2, round_trip(url)).await {
        Ok(Ok((time, server))) => judge(time, &server, is_encrypted(url, &server)),
        Ok(Err(error)) => {
            let advice = "is nats-server running, is the address right, may this machine reach it? \
                          Decks work without it: servers hear of each other within 2 s";
            vec![Finding::failed(PART, &error, advice)]
        }
        Err(_) => vec![Finding::fail(PART, "no answer in time", "is there a firewall between?")],
    }
}

async fn round_trip(url: &str) -> anyhow::Result<(Duration, ServerInfo)> {
    let (servers, options) = nats::options(url)?;
    let connecting = options.connection_timeout(CONNECT_WITHIN).name("ondeck doctor");
    let client = connecting.connect(servers).await.context("cannot be reached")?;
    let inbox = client.new_inbox();
    let mut messages = client.subscribe(inbox.clone()).await.context("does not let us listen")?;
    client.flush().await?;
    let begun = Instant::now();
    client.publish(inbox, WORD.into()).await.context("does not let us speak")?;
    client.flush().await?;
    let message = timeout(CONNECT_WITHIN, messages.next()).await.ok().flatten();
    let message =
        message.context("a message does not come back; may we speak and listen there?")?;
    anyhow::ensure!(message.payload == WORD, "another message came back");
    Ok((begun.elapsed(), client.server_info()))
}

fn is_encrypted(url: &str, server: &ServerInfo) -> bool {
    server.tls_required || url.starts_with("tls://")
}

fn judge(time: Duration, server: &ServerInfo, encrypted: bool) -> Vec<Finding> {
    let found = format!(
        "nats-server {}: there and back in {:.1} ms",
        server.version,
        time.as_secs_f64() * 1e3
    );
    let mut findings = vec![if time <= QUICK {
        Finding::ok(PART, found)
    } else {
        Finding::warn(PART, found, "put it nearer: people see each other's typing later for it")
    }];
    if server.max_payload < crate::bus::MAX_MESSAGE_BYTES {
        let found = format!("takes messages of at most {} bytes", server.max_payload);
        let advice =
            "leave `max_payload` of nats-server at 1 MB: larger edits come up to 2 s later";
        findings.push(Finding::warn(PART, found, advice));
    }
    let is_here =
        ["127.", "::1", "localhost"].iter().any(|host| server.client_ip.starts_with(host));
    if !encrypted && !is_here {
        let found = "what people write goes to it unencrypted";
        let advice = "use tls:// unless the network between is yours alone";
        findings.push(Finding::warn(PART, found, advice));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[tokio::test]
    async fn a_bus_answers_or_is_away() {
        let mut nats = testbed::Nats::start().unwrap();
        let found = examine(&nats.url()).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].found.contains("there and back in"), "{found:?}");
        assert!(found[0].verdict < Verdict::Fail);
        nats.stop();
        let found = examine(&nats.url()).await;
        assert_eq!(found[0].verdict, Verdict::Fail);
        assert!(found[0].advice.as_ref().unwrap().contains("nats-server"), "{found:?}");
    }

    #[tokio::test]
    async fn a_bus_that_asks_for_a_password_gets_the_one_of_the_url() {
        let nats = testbed::Nats::start_for("ada", "p@ss").unwrap();
        let here = format!("127.0.0.1:{}", nats.port());
        let found = examine(&format!("nats://ada:p%40ss@{here}")).await;
        assert!(found[0].found.contains("there and back in"), "{found:?}");
        let found = examine(&format!("nats://ada:wrong@{here}")).await;
        assert_eq!(found[0].verdict, Verdict::Fail);
        assert!(!found[0].to_string().contains("wrong"), "{found:?}");
    }

    #[test]
    fn a_slow_bus_small_messages_and_what_others_can_read_are_named() {
        let server =
            ServerInfo { max_payload: 1_024, client_ip: "192.0.2.7".into(), ..Default::default() };
        let found = judge(Duration::from_millis(80), &server, false);
        let verdicts: Vec<_> = found.iter().map(|finding| finding.verdict).collect();
        assert_eq!(verdicts, [Verdict::Warn; 3], "{found:?}");
        let server = ServerInfo { max_payload: 1 << 20, ..server };
        assert_eq!(judge(QUICK, &server, true).len(), 1);
    }
}
