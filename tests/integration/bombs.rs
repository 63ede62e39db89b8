//! Every bomb, from a viewer and from an editor: it is met as it should be, the others in the deck
//! go on, and what they wrote stays.

use collab::access::Role;
use collab::doc::TextEdit;
use futures_util::future::join_all;
use tests::TestServer;
use tests::attacker::{Answer, Attacker};
use tests::bombs::{self, Bomb, Deck, Met};

use crate::soon;

const WORDS: &str = "what the victim wrote";

/// Throws one bomb into a deck of its own and gives what came back.
async fn throw(server: &TestServer, number: usize, query: &str) -> (Bomb, Answer) {
    let deck = server.deck(&Deck::Small.source()).await.unwrap();
    let victim = server.join(&deck, "Victim", Role::Edit);
    soon(victim.saved()).await.unwrap();
    victim.edit(vec![TextEdit::insert(u32::MAX, WORDS)]).await.unwrap();
    soon(victim.saved()).await.unwrap();

    let path = format!("{deck}{query}");
    let mut attacker = Attacker::connect(&server.address(), &path).await.unwrap();
    let situation = attacker.look_around(WORDS).await.unwrap();
    let bomb = small(bombs::all(situation)).swap_remove(number);
    let answer = match attacker.prepare(&bomb.before).await.unwrap() {
        Some(answer) => answer,
        None => attacker.attack(&bomb.frames).await.unwrap().0,
    };

    victim.edit(vec![TextEdit::insert(0, "still here: ")]).await.unwrap();
    soon(victim.saved()).await.unwrap();
    let text = server.source(&deck).await.unwrap();
    assert!(text == victim.text().await.unwrap(), "{}: the victim sees another text", bomb.name);
    // An editor may write between the victim's words, and does so with this letter.
    let text = text.replace('x', "");
    assert!(text.contains("still here: ") && text.contains(WORDS), "{}: it is gone", bomb.name);
    (bomb, answer)
}

/// Those that need no large deck.
fn small(bombs: Vec<Bomb>) -> Vec<Bomb> {
    let quick = |bomb: &Bomb| bomb.deck == Deck::Small;
    bombs.into_iter().filter(quick).collect()
}

/// How many there are; the ids do not matter for that.
fn count() -> usize {
    small(bombs::all(bombs::Situation { own: 1, victim: (2, 0), first: 3 })).len()
}

#[tokio::test]
async fn an_editors_bombs_are_refused_and_hurt_nobody() {
    let server = TestServer::start().await.unwrap();
    for (bomb, answer) in join_all((0..count()).map(|n| throw(&server, n, ""))).await {
        match (bomb.met, answer) {
            (Met::Closed(code), Answer::Closed(met, _)) if met == code => {}
            (Met::Ignored | Met::Borne, Answer::Nothing) => {}
            (met, answer) => panic!("{}: {answer:?} instead of {met:?}", bomb.name),
        }
    }
}

#[tokio::test]
async fn a_viewers_bombs_change_nothing() {
    let server = TestServer::start().await.unwrap();
    let bombs = (0..count()).map(|n| throw(&server, n, "?role=follow"));
    for (bomb, answer) in join_all(bombs).await {
        match (bomb.met, answer) {
            (Met::Closed(code), Answer::Closed(met, _)) if met == code => {}
            (_, Answer::Nothing | Answer::Denied(_)) => {}
            // Those who only follow have nothing long to say.
            (_, Answer::Closed(4400, why)) if why.contains("64 KB") => {
                let frames = bomb.before.iter().chain(&bomb.frames);
                assert!(frames.map(|frame| frame.len()).max() > Some(64 * 1024), "{}", bomb.name);
            }
            (met, answer) => panic!("{}: {answer:?} instead of {met:?}", bomb.name),
        }
    }
}
