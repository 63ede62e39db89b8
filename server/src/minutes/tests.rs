//! Minutes as they are read.

use expect_test::{Expect, expect};

use super::*;
use crate::store::access::Principal;

const DECK: &str = "---\ntitle: \"Call *one*\"\nminutes:\n  Team IaaS: 2.5\n---\n\n# Welcome\n\n---\n\n# Team IaaS\n\n\
    Report by @ada\n\n- [ ] Write it down <!-- carried 2024-04-11 -->\n- [x] Done\n\n```\n- [ ] no task\n```\n\n\
    ---\n\n# Team Ops\n\n- [ ] <!-- prompt: What is new? -->\n- [ ] Ask https://example.org/a_b\n";

fn message(id: &str, slide: &str, text: &str) -> Message {
    Message {
        id: id.into(),
        anchor: None,
        slide: slide.into(),
        kind: MessageKind::Comment,
        principal: Principal("guest:x".into()),
        name: "Ada".into(),
        text: text.into(),
        at: 1,
        starred_at: Some(2),
        done_at: None,
    }
}

fn facts() -> Facts {
    let question = |text: &str, done_at| Message {
        kind: MessageKind::Question,
        name: String::new(),
        starred_at: None,
        done_at,
        ..message("q", "Team Ops", text)
    };
    let silent = Message { starred_at: None, ..message("s", "Team Ops", "not for the minutes") };
    let times = StoredTimes {
        seen_at: 9_000_000,
        sections: vec![
            ("Welcome".into(), 61_000),
            ("Team IaaS".into(), 151_900),
            ("Gone".into(), 3_723_000),
        ],
    };
    Facts {
        text: DECK.into(),
        date: Some("2024-04-25".into()),
        call: Some(Call {
            began_at: 0,
            ended_at: Some(2_880_000),
            times: serde_json::to_string(&times).unwrap(),
        }),
        sections: Vec::new(),
        attendees: vec!["Ada".into(), "B|ob <b>".into()],
        messages: vec![
            (
                message(
                    "a",
                    "Team Ops",
                    "Later: see https://example.org/a_b\n# no *heading*\n1. one",
                ),
                None,
            ),
            (
                message("b", "Renamed", "<img src=x onerror=alert(1)> [x](javascript:alert(1))"),
                Some(1),
            ),
            (message("c", "Old slide", "What now?"), None),
            (silent, None),
            (question("Is it open?", None), None),
            (question("Was it answered?", Some(3)), None),
        ],
    }
}

#[track_caller]
fn check(facts: &Facts, language: Option<&str>, expected: Expect) {
    expected.assert_eq(&write(facts, language));
}

#[test]
fn minutes_say_who_was_there_what_took_how_long_and_what_is_left() {
    check(
        &facts(),
        Some("en"),
        expect![[r#"
        # Minutes: Call \*one\*

        2024-04-25 · 48 min

        ## Attendance (2)

        Ada, B\|ob \<b\>

        ## Sections

        | Section | Reporter | Planned | Actual |
        |---|---|---:|---:|
        | Welcome | – | – | 1:01 |
        | Team IaaS | ada | 2:30 | 2:31 |
        | Team Ops | – | – | – |
        | Gone | – | – | 1:02:03 |

        ## Notes

        ### Team IaaS

        - \<img src=x onerror=alert(1)\> \[x\](javascript:alert(1)) (Ada)

        ### Team Ops

        - Later: see https://example.org/a_b  
          \# no \*heading\*  
          1\. one (Ada)

        ### Old slide (slide removed)

        - What now? (Ada)

        ## Questions

        ### Answered

        - Team Ops: Was it answered? (Guest)

        ### Open

        - Team Ops: Is it open? (Guest)

        ## Open tasks

        ### Team IaaS

        - [ ] Write it down

        ### Team Ops

        - [ ] Ask https://example.org/a_b
    "#]],
    );
}

#[test]
fn minutes_are_in_german_where_that_is_asked_for() {
    // What people wrote stays as it is.
    let words = [
        ("# Minutes:", "# Protokoll:"),
        ("48 min", "48 Min."),
        ("## Attendance", "## Anwesend"),
        ("## Sections", "## Abschnitte"),
        (
            "| Section | Reporter | Planned | Actual |",
            "| Abschnitt | Bericht von | Geplant | Gedauert |",
        ),
        ("## Notes", "## Notizen"),
        ("(slide removed)", "(Folie entfernt)"),
        ("## Questions", "## Fragen"),
        ("### Answered", "### Beantwortet"),
        ("(Guest)", "(Gast)"),
        ("### Open\n", "### Offen\n"),
        ("## Open tasks", "## Offene Aufgaben"),
    ];
    let german = words.iter().fold(write(&facts(), Some("en")), |text, (english, german)| {
        assert!(text.contains(english), "{english}");
        text.replace(english, german)
    });
    assert_eq!(write(&facts(), Some("de")), german);
}

#[test]
fn of_a_deck_without_a_call_there_are_its_sections_in_its_own_language() {
    let text = "---\nlang: de\n---\n# Hallo\n\n---\n\n- [ ] ohne Titel".to_owned();
    check(
        &Facts { text, ..Facts::default() },
        None,
        expect![[r#"
        # Protokoll: Hallo

        ## Abschnitte

        | Abschnitt | Bericht von | Geplant | Gedauert |
        |---|---|---:|---:|
        | Hallo | – | – | – |
        | \[ \] ohne Titel | – | – | – |

        ## Offene Aufgaben

        ### \[ \] ohne Titel

        - [ ] ohne Titel
    "#]],
    );
}

#[test]
fn a_call_that_nobody_ended_took_as_long_as_it_was_seen() {
    let mut facts = facts();
    facts.call.as_mut().unwrap().ended_at = None;
    assert!(write(&facts, None).contains("2024-04-25 · 150 min"));
}

#[test]
fn reporters_are_those_of_the_board_and_who_had_nothing_to_report_is_said() {
    let text = "# Call\n\n---\n\n# Team A\n\nReport by Ann\n\n---\n\n# Team B\n\nReport by\n\n---\n\n\
                <!-- .slide: data-visibility=\"hidden\" data-no-report=\"true\" -->\n# Team C\n";
    let record = |title: &str, principal: Option<&str>, reporter: &str| SectionRecord {
        title: title.to_owned(),
        principal: principal.map(str::to_owned),
        reporter: Some(reporter.to_owned()),
        ..SectionRecord::default()
    };
    let sections = vec![record("Team A", Some("guest:a"), "Bob"), record("Team B", None, "Ada")];
    let facts = Facts { text: text.to_owned(), sections, ..Facts::default() };
    let minutes = write(&facts, Some("en"));
    for row in
        ["| Team A | Bob | – | – |", "| Team B | Ada | – | – |", "| Team C | – | – | no report |"]
    {
        assert!(minutes.contains(row), "{minutes}");
    }
}
