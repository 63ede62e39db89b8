//! A talk with an audience: who follows is where the presenter is, whatever is written meanwhile.

use client::Client;
use collab::access::Role;
use collab::doc::TextEdit;
use collab::replica::{ClientEvent, Replica};
use deck::SlideHtml;
use tests::TestServer;
use tests::viewer::{Viewer, links};

use crate::soon;

const DECK: &str = "---\ntitle: The call\n---\n\n# One\n\nfirst words\n\n---\n\n# Two\n\nsecond words\n\n----\n\n\
    # Under\n\nbelow two\n\n---\n\n# Three\n\nthird words\n";

/// A deck with a presenter, a writer and its links.
struct Talk {
    server: TestServer,
    follow: String,
    remote: String,
    paula: Client,
    will: Client,
}

impl Talk {
    async fn new() -> Self {
        let server = TestServer::start().await.unwrap();
        let deck = server.deck(DECK).await.unwrap();
        let (follow, remote) = links(&server.address(), &deck).await.unwrap();
        let paula = server.join(&deck, "Paula", Role::Present);
        let will = server.join(&deck, "Will", Role::Edit);
        soon(paula.saved()).await.unwrap();
        soon(will.saved()).await.unwrap();
        Self { server, follow, remote, paula, will }
    }

    async fn viewer(&self, have: Option<&str>) -> Viewer {
        Viewer::open(&self.server.address(), &self.follow, have).await.unwrap()
    }

    /// Drives to the slide that begins with this text.
    async fn present(&self, text: &'static str, fragment: i32, blackout: bool) {
        let call = move |replica: &mut Replica, _, out: &mut _| {
            let offset = replica.text().find(text).unwrap() as u32;
            replica.present(offset, fragment, blackout, None, out);
        };
        self.paula.with(call).await.unwrap();
    }

    /// Replaces what stands once in the text, in one transaction.
    async fn edit(&self, edits: &[(&str, &str)]) {
        let mut text = self.will.text().await.unwrap();
        let mut made = Vec::new();
        for (old, new) in edits {
            let at = text.find(old).unwrap();
            text.replace_range(at..at + old.len(), new);
            made.push(TextEdit { at: at as u32, delete: old.len() as u32, insert: (*new).into() });
        }
        self.will.edit(made).await.unwrap();
    }
}

async fn until(viewer: &mut Viewer, is_so: impl Fn(&Viewer) -> bool) {
    soon(viewer.until(is_so)).await.unwrap();
}

#[tokio::test]
async fn who_follows_gets_the_slides_and_the_place_of_the_presenter() {
    let talk = Talk::new().await;
    let mut fred = talk.viewer(None).await;
    until(&mut fred, |fred| fred.slides.len() == 4).await;
    assert_eq!(fred.place(), (0, -1, "waiting"));
    talk.present("# Under", 2, false).await;
    until(&mut fred, |fred| fred.place() == (2, 2, "live")).await;
    talk.present("# Three", -1, true).await;
    until(&mut fred, |fred| fred.place().0 == 3).await;
    assert_eq!(fred.state["blackout"], true);
    talk.paula.with(|replica, _, out| replica.stop_presenting(out)).await.unwrap();
    until(&mut fred, |fred| fred.place() == (3, -1, "ended")).await;
    let watched = talk.paula.wait_until(|replica| replica.followers() == 1);
    soon(watched).await.unwrap();
}

#[tokio::test]
async fn who_comes_late_hears_slide_fragment_and_blackout_at_once() {
    let talk = Talk::new().await;
    talk.present("# Under", 1, true).await;
    let address = talk.server.address();
    // With the deck by HTTP, as a page does.
    let path = format!("{}/deck", talk.follow);
    let mut have = String::new();
    while have.is_empty() {
        let answer = tests::http(&address, "GET", &path, &[], "").await.unwrap();
        let deck: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!((&deck["type"], &deck["title"]), (&"deck".into(), &"The call".into()));
        if deck["state"]["phase"] == "live" {
            have = deck["revision"].as_str().unwrap().to_owned();
        }
    }
    let mut late = talk.viewer(Some(&have)).await;
    assert_eq!(soon(late.next()).await.unwrap().as_deref(), Some("state"));
    assert_eq!((late.place(), &late.state["blackout"]), ((2, 1, "live"), &true.into()));
    // And without.
    let mut later = talk.viewer(None).await;
    assert_eq!(soon(later.next()).await.unwrap().as_deref(), Some("deck"));
    assert_eq!((later.place(), later.slides.len()), ((2, 1, "live"), 4));
}

#[tokio::test]
async fn whatever_is_written_no_screen_moves_and_slides_and_place_come_together() {
    let talk = Talk::new().await;
    let mut fred = talk.viewer(None).await;
    talk.present("# Two", 1, false).await;
    until(&mut fred, |fred| fred.place() == (1, 1, "live")).await;
    for (edits, slide, shows) in [
        (&[("# One", "# Zero\n\n---\n\n# One")][..], 2, "second words"),
        (&[("# Zero\n\n---\n\n", "")], 1, "second words"),
        (&[("second words", "second better words")], 1, "second better words"),
        (&[("second better", "\n\n---\n\nsecond better")], 1, "Two"),
        (&[("\n\n---\n\nsecond better", "second better")], 1, "second better words"),
        (
            &[
                ("# Two\n\nsecond better words\n\n----\n\n", ""),
                ("third words", "third words\n\n---\n\n# Two\n\nsecond better words"),
            ],
            3,
            "second better words",
        ),
    ] {
        let before = fred.heard.len();
        talk.edit(edits).await;
        until(&mut fred, |fred| fred.heard.len() > before).await;
        assert_eq!(fred.place(), (slide, 1, "live"), "{edits:?}");
        assert!(fred.shown().contains(shows), "{edits:?}: {}", fred.shown());
    }
    // Everybody else is told the same place.
    let moved = talk.will.wait_until(|replica| {
        let shown = replica.presentation().map(|presentation| presentation.shown.slide.clone());
        let offset = shown.and_then(|slide| replica.offset(&slide));
        offset.is_some_and(|offset| replica.text()[offset as usize..].starts_with("# Two"))
    });
    soon(moved).await.unwrap();
    talk.edit(&[("\n\n---\n\n# Two\n\nsecond better words", "")]).await;
    until(&mut fred, |fred| fred.place() == (2, -1, "live") && fred.shown().contains("third"))
        .await;
}

#[tokio::test]
async fn a_held_audience_gets_all_of_it_at_the_release() {
    let talk = Talk::new().await;
    let mut fred = talk.viewer(None).await;
    talk.present("# Two", -1, false).await;
    until(&mut fred, |fred| fred.place().0 == 1).await;
    talk.paula.with(|replica, _, out| replica.hold(true, out)).await.unwrap();
    soon(talk.will.wait_until(|replica| replica.presentation().is_some_and(|it| it.held)))
        .await
        .unwrap();
    talk.edit(&[("first words", "unfinished")]).await;
    soon(talk.paula.wait_until(|replica| replica.held_edits() == 1)).await.unwrap();
    // Late ones see what all others see.
    let mut late = talk.viewer(None).await;
    until(&mut late, |late| late.slides.len() == 4).await;
    assert!(late.slides[0].html.contains("first words"));
    talk.paula.with(|replica, _, out| replica.hold(false, out)).await.unwrap();
    for viewer in [&mut fred, &mut late] {
        until(viewer, |viewer| viewer.slides[0].html.contains("unfinished")).await;
        assert_eq!(viewer.place(), (1, -1, "live"));
    }
    // Only the release brought it.
    let patches = fred.heard.iter().filter(|json| json.contains(r#""type":"patch""#)).count();
    assert_eq!(patches, 1);
}

#[tokio::test]
async fn who_returns_gets_only_what_they_lack() {
    let talk = Talk::new().await;
    let mut fred = talk.viewer(None).await;
    until(&mut fred, |fred| fred.slides.len() == 4).await;
    let (have, slides): (String, Vec<SlideHtml>) = (fred.revision.clone(), fred.slides.clone());
    talk.edit(&[("first words", "changed words")]).await;
    until(&mut fred, |fred| fred.slides[0].html.contains("changed")).await;
    let mut again = talk.viewer(Some(&have)).await;
    (again.revision, again.slides) = (have, slides);
    assert_eq!(soon(again.next()).await.unwrap().as_deref(), Some("patch"));
    assert_eq!((&again.revision, &again.slides), (&fred.revision, &fred.slides));
    let mut current = talk.viewer(Some(&fred.revision)).await;
    assert_eq!(soon(current.next()).await.unwrap().as_deref(), Some("state"));
    let mut strange = talk.viewer(Some("r9-1")).await;
    assert_eq!(soon(strange.next()).await.unwrap().as_deref(), Some("deck"));
}

#[tokio::test]
async fn presses_of_the_remote_reach_the_driver_and_notes_reach_the_remote() {
    let talk = Talk::new().await;
    let address = talk.server.address();
    talk.edit(&[("second words", "second words\n\nNote: say this")]).await;
    let mut phone = Viewer::open(&address, &talk.remote, None).await.unwrap();
    talk.present("# Two", -1, false).await;
    until(&mut phone, |phone| phone.stage["notes"] == "say this").await;
    assert_eq!(
        (&phone.stage["driver"], &phone.stage["reachable"]),
        (&"Paula".into(), &true.into())
    );
    assert_eq!(phone.stage["next"], "Under");
    // The driver's page would turn the page; this one is asked to hang up instead, to be seen.
    phone.say(r#"{"type":"press","key":"next"}"#).await.unwrap();
    phone.say(r#"{"type":"ping"}"#).await.unwrap();
    until(&mut phone, |phone| phone.heard.last().is_some_and(|json| json.contains("pong"))).await;
    talk.paula
        .with(|replica, now, out| {
            replica.handle(now, ClientEvent::Closed { code: 1006, reason: String::new() }, out);
        })
        .await
        .unwrap();
    // Nobody who only follows may press.
    let mut fred = talk.viewer(None).await;
    fred.say(r#"{"type":"press","key":"next"}"#).await.unwrap();
    assert_eq!(soon(fred.ended()).await.unwrap().0, 4400);
}

#[tokio::test]
async fn who_says_too_much_is_sent_away_and_nobody_else_notices() {
    let talk = Talk::new().await;
    let mut fred = talk.viewer(None).await;
    let mut loud = talk.viewer(None).await;
    loud.say(&format!(r#"{{"type":"{}"}}"#, "x".repeat(1_100))).await.unwrap();
    assert_eq!(soon(loud.ended()).await.unwrap().0, 4400);
    let mut many = talk.viewer(None).await;
    for _ in 0..60 {
        // The server may have closed already.
        let _ = many.say(r#"{"type":"ping"}"#).await;
    }
    assert_eq!(soon(many.ended()).await.unwrap(), (4429, "too many messages".into()));
    talk.present("# Two", -1, false).await;
    until(&mut fred, |fred| fred.place().0 == 1).await;
}

#[tokio::test]
async fn a_restart_is_told_and_the_audience_is_back_where_it_was() {
    let mut talk = Talk::new().await;
    let mut fred = talk.viewer(None).await;
    talk.present("# Two", -1, false).await;
    until(&mut fred, |fred| fred.place().0 == 1).await;
    let have = fred.revision.clone();
    let (stopped, ended) = tokio::join!(talk.server.stop(), soon(fred.ended()));
    stopped.unwrap();
    assert_eq!(ended.unwrap().0, 1012);
    talk.server.start_again().await.unwrap();
    let mut again = talk.viewer(Some(&have)).await;
    // Another projector: the deck comes anew, and the driver comes back by themselves.
    until(&mut again, |again| again.slides.len() == 4 && again.place() == (1, -1, "live")).await;
}

#[tokio::test]
async fn a_projector_ends_with_the_last_of_its_audience() {
    let server = TestServer::start().await.unwrap();
    let deck = server.deck(DECK).await.unwrap();
    let (follow, _) = links(&server.address(), &deck).await.unwrap();
    let mut fred = Viewer::open(&server.address(), &follow, None).await.unwrap();
    until(&mut fred, |fred| fred.slides.len() == 4).await;
    assert_eq!(server.open_rooms(), 1);
    drop(fred);
    let gone = async {
        while server.open_rooms() > 0 {
            tokio::task::yield_now().await;
        }
    };
    soon(gone).await;
}
