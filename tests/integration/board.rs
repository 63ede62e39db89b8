//! The board: how far each section is, live, for everybody who has the deck open.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use client::{Client, PostHook};
use collab::access::Role;
use collab::doc::TextEdit;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::TestServer;
use tests::people::Somebody;
use tokio::sync::Notify;

use crate::soon;

/// Writers of the figure below, as many as there are teams in the largest calls.
const WRITERS: usize = 11;

/// What a page was told of the sections, and when.
#[derive(Default)]
struct Heard {
    rows: Mutex<Vec<(Instant, Value)>>,
    more: Notify,
}

impl Heard {
    fn hook(self: &Arc<Self>) -> PostHook {
        let heard = Arc::clone(self);
        Box::new(move |json| {
            let row = serde_json::from_str(json).expect("posts are JSON");
            heard.rows.lock().expect("nobody panics here").push((Instant::now(), row));
            heard.more.notify_one();
        })
    }

    /// Waits for a message like this; answers when it came.
    async fn until(&self, wanted: impl Fn(&Value) -> bool) -> (Instant, Value) {
        soon(async {
            loop {
                if let Some(found) = self.find(&wanted) {
                    return found;
                }
                self.more.notified().await;
            }
        })
        .await
    }

    fn find(&self, wanted: impl Fn(&Value) -> bool) -> Option<(Instant, Value)> {
        let rows = self.rows.lock().unwrap();
        rows.iter().find(|(_, row)| wanted(row)).cloned()
    }
}

fn page(server: &TestServer, deck: &str) -> (Client, Arc<Heard>) {
    let heard = Arc::<Heard>::default();
    let options = tests::options(&server.address(), deck, "Vera", Role::Follow);
    (Client::open_hearing(options, heard.hook()), heard)
}

async fn board(somebody: &Somebody, deck: &str) -> Value {
    somebody.ask("GET", &format!("/api/decks/{deck}/board"), None).await.unwrap()
}

/// Title, state and reporter of each section.
fn states(board: &Value) -> Vec<[String; 3]> {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = board["sections"].as_array().unwrap().iter();
    rows.map(|row| ["title", "state", "reporter"].map(|field| word(&row[field]))).collect()
}

async fn say(somebody: &Somebody, deck: &str, section: &str, json: Value) -> u16 {
    let path = format!("/api/decks/{deck}/sections/{section}");
    somebody.send("POST", &path, Some(json)).await.unwrap().status
}

const CALL: &str = "# Call\n\n---\n\n# Team A\n\n- \n\n---\n\n# Team B\n\n- \n";

#[tokio::test]
async fn a_section_is_claimed_written_and_ready_while_everybody_looks_on() {
    let mut server = TestServer::start().await.unwrap();
    let ada = Somebody::guest(&server).await.unwrap();
    let deck = ada.make_deck(CALL).await.unwrap();
    let (vera, heard) = page(&server, &deck);
    let (_, heading) = heard.until(|row| row["kind"] == "sections").await;
    assert_eq!((&heading["ready"], &heading["expected"]), (&json!(0), &json!(2)));
    let ids: Vec<String> = serde_json::from_value(heading["order"].clone()).unwrap();

    assert_eq!(say(&ada, &deck, &ids[1], json!({ "claim": true, "name": "Ada" })).await, 204);
    heard.until(|row| row["claimedBy"] == json!(ada.principal) && row["reporter"] == "Ada").await;
    let writer = Client::open(ada.options(&deck, "Ada", Role::Edit));
    soon(writer.saved()).await.unwrap();
    let at = CALL.find("- ").unwrap() as u32 + 2;
    writer.edit(vec![TextEdit::insert(at, "it works")]).await.unwrap();
    let is_drafted = |row: &Value| row["state"] == "drafting" && row["editedBy"] == "Ada";
    heard.until(|row| row["title"] == "Team A" && is_drafted(row)).await;
    assert_eq!(say(&ada, &deck, &ids[1], json!({ "ready": true, "name": "Ada" })).await, 204);
    heard.until(|row| row["state"] == "ready" && row["readyBy"] == "Ada").await;
    heard.until(|row| row["kind"] == "sections" && row["ready"] == 1).await;
    writer.edit(vec![TextEdit::insert(at, "and it is new: ")]).await.unwrap();
    heard.until(|row| row["changed"] == true).await;

    // Who comes now hears all of it.
    let (newcomer, heard) = page(&server, &deck);
    heard.until(|row| row["state"] == "ready" && row["changed"] == true).await;
    let expected =
        [["Call", "notStarted", ""], ["Team A", "ready", "Ada"], ["Team B", "notStarted", ""]];
    assert_eq!(states(&board(&ada, &deck).await), expected);
    drop((vera, newcomer, writer));
    server.stop().await.unwrap();
    server.start_again().await.unwrap();
    let after = board(&ada, &deck).await;
    assert_eq!(states(&after), expected);
    assert_eq!((&after["ready"], &after["sections"][1]["changed"]), (&json!(1), &json!(true)));
}

#[tokio::test]
async fn what_cannot_be_said_of_a_section_is_refused_with_a_reason() {
    let server = TestServer::start().await.unwrap();
    let ada = Somebody::guest(&server).await.unwrap();
    let deck = ada.make_deck(CALL).await.unwrap();
    let one = board(&ada, &deck).await["sections"][1]["id"].as_str().unwrap().to_owned();
    for (section, json, status) in [
        (one.as_str(), json!({ "claim": true, "name": "Ada\nBob" }), 400),
        (&one, json!({ "claim": true, "name": "x".repeat(81) }), 400),
        (&one, json!({ "reporter": "A\u{7}da" }), 400),
        (&one, json!({ "claim": true, "ready": true }), 400),
        (&one, json!({ "name": "Ada" }), 400),
        (&one, json!({ "claim": "yes" }), 400),
        (&one, json!({ "unknown": true }), 400),
        ("999", json!({ "ready": true }), 404),
        ("no-number", json!({ "ready": true }), 404),
        (&one, json!({ "reporter": "x".repeat(80) }), 204),
        (&one, json!({ "claim": true }), 204),
    ] {
        assert_eq!(say(&ada, &deck, section, json.clone()).await, status, "{json}");
    }
    let row = &board(&ada, &deck).await["sections"][1];
    assert_eq!((&row["reporter"], &row["claimedBy"]), (&json!("Guest"), &json!(ada.principal)));
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() - 1) * percent / 100]
}

/// The figure: how long it takes until a board shows an edit while eleven people write. Each edit
/// counts up in the title of the writer's section, so that the board tells which one it shows.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: cargo test -p tests --test integration -- --ignored --nocapture board_latency"]
async fn board_latency_with_eleven_writers() {
    const EDITS: usize = 40;
    let server = TestServer::start().await.unwrap();
    let teams: Vec<String> =
        (0..WRITERS).map(|n| format!("\n---\n\n# Team {n} 000\n\n- news of team {n}\n")).collect();
    let deck = server.deck(&format!("# Call\n{}", teams.concat())).await.unwrap();
    let (_vera, heard) = page(&server, &deck);
    heard.until(|row| row["kind"] == "sections").await;
    let clients: Vec<_> = (0..WRITERS)
        .map(|number| server.join(&deck, &format!("Writer {number}"), Role::Edit))
        .collect();
    join_all(clients.iter().map(|client| soon(client.saved()))).await;
    let writers = clients.iter().enumerate().map(|(number, client)| async move {
        let mut sent = Vec::new();
        for edit in 1..=EDITS {
            tokio::time::sleep(Duration::from_millis(180 + 7 * number as u64)).await;
            let text = client.text().await.unwrap();
            let title = format!("# Team {number} {:03}", edit - 1);
            let at = text.find(&title).unwrap() + title.len() - 3;
            let insert = format!("{edit:03}");
            sent.push((format!("Team {number} {insert}"), Instant::now()));
            let edit = TextEdit { at: at as u32, delete: 3, insert };
            client.edit(vec![edit]).await.unwrap();
        }
        sent
    });
    let sent: Vec<_> = join_all(writers).await.into_iter().flatten().collect();
    let mut times = Vec::new();
    for (title, at) in sent {
        // Of two edits within a tenth of a second only the last one is shown.
        let number = |title: &str| title[title.len() - 3..].parse::<u32>().unwrap_or(0);
        let team = |title: &str| title[..title.len() - 3].to_owned();
        let is_shown = |row: &Value| {
            let shown = row["title"].as_str().unwrap_or_default();
            shown.starts_with(&team(&title)) && number(shown) >= number(&title)
        };
        times.push(heard.until(is_shown).await.0.saturating_duration_since(at));
    }
    times.sort();
    let [p50, p95, most] = [50, 95, 100].map(|percent| percentile(&times, percent));
    let loaded = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let loaded = loaded.split(' ').next().unwrap_or_default().to_owned();
    let words =
        format!("{} edits: p50 {p50:?}, p95 {p95:?}, max {most:?}, load {loaded}", times.len());
    println!("{words}");
    assert!(p95 <= Duration::from_millis(300), "{words}");
}
