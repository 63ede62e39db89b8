//! What is said beside the slides: stored before it is said, each seeing what they may.

use client::Client;
use collab::access::Role;
use collab::doc::TextEdit;
use collab::replica::Replica;
use ondeck_server::cli::AccessMode;
use serde_json::{Value, json};
use tests::TestServer;
use tests::people::Somebody;
use tests::viewer::links;
use tokio::sync::mpsc;

use crate::soon;

const DECK: &str = "---\nminutes:\n  Team Ops: 2\n---\n\n# Welcome\n\n---\n\n# Team Ops\n\nReport by @ada\n\n- [ ] Write docs";

/// More is never said in one of these tests.
const MOST_HEARD: usize = 64;

fn id(what: &str) -> String {
    format!("{what:_<22}")
}

fn message(what: &str, text: &str) -> Value {
    json!({ "id": id(what), "slide": "Team Ops", "name": "Ada", "text": text })
}

/// Somebody's page, as far as it hears what is said.
fn hearing(who: &Somebody, deck: &str) -> (Client, mpsc::Receiver<Value>) {
    let (sender, heard) = mpsc::channel(MOST_HEARD);
    let hook = Box::new(move |json: &str| {
        let said: Value = serde_json::from_str(json).unwrap();
        if said["kind"] == "said" || said["kind"] == "unsaid" {
            sender.try_send(said).unwrap();
        }
    });
    (Client::open_hearing(who.options(deck, "Bob", Role::Edit), hook), heard)
}

async fn texts(who: &Somebody, deck: &str) -> Vec<String> {
    let list = who.ask("GET", &format!("/api/decks/{deck}/discussion"), None).await.unwrap();
    let messages = list["messages"].as_array().unwrap();
    messages.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_is_said_is_heard_at_once_counts_once_and_is_there_after_a_restart() {
    let mut server = TestServer::start().await.unwrap();
    let deck = server.deck(DECK).await.unwrap();
    let (ada, bob) =
        (Somebody::guest(&server).await.unwrap(), Somebody::guest(&server).await.unwrap());
    let (page, mut heard) = hearing(&bob, &deck);
    soon(page.saved()).await.unwrap();
    let path = format!("/api/decks/{deck}/discussion");
    let first = message("first", "<b>Hello</b>\r\nyou\u{7}");
    let answer = ada.send("POST", &path, Some(first.clone())).await.unwrap();
    assert_eq!(answer.status, 201);
    let stored: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(
        (&stored["text"], &stored["kind"]),
        (&json!("<b>Hello</b>\nyou"), &json!("comment"))
    );
    assert_eq!(soon(heard.recv()).await.unwrap(), json!({ "kind": "said", "message": stored }));
    // The answer was lost on its way: it is sent once more, and nobody hears it twice.
    let again = ada.send("POST", &path, Some(first)).await.unwrap();
    assert_eq!((again.status, again.body), (200, answer.body));
    // Nobody takes over what another said.
    assert_eq!(bob.send("POST", &path, Some(message("first", "no"))).await.unwrap().status, 409);
    let own = format!("{path}/{}", id("first"));
    let starred = json!({ "starred": true });
    bob.ask("PUT", &own, Some(starred)).await.unwrap();
    ada.ask("PUT", &own, Some(json!({ "text": "Hello all" }))).await.unwrap();
    let [star, text] = [soon(heard.recv()).await.unwrap(), soon(heard.recv()).await.unwrap()];
    assert_eq!(
        (&star["message"]["starred"], &text["message"]["text"]),
        (&json!(true), &json!("Hello all"))
    );
    assert_eq!(text["message"]["starred"], true);
    drop(page);
    server.stop().await.unwrap();
    server.start_again().await.unwrap();
    assert_eq!(texts(&bob, &deck).await, ["Hello all"]);
    ada.ask("DELETE", &own, None).await.unwrap();
    assert_eq!(texts(&bob, &deck).await, [""; 0]);
    // What was removed does not come back by being sent again.
    let again = ada.send("POST", &path, Some(message("first", "Hello"))).await.unwrap();
    assert_eq!(again.status, 409);
}

#[tokio::test]
async fn everybody_changes_their_own_words_and_the_owner_may_remove_any() {
    let server = TestServer::start_for(AccessMode::GuestsEdit).await.unwrap();
    let store =
        ondeck_server::store::sqlite::SqliteStore::open(&server.data_dir().join("ondeck.sqlite"));
    let store = store.unwrap();
    let ada = Somebody::member(&server, &store, "Ada").await.unwrap();
    let bob = Somebody::member(&server, &store, "Bob").await.unwrap();
    let deck = ada.make_deck(DECK).await.unwrap();
    let (path, put) = (format!("/api/decks/{deck}/discussion"), "PUT");
    bob.ask("POST", &path, Some(message("bobs", "mine"))).await.unwrap();
    ada.ask("POST", &path, Some(message("adas", "hers"))).await.unwrap();
    let (bobs, adas) = (format!("{path}/{}", id("bobs")), format!("{path}/{}", id("adas")));
    let text = || Some(json!({ "text": "changed" }));
    assert_eq!(ada.send(put, &bobs, text()).await.unwrap().status, 403);
    assert_eq!(bob.send("DELETE", &adas, None).await.unwrap().status, 403);
    assert_eq!(bob.send(put, &bobs, text()).await.unwrap().status, 200);
    // Names of members are the provider's, whatever a page says.
    let list = ada.ask("GET", &path, None).await.unwrap();
    let names: Vec<_> =
        list["messages"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["Bob", "Ada"]);
    assert_eq!(ada.send("DELETE", &bobs, None).await.unwrap().status, 204);
    assert_eq!(ada.send("DELETE", &bobs, None).await.unwrap().status, 204);
    assert_eq!(texts(&ada, &deck).await, ["hers"]);
    let audit = ada.ask("GET", &format!("/api/decks/{deck}/audit"), None).await.unwrap();
    let removed = &audit["entries"][0];
    assert_eq!(
        (&removed["action"], &removed["detail"]),
        (&json!("discussion.remove"), &json!(id("bobs")))
    );
    // Who only reads hears and says nothing.
    ada.ask("PUT", &format!("/api/decks/{deck}/level"), Some(json!({ "level": "protected" })))
        .await
        .unwrap();
    assert_eq!(bob.send("POST", &path, Some(message("late", "x"))).await.unwrap().status, 403);
    assert_eq!(texts(&bob, &deck).await, ["hers"]);
}

#[tokio::test]
async fn what_is_no_message_is_refused_with_a_reason() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck(DECK).await.unwrap();
    let ada = Somebody::guest(&server).await.unwrap();
    let path = format!("/api/decks/{deck}/discussion");
    for (change, status, words) in [
        (json!({ "text": " \n" }), 400, "`text` is empty"),
        (json!({ "text": "ä".repeat(2_001) }), 413, "at most 2000 characters"),
        (json!({ "name": "n".repeat(81) }), 413, "at most 80 characters"),
        (json!({ "id": "short" }), 400, "`id` is 22"),
        (json!({ "kind": "shout" }), 400, "`kind` is comment or question"),
        (json!({ "anchor": "<b>" }), 400, "`anchor` is no"),
        (json!({ "more": 1 }), 400, "unknown field"),
    ] {
        let mut message = message("odd", "words");
        message.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = ada.send("POST", &path, Some(message)).await.unwrap();
        assert_eq!(answer.status, status, "{change}");
        assert!(answer.body.contains(words), "{change}: {}", answer.body);
    }
    assert_eq!(texts(&ada, &deck).await, [""; 0]);
    assert_eq!(
        ada.send("PUT", &format!("{path}/{}", id("no")), Some(json!({}))).await.unwrap().status,
        404
    );
}

#[tokio::test]
async fn a_question_from_the_audience_finds_its_slide_and_only_who_asked_sees_that_it_is_answered()
{
    let server = TestServer::start().await.unwrap();
    let deck = server.deck(DECK).await.unwrap();
    let (follow, _) = links(&server.address(), &deck).await.unwrap();
    let writer = Somebody::guest(&server).await.unwrap();
    let (page, mut heard) = hearing(&writer, &deck);
    soon(page.saved()).await.unwrap();
    // A browser that was never here is somebody from its first question on.
    let mut fay = Somebody::program(&server);
    let question =
        json!({ "id": id("why"), "name": "Fay", "text": "Why?", "slide": "Team Ops", "number": 1 });
    let answer =
        fay.send("POST", &format!("{follow}/questions"), Some(question.clone())).await.unwrap();
    assert_eq!(answer.status, 201);
    fay.take_cookie(&answer);
    let again = fay.send("POST", &format!("{follow}/questions"), Some(question)).await.unwrap();
    assert_eq!(again.status, 200);
    let said = soon(heard.recv()).await.unwrap();
    let said = &said["message"];
    assert_eq!(
        (&said["kind"], &said["name"], &said["slide"]),
        (&json!("question"), &json!("Fay"), &json!("Team Ops"))
    );
    // It stays with its slide, wherever that goes.
    let anchor = serde_json::from_str(said["anchor"].as_str().unwrap()).unwrap();
    page.edit(vec![TextEdit::insert(0, "")]).await.unwrap();
    let head = page.with(move |replica: &mut Replica, _, _| replica.offset(&anchor)).await.unwrap();
    assert_eq!(head, DECK.find("# Team Ops").map(|at| at as u32));
    let own = |who: Somebody| {
        let path = format!("{follow}/own");
        async move { who.ask("GET", &path, None).await.unwrap() }
    };
    assert_eq!(own(fay.clone()).await["questions"][0]["done"], false);
    let path = format!("/api/decks/{deck}/discussion/{}", id("why"));
    writer.ask("PUT", &path, Some(json!({ "done": true }))).await.unwrap();
    assert_eq!(own(fay.clone()).await["questions"][0]["done"], true);
    for other in [Somebody::program(&server), Somebody::guest(&server).await.unwrap()] {
        assert_eq!(own(other).await, json!({ "questions": [], "name": null }));
    }
    // The audience has no other way to the discussion of a deck that is not shown to everybody.
    let sharing = json!({ "level": "private" });
    writer.ask("PUT", &format!("/api/decks/{deck}/level"), Some(sharing)).await.unwrap();
    let discussion = format!("/api/decks/{deck}/discussion");
    assert_eq!(fay.send("GET", &discussion, None).await.unwrap().status, 403);
    assert_eq!(
        fay.send("GET", &format!("/api/decks/{deck}/minutes"), None).await.unwrap().status,
        403
    );
    assert_eq!(own(fay).await["questions"][0]["text"], "Why?");
}

#[tokio::test]
async fn who_asks_too_much_by_a_link_waits() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck(DECK).await.unwrap();
    let (follow, _) = links(&server.address(), &deck).await.unwrap();
    let fay = Somebody::guest(&server).await.unwrap();
    let mut refused = None;
    for number in 0..130 {
        let question =
            json!({ "id": id(&format!("{number}")), "text": "Why?", "slide": "Team Ops" });
        let answer =
            fay.send("POST", &format!("{follow}/questions"), Some(question)).await.unwrap();
        match answer.status {
            201 => {}
            // One person has enough after a hundred.
            409 => assert!(number >= 100 && answer.body.contains("no more messages")),
            429 => refused = Some(answer),
            status => panic!("{status}: {}", answer.body),
        }
    }
    let refused = refused.expect("nobody was asked to wait");
    assert!(refused.body.contains("too much comes by this link"), "{}", refused.body);
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(texts(&fay, &deck).await.len(), 100);
}

#[tokio::test]
async fn who_is_there_says_so_and_may_take_it_back() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck(DECK).await.unwrap();
    let (follow, _) = links(&server.address(), &deck).await.unwrap();
    let ada = Somebody::guest(&server).await.unwrap();
    let path = format!("/api/decks/{deck}/attendance");
    ada.ask("POST", &path, Some(json!({ "name": " Ada  L. " }))).await.unwrap();
    let mut fay = Somebody::program(&server);
    let answer = fay
        .send("POST", &format!("{follow}/attendance"), Some(json!({ "name": "Fay" })))
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
    fay.take_cookie(&answer);
    let own = fay.ask("GET", &format!("{follow}/own"), None).await.unwrap();
    assert_eq!(own, json!({ "questions": [], "name": "Fay" }));
    let names = async || {
        let people = ada.ask("GET", &path, None).await.unwrap();
        let people = people["people"].as_array().unwrap().iter();
        people.map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["Ada L.", "Fay"]);
    let nameless =
        fay.send("POST", &format!("{follow}/attendance"), Some(json!({ "name": " " }))).await;
    assert_eq!(nameless.unwrap().status, 400);
    fay.send("DELETE", &format!("{follow}/attendance"), None).await.unwrap();
    assert_eq!(names().await, ["Ada L."]);
    ada.send("DELETE", &path, None).await.unwrap();
    assert_eq!(names().await, [""; 0]);
}

#[tokio::test]
async fn minutes_tell_of_a_call_also_after_the_server_was_away_in_the_middle_of_it() {
    let mut server = TestServer::start().await.unwrap();
    let deck = server.deck(DECK).await.unwrap();
    let ada = Somebody::guest(&server).await.unwrap();
    let on = |section: u32| {
        move |replica: &Replica| replica.times().and_then(|times| times.current) == Some(section)
    };
    let page = Client::open(ada.options(&deck, "Ada", Role::Present));
    soon(page.saved()).await.unwrap();
    present(&page, "# Welcome").await;
    soon(page.wait_until(on(0))).await.unwrap();
    present(&page, "# Team Ops").await;
    soon(page.wait_until(on(1))).await.unwrap();
    let before = soon(call(&ada, &deck)).await;
    server.stop().await.unwrap();
    server.start_again().await.unwrap();
    soon(page.wait_until(on(1))).await.unwrap();
    page.with(|replica: &mut Replica, _, out| replica.stop_presenting(out)).await.unwrap();
    let path = format!("/api/decks/{deck}");
    ada.ask("POST", &format!("{path}/attendance"), Some(json!({ "name": "Ada" }))).await.unwrap();
    ada.ask(
        "POST",
        &format!("{path}/discussion"),
        Some(message("note", "Next call is on *Monday*")),
    )
    .await
    .unwrap();
    let starred = Some(json!({ "starred": true }));
    ada.ask("PUT", &format!("{path}/discussion/{}", id("note")), starred).await.unwrap();
    let answer = ada.send("GET", &format!("{path}/minutes?lang=de"), None).await.unwrap();
    assert_eq!(answer.header("content-type"), "text/markdown; charset=utf-8");
    for line in [
        "# Protokoll: Welcome",
        "## Anwesend (1)",
        "- Next call is on \\*Monday\\* (Ada)",
        "- [ ] Write docs",
    ] {
        assert!(answer.body.contains(line), "{line}: {}", answer.body);
    }
    assert!(answer.body.contains("| Team Ops | ada | 2:00 |"), "{}", answer.body);
    // One call, not two.
    assert_eq!(soon(call(&ada, &deck)).await, before);
}

/// Goes to a slide.
async fn present(page: &Client, title: &'static str) {
    let shown = page.with(move |replica: &mut Replica, _, out| {
        let at = replica.text().find(title).unwrap() as u32;
        replica.present(at, -1, false, None, out);
    });
    shown.await.unwrap();
}

/// The day and the length of the call that the minutes tell of, once they do.
async fn call(who: &Somebody, deck: &str) -> String {
    loop {
        let minutes = who.send("GET", &format!("/api/decks/{deck}/minutes"), None).await.unwrap();
        if let Some(line) = minutes.body.lines().find(|line| line.contains(" · ")) {
            return line.to_owned();
        }
    }
}
