//! What the audience never gets: notes, comments, and who writes.

use collab::access::Role;
use collab::doc::TextEdit;
use collab::replica::Replica;
use serde_json::json;
use tests::people::Somebody;
use tests::viewer::{Viewer, links};
use tests::{TestServer, http};

use crate::soon;

/// Every note and comment of the deck holds this.
const SECRET: &str = "xsecretx";
/// Names of people; nothing of the deck's text holds them.
const PEOPLE: [&str; 2] = ["Paulxina", "Willxelm"];

fn deck() -> String {
    [
        "---\ntitle: Shown\n# xsecretx in the settings\n---\n\n# Shown one\n\n<!-- xsecretx -->\n\nNote: xsecretx\n",
        "# Shown two\n\n<aside class=\"notes\">xsecretx</aside>\n\n<ASIDE CLASS='a notes'>xsecretx <b>xsecretx</ASIDE>\n",
        "# Shown three\n\n<!-- .slide: data-notes=\"xsecretx\" -->\n\n- item <!-- .element: class=\"fragment\" data-notes=\"xsecretx\" -->\n",
        "# Shown four\n\n<div data-notes=\"xsecretx\">\n\n<!--\nxsecretx\n\nxsecretx -->\n\n</div>\n\nnote:\n\n# xsecretx\n",
        "# Shown five\n\ntext <!-- xsecretx --> text <aside class=notes>xsecretx",
        "<!-- xsecretx -->\n\nNote: xsecretx",
    ]
    .join("\n\n---\n\n")
}

/// Says something of everything that can be said; gives what those of the audience were answered.
async fn talk(server: &TestServer, deck: &str, follow: &str, number: u32) -> String {
    let [paula, fay] =
        [Somebody::guest(server).await.unwrap(), Somebody::guest(server).await.unwrap()];
    let id = |what: char| format!("{what}{number:021}");
    let path = format!("/api/decks/{deck}");
    let (name, text) = (PEOPLE[0], format!("{SECRET} {number}"));
    let said = json!({ "id": id('m'), "slide": "Shown one", "name": name, "text": text });
    paula.ask("POST", &format!("{path}/discussion"), Some(said)).await.unwrap();
    paula.ask("POST", &format!("{path}/attendance"), Some(json!({ "name": name }))).await.unwrap();
    // Another follower's question and name are none of the others' business either.
    let asked = json!({ "id": id('q'), "slide": "Shown one", "name": PEOPLE[1], "text": text });
    fay.ask("POST", &format!("{follow}/questions"), Some(asked)).await.unwrap();
    let there = json!({ "name": PEOPLE[1] });
    fay.ask("POST", &format!("{follow}/attendance"), Some(there)).await.unwrap();
    let done = json!({ "done": true, "starred": true });
    for id in [id('m'), id('q')] {
        paula.ask("PUT", &format!("{path}/discussion/{id}"), Some(done.clone())).await.unwrap();
    }
    let other = Somebody::guest(server).await.unwrap();
    let own = json!({ "id": id('o'), "slide": "Shown two", "text": "My own question" });
    let mut heard = String::new();
    for (method, path, body) in [
        ("POST", "questions", Some(own)),
        ("GET", "own", None),
        ("POST", "attendance", Some(json!({ "name": "Myself" }))),
        ("GET", "own", None),
        ("DELETE", "attendance", None),
    ] {
        let answer = other.send(method, &format!("{follow}/{path}"), body).await.unwrap();
        assert_eq!(answer.status / 100, 2, "{answer:?}");
        heard += &format!("{:?}\n{}\n", answer.headers, answer.body);
    }
    assert!(heard.contains("My own question") && heard.contains("Myself"));
    heard
}

/// Everything that went to the audience, as it came.
#[tokio::test]
async fn no_byte_of_a_note_a_comment_or_a_person_reaches_the_audience() {
    let server = TestServer::start().await.unwrap();
    let address = server.address();
    let deck = server.deck(&deck()).await.unwrap();
    let (follow, _) = links(&address, &deck).await.unwrap();
    let paula = server.join(&deck, PEOPLE[0], Role::Present);
    let will = server.join(&deck, PEOPLE[1], Role::Edit);
    soon(paula.saved()).await.unwrap();
    soon(will.saved()).await.unwrap();
    let mut fred = Viewer::open(&address, &follow, None).await.unwrap();
    soon(fred.until(|fred| fred.slides.len() == 6)).await.unwrap();
    let mut traffic = String::new();
    for number in 0..6 {
        // Everybody is there, moves carets, presents and writes: text, notes and comments.
        let present = move |replica: &mut Replica, now, out: &mut _| {
            let offset = replica.text().find("# Shown two").unwrap() as u32 + number;
            replica.select(now, Some((offset, offset)), out);
            replica.present(offset - number, number as i32, number % 2 == 1, None, out);
            replica.hold(number == 3, out);
        };
        paula.with(present).await.unwrap();
        let text = will.text().await.unwrap();
        let insert =
            |before: &str, what: String| TextEdit::insert(text.find(before).unwrap() as u32, &what);
        let mut edits = vec![
            insert(
                "# Shown five",
                format!(
                    "# Shown {number} more\n\nword\n\n<!-- {SECRET} -->\n\nNote: {SECRET}\n\n---\n\n"
                ),
            ),
            insert("Note: xsecretx", format!("<aside class=notes>{SECRET}\n\n")),
            insert("# Shown one", format!("# Shown changed <!-- {SECRET} -->\n\n{number}\n\n")),
        ];
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.at));
        let head = will.with(move |replica, now, out| {
            replica.edit(now, &edits, out);
            replica.select(now, Some((number, number + 5)), out);
        });
        head.await.unwrap();
        soon(will.saved()).await.unwrap();
        // They talk beside the slides, somebody of the audience asks, and both say that they are there.
        traffic += &talk(&server, &deck, &follow, number).await;
        let own = format!("{follow}/own");
        for path in [follow.clone(), format!("{follow}/deck"), format!("{follow}/qr.svg"), own] {
            let answer = http(&address, "GET", &path, &[], "").await.unwrap();
            assert_eq!(answer.status, 200);
            traffic += &format!("{:?}\n{}\n", answer.headers, answer.body);
        }
        let mut late = Viewer::open(&address, &follow, None).await.unwrap();
        soon(late.until(|late| !late.slides.is_empty())).await.unwrap();
        traffic += &late.heard.concat();
    }
    paula.with(|replica, _, out| replica.stop_presenting(out)).await.unwrap();
    soon(fred.until(|fred| fred.place().2 == "ended")).await.unwrap();
    traffic += &fred.heard.concat();
    assert!(fred.slides.len() == 12 && traffic.matches("Shown").count() > 50);
    for name in PEOPLE.into_iter().chain([SECRET, "<!--", "aside", "data-notes", "data-line"]) {
        let found = traffic.find(name).map(|at| &traffic[at.saturating_sub(200)..]);
        assert!(found.is_none(), "{name}: {:.400}", found.unwrap_or_default());
    }
    for client in [&paula, &will] {
        let id = client.look(|replica| replica.client_id()).await.unwrap().to_string();
        assert!(!traffic.contains(&id), "the client id {id}");
    }
}
