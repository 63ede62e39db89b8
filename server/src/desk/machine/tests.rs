//! What the board says, whatever happens to the text.

use collab::doc::TextEdit;
use serde_json::json;

use super::table::{Table, word};
use super::*;

const CALL: &str = "---\ntitle: Call\nminutes:\n  Team Ops: 3\n---\n\n# Welcome\n\nHello everybody\n\n---\n\n\
# Team IaaS\n\nReport by @ada\n\n- The cloud is up and everything in it runs well\n\n---\n\n\
# Team Ops\n\n- Nothing broke in the two weeks since the last call here\n\n---\n\n\
# Team Docs\n\n- <!-- prompt: What is new? -->\n";

const OPS: &str =
    "# Team Ops\n\n- Nothing broke in the two weeks since the last call here\n\n---\n\n";

fn state(state: &str, reporter: &str) -> (String, String) {
    (state.to_owned(), reporter.to_owned())
}

/// Everybody's table, where Team Ops is ready and Bob's.
fn table() -> Table {
    let mut table = Table::new(CALL);
    table.claim("Team Ops", "Bob");
    table.ready("Team Ops", "Bob");
    table
}

#[test]
fn each_section_has_a_row_and_the_heading_counts_them() {
    let table = table();
    assert_eq!(table.all("title"), ["Welcome", "Team IaaS", "Team Ops", "Team Docs"]);
    assert_eq!(table.all("state"), ["drafting", "drafting", "ready", "notStarted"]);
    assert_eq!(table.all("expected"), ["false", "true", "true", "true"]);
    assert_eq!(table.all("reporter"), ["", "ada", "Bob", ""]);
    let expected = json!({
        "kind": "section", "id": "3", "title": "Team Ops", "expected": true, "reporter": "Bob",
        "claimedBy": "guest:Bob", "state": "ready", "changed": false, "editedAt": null,
        "editedBy": null, "readyBy": "Bob", "problems": 0, "minutes": 3.0, "first": 2, "count": 1,
    });
    assert_eq!(*table.row("Team Ops"), expected);
    let heading = json!({
        "kind": "sections", "order": ["1", "2", "3", "4"], "ready": 1, "expected": 3, "callAt": null,
    });
    assert_eq!(table.posts["sections"], heading);
}

#[test]
fn a_section_is_drafted_then_ready_then_changed() {
    let mut table = table();
    table.insert("Carol", "<!-- prompt: What", "New pages ");
    assert_eq!(table.is("Team Docs"), state("drafting", ""));
    table.ready("Team Docs", "Carol");
    assert_eq!(table.is("Team Docs"), state("ready", ""));
    assert_eq!(table.posts["sections"]["ready"], 2);
    // What nobody reads changes nothing.
    table.insert("Carol", "", "\n\n<!-- a thought -->\n");
    assert_eq!(table.row("Team Docs")["changed"], false);
    table.insert("Dan", "pages", "and better ");
    let row = table.row("Team Docs");
    assert_eq!(
        (&row["changed"], &row["editedBy"], &row["readyBy"]),
        (&json!(true), &json!("Dan"), &json!("Carol"))
    );
    table.ready("Team Docs", "Dan");
    assert_eq!(table.row("Team Docs")["changed"], false);
    // Whose this is nobody knows any more.
    table.insert("", "and better", "for now ");
    let row = table.row("Team Docs");
    assert_eq!((&row["changed"], &row["editedBy"]), (&json!(true), &json!("Dan")));
    table.mark("Team Docs", Mark::NotReady);
    assert_eq!(table.is("Team Docs"), state("drafting", ""));
}

#[test]
fn whoever_claims_last_has_it_and_anybody_gives_it_back() {
    let mut table = table();
    table.claim("Team Docs", "Bob");
    table.claim("Team Docs", "Carol");
    assert_eq!(table.row("Team Docs")["claimedBy"], "guest:Carol");
    assert_eq!((table.is("Team Ops").1, table.is("Team Docs").1), ("Bob".into(), "Carol".into()));
    // A section that says who reports is theirs who say that they write it.
    table.claim("Team IaaS", "Dan");
    assert_eq!(table.is("Team IaaS").1, "Dan");
    table.mark("Team IaaS", Mark::Release);
    assert_eq!(table.is("Team IaaS").1, "ada");
    table.mark("Team Docs", Mark::Reporter { name: "Erin".into() });
    let row = table.row("Team Docs");
    assert_eq!((&row["claimedBy"], &row["reporter"]), (&json!(null), &json!("Erin")));
    // Who has a section is expected to report.
    table.claim("Welcome", "Ada");
    assert_eq!(table.row("Welcome")["expected"], true);
    table.mark("Welcome", Mark::Reporter { name: String::new() });
    assert_eq!(table.row("Welcome")["expected"], false);
}

#[test]
fn a_section_that_says_no_report_is_not_expected() {
    let mut table = table();
    let hidden = "<!-- .slide: data-visibility=\"hidden\" data-no-report=\"true\" -->\n\n";
    table.insert("Bob", "# Team Ops", hidden);
    assert_eq!(table.is("Team Ops").0, "noReport");
    assert_eq!(table.posts["sections"]["expected"], 2);
    table.replace("Bob", hidden, "");
    assert_eq!(table.is("Team Ops").0, "ready");
}

#[test]
fn a_section_stays_expected_when_its_prompt_is_answered() {
    let text = "# Hello\n\n---\n\n# One\n\n- <!-- prompt: News? -->\n\n---\n\n# Two\n\n- <!-- prompt: News? -->\n";
    let mut table = Table::new(text);
    assert_eq!(table.all("expected"), ["false", "true", "true"]);
    table.replace("Ada", "<!-- prompt: News? -->", "it is done");
    assert_eq!(table.all("expected"), ["false", "true", "true"]);
    table.restart();
    assert_eq!(table.all("expected"), ["false", "true", "true"]);
    // Where nobody asks, every section is asked; one that is asked by its title ends that.
    let mut table = Table::new("# Hello\n\n---\n\n# One\n\n---\n\n# Two\n");
    assert_eq!(table.all("expected"), ["false", "true", "true"]);
    table.replace("Ada", "# Two", "# Team Two");
    assert_eq!(table.all("expected"), ["false", "false", "true"]);
}

#[test]
fn what_a_call_begins_with_is_not_written_yet() {
    let stored = DeckSections { call_at: Some("2024-04-11T14:05".into()), ..Default::default() };
    let mut table = Table::at(CALL, stored);
    assert_eq!(table.all("state"), ["notStarted"; 4]);
    assert_eq!(table.posts["sections"]["callAt"], "2024-04-11T14:05");
    table.insert("Ada", "and everything", "again ");
    assert_eq!(table.is("Team IaaS").0, "drafting");
    table.restart();
    assert_eq!(table.all("state"), ["notStarted", "drafting", "notStarted", "notStarted"]);
    table.replace("Ada", "again ", "");
    assert_eq!(table.is("Team IaaS").0, "notStarted");
}

#[test]
fn whom_the_series_suggests_is_found_by_the_title() {
    let suggested = SectionRecord {
        id: 1,
        title: "Team Docs".into(),
        reporter: Some("Erin".into()),
        ..Default::default()
    };
    let (records, call_at) = (vec![suggested], Some("2024-04-11T14:05".into()));
    let table = Table::at(CALL, DeckSections { records, call_at });
    assert_eq!(table.is("Team Docs"), state("notStarted", "Erin"));
    assert_eq!(table.row("Team Docs")["id"], "1");
}

#[test]
fn a_section_keeps_its_state_when_it_is_renamed() {
    let mut table = table();
    let id = table.id("Team Ops");
    table.replace("Bob", "Ops\n", "Operations\n");
    assert_eq!(table.is("Team Operations"), state("ready", "Bob"));
    // The whole line is written anew, one key after the other.
    table.replace("Bob", "# Team Operations", "");
    for key in ["#", " ", "S", "R", "E"] {
        table.insert("Bob", "\n\n- Nothing", key);
    }
    assert_eq!((table.id("SRE"), table.is("SRE")), (id, state("ready", "Bob")));
    assert_eq!(table.rows().len(), 4);
    // Also one that says nothing else.
    table.claim("Team Docs", "Carol");
    table.replace("Carol", "# Team Docs\n\n- <!-- prompt: What is new? -->", "# Documentation");
    assert_eq!(table.is("Documentation").1, "Carol");
}

#[test]
fn a_section_keeps_its_state_when_it_is_moved_at_once() {
    let mut table = table();
    let (id, from, to) =
        (table.id("Team Ops"), table.at_text("# Team Ops"), table.at_text("# Team IaaS"));
    let units = OPS.encode_utf16().count() as u32;
    table.edit("Bob", &[TextEdit::delete(from, units), TextEdit::insert(to, OPS)]);
    assert_eq!(table.all("title"), ["Welcome", "Team Ops", "Team IaaS", "Team Docs"]);
    assert_eq!((table.id("Team Ops"), table.is("Team Ops")), (id, state("ready", "Bob")));
    assert_eq!(table.row("Team Ops")["changed"], false);
    // It says what it said: nobody has edited it.
    assert_eq!(table.row("Team Ops")["editedBy"], json!(null));
    // It is known where it is now.
    table.replace("Bob", "# Team Ops", "# Team X");
    assert_eq!(table.is("Team X"), state("ready", "Bob"));
}

#[test]
fn a_section_keeps_its_state_when_it_is_cut_and_pasted_after_a_while() {
    let mut table = table();
    let id = table.id("Team Ops");
    table.replace("Bob", OPS, "");
    assert_eq!(table.all("title"), ["Welcome", "Team IaaS", "Team Docs"]);
    assert!(!table.posts.contains_key(&format!("s:{id}")));
    // Meanwhile another one begins where it was, and the server starts again.
    table.insert("Dan", "# Team Docs", "# Team New\n\n- we are quite new here\n\n---\n\n");
    assert_eq!(table.is("Team New"), state("drafting", ""));
    table.pass(3_600_000);
    table.restart();
    table.insert("Bob", "# Team IaaS", &OPS.replace("Nothing broke", "Nothing else broke"));
    assert_eq!((table.id("Team Ops"), table.is("Team Ops")), (id, state("ready", "Bob")));
    assert_eq!(table.row("Team Ops")["changed"], true);
    assert_eq!(table.is("Team New"), state("drafting", ""));
    // Also with another title.
    table.replace("Bob", &OPS.replace("Nothing broke", "Nothing else broke"), "");
    let renamed = OPS.replace("Team Ops", "Operations").replace("Nothing", "Nothing else");
    table.insert("Bob", "", &format!("\n---\n\n{renamed}"));
    assert_eq!(table.is("Operations"), state("ready", "Bob"));
}

#[test]
fn of_a_section_that_is_split_the_upper_part_keeps_its_state() {
    let mut table = table();
    table.insert("Bob", "- Nothing broke", "- All is well\n\n---\n\n# Team Rest\n\n");
    assert_eq!(table.is("Team Ops"), state("ready", "Bob"));
    assert_eq!(table.row("Team Ops")["changed"], true);
    assert_eq!(table.is("Team Rest"), state("drafting", ""));
    assert_eq!(table.row("Team Rest")["editedBy"], "Bob");
    // One that begins above its heading is another one.
    table.insert("Dan", "# Team Ops", "# Team Above\n\n- something\n\n---\n\n");
    assert_eq!(table.is("Team Ops"), state("ready", "Bob"));
    assert_eq!(table.is("Team Above"), state("drafting", ""));
}

#[test]
fn a_section_that_is_joined_with_the_one_above_comes_back_when_that_is_undone() {
    let mut table = table();
    table.claim("Team IaaS", "Ada");
    let (upper, lower) = (table.id("Team IaaS"), table.id("Team Ops"));
    table.replace("Bob", "runs well\n\n---\n\n# Team Ops", "runs well\n\n# Team Ops");
    assert_eq!(table.all("title"), ["Welcome", "Team IaaS", "Team Docs"]);
    assert_eq!((table.id("Team IaaS"), table.is("Team IaaS")), (upper, state("drafting", "Ada")));
    table.restart();
    assert_eq!((table.id("Team IaaS"), table.is("Team IaaS").1), (upper, "Ada".to_owned()));
    table.insert("Bob", "# Team Ops", "---\n\n");
    assert_eq!((table.id("Team Ops"), table.is("Team Ops")), (lower, state("ready", "Bob")));
    assert_eq!(table.id("Team IaaS"), upper);
}

#[test]
fn a_section_that_was_joined_and_is_pasted_elsewhere_is_known_there() {
    let mut table = table();
    table.replace("Bob", "runs well\n\n---\n\n# Team Ops", "runs well\n\n# Team Ops");
    table.insert("Bob", "", &format!("\n---\n\n{OPS}"));
    assert_eq!(table.is("Team Ops"), state("ready", "Bob"));
    let end = table.doc.text().rfind("# Team Ops").unwrap() as u32;
    table.edit("Bob", &[TextEdit { at: end + 2, delete: 8, insert: "Something".into() }]);
    assert_eq!(table.is("Something"), state("ready", "Bob"));
}

#[test]
fn a_section_that_is_deleted_comes_back_with_its_state_when_that_is_undone() {
    let mut table = table();
    let id = table.id("Team Ops");
    for _ in 0..3 {
        table.replace("Dan", OPS, "");
        table.pass(60_000);
        table.insert("Dan", "# Team Docs", OPS);
        assert_eq!((table.id("Team Ops"), table.is("Team Ops")), (id, state("ready", "Bob")));
        assert_eq!(table.row("Team Ops")["changed"], false);
    }
    // All of it, with the deck.
    let all = table.doc.text();
    table.replace("Dan", &all, "");
    assert_eq!(table.rows().len(), 1);
    table.insert("Dan", "", &all);
    assert_eq!((table.id("Team Ops"), table.is("Team Ops")), (id, state("ready", "Bob")));
}

#[test]
fn two_sections_of_the_same_title_are_two() {
    let text = "# Hello\n\n---\n\n# Team A\n\n- one says quite a lot of words about the things it does\n\n\
                ---\n\n# Pause\n\n---\n\n# Team A\n\n- two has some other words to say about all of its plans\n";
    let mut table = Table::new(text);
    let ids = table.all("id");
    let mark = Mark::Ready { name: "Bob".into() };
    let mut out = Vec::new();
    let record = table.desk.marked(table.now, ids[3].parse().unwrap(), &mark, &mut out).unwrap();
    table.stored.insert(record.id, record.clone());
    table.desk.accept(record, table.now, &mut out);
    table.edit("Ada", &[TextEdit::insert(u32::MAX, "- more\n")]);
    assert_eq!(table.all("state"), ["notStarted", "drafting", "notStarted", "ready"]);
    // A backup has them in another order.
    table.pass(10_000);
    let (head, tail) = text.split_once("# Pause\n\n---\n\n").unwrap();
    let (hello, one) = head.split_once("# Team A").unwrap();
    let swapped = format!(
        "{hello}{}\n---\n\n# Pause\n\n---\n\n# Team A{}",
        tail,
        one.trim_end_matches("---\n\n")
    );
    table.restore(&swapped);
    assert_eq!(table.all("title"), ["Hello", "Team A", "Pause", "Team A"]);
    assert_eq!(table.all("id"), [&ids[0], &ids[3], &ids[2], &ids[1]].map(String::as_str));
}

#[test]
fn a_restored_deck_finds_its_sections_by_words_and_titles() {
    let mut table = table();
    table.claim("Team IaaS", "Ada");
    table.claim("Team Docs", "Carol");
    let before: Vec<String> = table.all("id");
    // An older text, in which one had another title and one said something else.
    let older = CALL
        .replace("# Team Ops", "# Operations")
        .replace("- The cloud is up and everything in it runs well", "- Not yet");
    table.restore(&older);
    assert_eq!(table.all("id"), before);
    assert_eq!(table.is("Operations"), state("ready", "Bob"));
    assert_eq!(table.is("Team IaaS"), state("drafting", "Ada"));
    assert_eq!(table.is("Team Docs"), state("notStarted", "Carol"));
    // From here on they are known by where they are.
    table.replace("Dan", "# Operations", "# Something");
    assert_eq!(table.is("Something"), state("ready", "Bob"));
}

#[test]
fn eleven_people_who_write_at_once_are_told_apart() {
    let sections: Vec<String> =
        (0..11).map(|n| format!("# Team {n}\n\n- team {n} says\n\n---\n\n")).collect();
    let mut table = Table::new(&format!("# Hello\n\n---\n\n{}# End\n", sections.concat()));
    for round in 0..20 {
        for n in 0..11 {
            let at = table.at_text(&format!("- team {n} says"));
            let (who, text) = (format!("Writer {n}"), format!("- word {round}\n"));
            table.write(&who, &[TextEdit::insert(at, &text)]);
            table.pass(7);
        }
    }
    table.pass(1_000);
    for n in 0..11 {
        let row = table.row(&format!("Team {n}"));
        assert_eq!(word(&row["editedBy"]), format!("Writer {n}"));
        assert_eq!(row["state"], "drafting");
    }
    for title in ["Hello", "End"] {
        assert_eq!(table.row(title)["editedAt"], json!(null));
    }
}

#[test]
fn only_what_changed_is_told_and_a_burst_of_typing_once_a_second() {
    let mut table = table();
    table.pass(60_000);
    let before = table.told;
    table.write("Ada", &[TextEdit::insert(table.at_text("cloud"), "x")]);
    // The first edit after a pause is told at once.
    table.pass(0);
    assert_eq!(table.told, before + 1);
    for _ in 0..200 {
        table.write("Ada", &[TextEdit::insert(table.at_text("cloud"), "x")]);
        table.pass(10);
    }
    assert!((2..=3).contains(&(table.told - before - 1)), "{}", table.told - before);
    let edited_at = table.row("Team IaaS")["editedAt"].as_u64().unwrap();
    assert!(edited_at.is_multiple_of(1_000) && table.now - edited_at < 1_100, "{edited_at}");
    // A title is seen at once, ten times a second at most.
    let before = table.told;
    for _ in 0..100 {
        table.write("Ada", &[TextEdit::insert(table.at_text("IaaS"), "x")]);
        table.pass(10);
    }
    assert!((9..=11).contains(&(table.told - before)), "{}", table.told - before);
}

#[test]
fn everything_survives_a_restart() {
    let mut table = table();
    table.claim("Team IaaS", "Ada");
    table.insert("Ada", "and everything", "again ");
    table.presents(None, true);
    table.presents(Some("Ada"), false);
    table.times(&[("Welcome", 6_000), ("Team IaaS", 0)], 1);
    let posts = table.posts.clone();
    table.restart();
    assert_eq!(table.posts, posts);
    // What was marked is there also when the server was killed.
    table.mark("Team Docs", Mark::Ready { name: "Carol".into() });
    let posts = table.posts.clone();
    table.crash();
    assert_eq!(table.posts, posts);
    assert_eq!(
        table.summary,
        Some(Summary { expected: 3, ready: 1, reporters: vec!["Ada".into(), "Bob".into()] })
    );
    table.pass(10_000);
    assert_eq!(table.summary.as_ref().unwrap().ready, 2);
}

#[test]
fn what_could_not_be_stored_is_stored_later() {
    let mut table = table();
    let mut out = Vec::new();
    table.desk.store(&mut out);
    let Some(Output::Store(changes)) = out.pop() else { panic!("nothing to store") };
    assert_eq!(changes.put.len(), 4);
    table.desk.not_stored(changes.clone(), table.now);
    table.stored.clear();
    table.pass(3_000);
    assert_eq!(table.stored.values().cloned().collect::<Vec<_>>(), changes.put);
    assert_eq!(table.summary, changes.summary);
}

#[test]
fn a_section_is_presented_once_it_was_on_for_five_seconds() {
    let mut table = table();
    table.presents(None, false);
    table.presents(Some("Ada"), false);
    table.times(&[("Welcome", 0), ("Team IaaS", 0), ("Team Ops", 0), ("Team Docs", 0)], 1);
    table.pass(4_999);
    assert_eq!(table.is("Team IaaS").0, "drafting");
    table.pass(1);
    assert_eq!(table.is("Team IaaS").0, "presented");
    // Passing by is no presentation, nor is a time in which nobody drives.
    table.times(&[("Welcome", 0), ("Team IaaS", 5_000), ("Team Ops", 4_000), ("Team Docs", 0)], 3);
    table.presents(Some(""), false);
    table.pass(60_000);
    assert_eq!(table.all("state"), ["drafting", "presented", "ready", "notStarted"]);
    table.insert("Ada", "and everything", "again ");
    assert_eq!(table.row("Team IaaS")["changed"], true);
    // A connection that was lost goes on with the same call; the next one is another.
    table.desk.left();
    table.presents(None, false);
    table.presents(Some("Ada"), false);
    assert_eq!(table.is("Team IaaS").0, "presented");
    table.presents(None, true);
    assert_eq!(table.is("Team IaaS").0, "presented");
    table.presents(Some("Ada"), false);
    assert_eq!(table.is("Team IaaS").0, "drafting");
    assert_eq!(table.row("Team IaaS")["changed"], false);
    assert_eq!(table.is("Team Ops").0, "ready");
}

#[test]
fn a_parser_that_fails_leaves_the_board_as_it_is_until_the_next_edit() {
    let mut table = table();
    assert!(table.desk.guard::<()>(|_| panic!("on purpose")).is_none());
    table.desk.is_behind = true;
    table.insert("Carol", "<!-- prompt: What", "New pages ");
    assert_eq!(table.all("state"), ["drafting", "drafting", "ready", "drafting"]);
}

#[test]
fn a_spoilt_mirror_asks_for_everything_again() {
    let mut table = table();
    let mut out = Vec::new();
    let mut lost = table.doc.edit(&[TextEdit::insert(0, "lost ")]);
    lost =
        table.doc.edit(&[TextEdit::insert(2, "more ")]).into_iter().chain(lost).take(40).collect();
    table.desk.hear(table.now, &Frame::Update(&lost).encode(), &mut out);
    assert!(matches!(&out[..], [Output::Send(_)]), "{out:?}");
    table.hear(&Frame::SyncStep2(&table.doc.encode()).encode());
    assert_eq!(table.is("Team Ops"), state("ready", "Bob"));
}

#[test]
fn a_deck_of_very_many_sections_is_followed_as_far_as_a_call_goes() {
    let text: String = (0..400).map(|n| format!("# Part {n}\n\n---\n\n")).collect();
    let mut table = Table::new(&text);
    assert_eq!(table.rows().len(), 200);
    let all = table.doc.text();
    table.replace("Dan", &all, "");
    for round in 0..3 {
        let text: String = (0..199).map(|n| format!("# Other {round} {n}\n\n---\n\n")).collect();
        table.insert("Dan", "", &text);
        table.replace("Dan", &text, "");
    }
    table.pass(10_000);
    assert!(table.stored.len() <= 401, "{}", table.stored.len());
}

#[test]
fn a_large_deck_is_read_once_a_second() {
    let mut table = table();
    table.insert("Dan", "", &"long words of somebody \n".repeat(4_000));
    table.pass(10_000);
    let before = table.told;
    for _ in 0..300 {
        table.write("Ada", &[TextEdit::insert(table.at_text("IaaS"), "x")]);
        table.pass(10);
    }
    assert!((3..=4).contains(&(table.told - before)), "{}", table.told - before);
    table.pass(1_000);
    assert_eq!(table.all("title")[1], format!("Team {}", "x".repeat(75)));
    // And at once again when it is small.
    let long = "long words of somebody \n".repeat(4_000);
    table.replace("Dan", &long, "");
    table.ready("Team Docs", "Carol");
    table.insert("Dan", "", "- and this\n");
    assert_eq!(table.row("Team Docs")["changed"], true);
}

#[test]
fn a_deck_that_takes_long_to_be_read_is_left_alone_for_a_while() {
    let mut table = table();
    let heading = |table: &Table| table.all("title")[0].clone();
    table.desk.took(Duration::from_millis(200), table.now);
    assert!(table.desk.is_large(), "whatever the size of its text");
    for (time, title) in [(1_999, "Welcome"), (2_000, "Welcome"), (1, "Welcome back")] {
        if time == 1_999 {
            let insert = TextEdit::insert(table.at_text("\n\nHello"), " back");
            table.write("Bob", &[insert]);
        }
        assert!(table.desk.is_resting(table.now));
        table.pass(time);
        assert_eq!(heading(&table), title);
    }
    assert!(!table.desk.is_resting(table.now));
    // A quick read needs no rest but the usual one, and what takes no read counts for nothing.
    table.desk.took(Duration::from_millis(1), table.now);
    assert!(!table.desk.is_large());
    table.write("Bob", &[TextEdit::insert(table.at_text(" back"), " all")]);
    table.desk.took(Duration::ZERO, table.now);
    assert!(table.desk.is_resting(table.now));
    table.pass(100);
    assert_eq!(heading(&table), "Welcome all back");
}

#[test]
fn what_is_presented_while_the_desk_rests_is_noted_as_it_is_then() {
    let mut table = table();
    table.desk.took(Duration::from_millis(200), table.now);
    table.presents(Some("Ada"), false);
    table.write("Bob", &[TextEdit::insert(table.at_text("Hello"), "Oh! ")]);
    table.times(&[("Welcome", 6_000)], 0);
    assert_eq!(table.is("Welcome").0, "drafting");
    table.pass(4_000);
    assert_eq!(
        (table.is("Welcome").0, &table.row("Welcome")["changed"]),
        ("presented".into(), &json!(false))
    );
    // Whatever is left is read and stored at the end.
    table.desk.took(Duration::from_secs(60), table.now);
    table.write("Bob", &[TextEdit::insert(table.at_text("Oh!"), "Ah! ")]);
    table.restart();
    assert_eq!(table.row("Welcome")["changed"], true);
}

#[test]
fn a_call_that_goes_on_after_a_restart_keeps_what_was_presented() {
    const HOUR: u64 = 60 * 60 * 1_000;
    for (elapsed, state) in [(HOUR + 10_000, "presented"), (1_000, "drafting")] {
        let mut table = table();
        table.presents(Some("Ada"), false);
        table.times(&[("Welcome", 6_000), ("Team IaaS", 0)], 1);
        // One section takes an hour, and nobody notes anything meanwhile.
        table.restart();
        table.pass(HOUR);
        table.presents(None, false);
        table.presents(Some("Ada"), false);
        assert_eq!(table.is("Welcome").0, "presented");
        table.times_after(elapsed, &[("Welcome", 0), ("Team IaaS", 1_000)], 1);
        assert_eq!(table.is("Welcome").0, state);
    }
}

#[test]
fn what_a_guest_writes_is_theirs_after_they_signed_in() {
    let mut table = table();
    table.claim("Team IaaS", "Ada");
    let mut out = Vec::new();
    table.desk.carry_over("guest:Bob", "user:bob", table.now, &mut out);
    table.carry_out(out);
    let claimed = ["", "guest:Ada", "user:bob", ""];
    assert_eq!(table.all("claimedBy"), claimed);
    table.pass(STORE_AFTER);
    table.crash();
    assert_eq!(table.all("claimedBy"), claimed);
}

#[test]
fn sections_that_were_there_a_moment_ago_are_compared_before_those_that_went_long_ago() {
    // More that went than can be compared with the sections of the text.
    let section = |number: usize| format!("# Team {number}\n\n- words\n\n---\n\n");
    let text: String = (0..40).map(section).collect();
    let gone = |number: u64| SectionRecord {
        id: number + 1,
        title: format!("Gone {number}"),
        anchor: "gone".to_owned(),
        reporter: Some("Eve".to_owned()),
        ..Default::default()
    };
    let records = (0..150).map(gone).collect();
    let mut table = Table::at(&text, DeckSections { records, call_at: None });
    table.claim("Team 7", "Ada");
    let id = table.id("Team 7");
    table.restore(&text);
    assert_eq!((table.id("Team 7"), table.is("Team 7").1), (id, "Ada".into()));
}
