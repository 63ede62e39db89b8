use collab::room::Event;

use super::super::GOES_ON_WITHIN;
use super::super::hall::{Hall, PAULA, WILL};
use crate::store::LinkRole;

const DECK: &str = "# One\n\n---\n\n# Two\n\n---\n\n# Three";

/// Paula presents the second slide and holds it, somebody watches, and Will writes.
fn held() -> Hall {
    let mut hall = Hall::new(DECK);
    hall.present("# Two", -1, false);
    hall.view(1, LinkRole::Follow, None);
    hold(&mut hall, true);
    hall.edit(WILL, &[("# One", "# Secret\n\n---\n\n# One")]);
    sees_nothing_new(&hall, 1);
    hall
}

fn hold(hall: &mut Hall, on: bool) {
    hall.acts(PAULA, |replica, _, out| replica.hold(on, out));
    hall.run();
}

#[track_caller]
fn sees_nothing_new(hall: &Hall, viewer: u64) {
    assert_eq!(hall.screen(viewer).text().concat(), "OneTwoThree");
}

#[track_caller]
fn sees_everything(hall: &Hall, viewer: u64) {
    assert_eq!(hall.screen(viewer).text().concat(), "SecretOneTwoThree");
}

fn is_held(hall: &Hall) -> Option<bool> {
    Some(hall.replica(PAULA).presentation()?.held)
}

#[test]
fn a_hold_outlasts_a_restart_and_is_let_go_by_who_presents_then() {
    let mut hall = held();
    hall.crash(60_000);
    hall.connect(WILL);
    // Before the driver is back.
    hall.view(1, LinkRole::Follow, None);
    sees_nothing_new(&hall, 1);
    assert_eq!(hall.screen(1).phase(), "waiting");
    hall.edit(WILL, &[("# Three", "# Three and more")]);
    sees_nothing_new(&hall, 1);
    hall.connect(PAULA);
    assert_eq!(is_held(&hall), Some(true));
    assert_eq!((hall.screen(1).phase(), hall.screen(1).shows().0), ("live", 1));
    hall.present("# Three", -1, false);
    assert_eq!(hall.screen(1).shows().0, 2);
    sees_nothing_new(&hall, 1);
    hall.wait_seconds(1);
    assert_eq!(hall.replica(PAULA).held_edits(), 2);
    // Once more, with nothing stored but what there was.
    hall.crash(60_000);
    hall.connect(PAULA);
    hall.connect(WILL);
    hall.view(1, LinkRole::Follow, None);
    sees_nothing_new(&hall, 1);
    assert_eq!((is_held(&hall), hall.screen(1).shows().0), (Some(true), 2));
    hold(&mut hall, false);
    assert_eq!(is_held(&hall), Some(false));
    assert_eq!(hall.screen(1).text().concat(), "SecretOneTwoThree and more");
    assert_eq!((hall.screen(1).shows().0, &hall.hold), (3, &None));
    hall.present("# One", -1, false);
    assert_eq!((is_held(&hall), hall.screen(1).shows().0), (Some(false), 1));
}

#[test]
fn a_hold_outlasts_a_room() {
    let mut hall = held();
    hall.reopen();
    hall.connect(WILL);
    sees_nothing_new(&hall, 1);
    hall.edit(WILL, &[("# Three", "# Three and more")]);
    // The person went on while there was no connection.
    let offset = hall.replica(PAULA).text().find("# Three").unwrap() as u32;
    hall.acts(PAULA, |replica, _, out| replica.present(offset, 2, false, None, out));
    hall.connect(PAULA);
    assert_eq!((is_held(&hall), hall.screen(1).shows()), (Some(true), (2, "Three".into(), 2)));
    sees_nothing_new(&hall, 1);
    let heard = hall.screen(1).heard.clone();
    assert!(!heard.contains(&"patch".to_owned()), "{heard:?}");
    assert_eq!(hall.told.iter().filter(|event| matches!(event, Event::Held)).count(), 1);
    hold(&mut hall, false);
    assert_eq!(hall.screen(1).text().concat(), "SecretOneTwoThree and more");
}

#[test]
fn a_hold_ends_when_nobody_presents_for_as_long_as_a_call_waits() {
    for restarts in [true, false] {
        let mut hall = held();
        if restarts {
            hall.crash(0);
            hall.view(1, LinkRole::Follow, None);
        } else {
            hall.reopen();
        }
        hall.wait(GOES_ON_WITHIN as u64 - 60_000);
        sees_nothing_new(&hall, 1);
        hall.wait(120_000);
        sees_everything(&hall, 1);
        assert_eq!(hall.hold, None);
        hall.connect(PAULA);
        assert_eq!(is_held(&hall), Some(false));
    }
    // And when the server is away for longer.
    let mut hall = held();
    hall.crash(GOES_ON_WITHIN as u64 + 60_000);
    hall.view(1, LinkRole::Follow, None);
    sees_everything(&hall, 1);
    assert_eq!(hall.hold, None);
}

#[test]
fn what_was_let_go_or_ended_is_not_held_after_a_restart() {
    for ends in [true, false] {
        let mut hall = held();
        if ends {
            hall.acts(PAULA, |replica, _, out| replica.stop_presenting(out));
            hall.run();
        } else {
            hold(&mut hall, false);
        }
        assert_eq!(hall.hold, None);
        hall.crash(1_000);
        hall.view(1, LinkRole::Follow, None);
        sees_everything(&hall, 1);
        hall.connect(PAULA);
        hall.present("# Two", -1, false);
        assert_eq!(is_held(&hall), Some(false));
    }
    // Of a call that ended, whatever could not be removed.
    let mut hall = held();
    let hold = hall.hold.clone();
    hall.acts(PAULA, |replica, _, out| replica.stop_presenting(out));
    hall.run();
    hall.hold = hold;
    hall.crash(1_000);
    hall.view(1, LinkRole::Follow, None);
    sees_everything(&hall, 1);
    assert_eq!(hall.hold, None);
}

#[test]
fn who_ends_the_presentation_after_a_restart_lets_everybody_see_everything() {
    let mut hall = held();
    hall.crash(1_000);
    hall.connect(PAULA);
    hall.view(1, LinkRole::Follow, None);
    sees_nothing_new(&hall, 1);
    hall.acts(PAULA, |replica, _, out| replica.stop_presenting(out));
    hall.run();
    sees_everything(&hall, 1);
    assert_eq!((hall.screen(1).phase(), &hall.hold), ("ended", &None));
    hall.present("# Two", -1, false);
    assert_eq!(is_held(&hall), Some(false));
}

#[test]
fn a_projector_that_failed_goes_on_holding_what_the_room_says_is_held() {
    let mut hall = held();
    // Longer than a call waits: the room counts, which went on.
    hall.now += GOES_ON_WITHIN as u64 * 2;
    hall.new_projector();
    hall.enter_room();
    hall.view(1, LinkRole::Follow, None);
    sees_nothing_new(&hall, 1);
    assert_eq!((hall.screen(1).phase(), hall.screen(1).shows().0), ("live", 1));
    hold(&mut hall, false);
    sees_everything(&hall, 1);
}
