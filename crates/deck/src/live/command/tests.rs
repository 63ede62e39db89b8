//! What each command makes of a deck.

use expect_test::{Expect, expect};

use super::Command;
use crate::{LiveDeck, apply_to_lines};

const DECK: &str = "---\ntitle: t\n---\n\n# A\n\n---\n\n# B\n\n----\n\n## B two\n\n---\n\n# C\n\n----\n\n# C two\n- x\n- y\n";

/// Shows the edits, the deck they make in short, and the line of the caret.
#[track_caller]
fn check(text: &str, command: Command, expected: Expect) {
    let Some(change) = LiveDeck::new(text).perform(&command) else {
        return expected.assert_eq("nothing");
    };
    let mut shown = String::new();
    for edit in &change.edits {
        shown += &format!("{:?} {:?}\n", edit.lines, edit.text);
    }
    let after = apply_to_lines(text, &change.edits);
    let deck = LiveDeck::new(&after);
    for info in deck.slides() {
        shown += if info.column { "| " } else { ". " };
        shown += &format!("{} ", info.title);
    }
    let caret = after.split('\n').nth(change.line as usize).unwrap_or_default();
    shown += &format!("\ncaret: {caret}\n");
    expected.assert_eq(&shown);
}

#[test]
fn sections_move_as_a_whole() {
    check(
        DECK,
        Command::MoveSection { section: 1, before: 3 },
        expect![[r###"
            8..16 []
            23..23 ["", "---", "", "# B", "", "----", "", "## B two"]
            | A | C . C two | B . B two 
            caret: # B
        "###]],
    );
    check(
        DECK,
        Command::MoveSection { section: 2, before: 0 },
        expect![[r##"
        4..4 ["# C", "", "----", "", "# C two", "- x", "- y", "", "---", ""]
        13..23 []
        | C . C two | A | B . B two 
        caret: # C
    "##]],
    );
    check(
        DECK,
        Command::MoveSection { section: 0, before: 2 },
        expect![[r##"
        4..8 []
        14..14 ["---", "", "# A", ""]
        | B . B two | A | C . C two 
        caret: # A
    "##]],
    );
    check(DECK, Command::MoveSection { section: 1, before: 1 }, expect!["nothing"]);
    check(DECK, Command::MoveSection { section: 1, before: 2 }, expect!["nothing"]);
    check(DECK, Command::MoveSection { section: 9, before: 0 }, expect!["nothing"]);
}

#[test]
fn a_slide_that_leaves_its_section_makes_the_next_one_its_head() {
    check(
        DECK,
        Command::MoveSlide { slide: 1, section: 2, place: 9 },
        expect![[r##"
            8..12 []
            23..23 ["", "----", "", "# B"]
            | A | B two | C . C two . B 
            caret: # B
        "##]],
    );
    check(
        DECK,
        Command::MoveSlide { slide: 1, section: 1, place: 1 },
        expect![[r##"
            8..12 []
            14..14 ["----", "", "# B", ""]
            | A | B two . B | C . C two 
            caret: # B
        "##]],
    );
}

#[test]
fn a_slide_that_joins_a_section_goes_below_its_head_or_becomes_it() {
    check(
        DECK,
        Command::MoveSlide { slide: 0, section: 1, place: 1 },
        expect![[r##"
            4..8 []
            10..10 ["----", "", "# A", ""]
            | B . A . B two | C . C two 
            caret: # A
        "##]],
    );
    check(
        DECK,
        Command::MoveSlide { slide: 4, section: 0, place: 0 },
        expect![[r##"
        4..4 ["# C two", "- x", "- y", "", "----", ""]
        17..23 []
        | C two . A | B . B two | C 
        caret: # C two
    "##]],
    );
    check(
        DECK,
        Command::MoveSlide { slide: 2, section: 2, place: 0 },
        expect![[r###"
            10..15 ["---", "", "## B two", "", "----"]
            | A | B | B two . C . C two 
            caret: ## B two
        "###]],
    );
    check(DECK, Command::MoveSlide { slide: 0, section: 0, place: 1 }, expect!["nothing"]);
}

#[test]
fn a_slide_that_would_change_others_stays() {
    let open = "# A\n\n---\n\n# B\n\n```\ncode";
    check(open, Command::MoveSection { section: 1, before: 0 }, expect!["nothing"]);
    check(
        "# A\n\n---\n\n---\na: b\n",
        Command::MoveSection { section: 1, before: 0 },
        expect!["nothing"],
    );
}

#[test]
fn copies_stand_below() {
    check(
        DECK,
        Command::Duplicate { slide: 0 },
        expect![[r##"
        6..6 ["----", "", "# A", ""]
        | A . A | B . B two | C . C two 
        caret: # A
    "##]],
    );
    check(
        DECK,
        Command::Duplicate { slide: 4 },
        expect![[r##"
        23..23 ["", "----", "", "# C two", "- x", "- y"]
        | A | B . B two | C . C two . C two 
        caret: # C two
    "##]],
    );
    check(
        "# A",
        Command::Duplicate { slide: 0 },
        expect![[r##"
        1..1 ["", "----", "", "# A"]
        | A . A 
        caret: # A
    "##]],
    );
    check("", Command::Duplicate { slide: 0 }, expect!["nothing"]);
}

#[test]
fn slides_go() {
    check(
        DECK,
        Command::Delete { slide: 0 },
        expect![[r#"
        4..8 []
        | B . B two | C . C two 
        caret: # B
    "#]],
    );
    check(
        DECK,
        Command::Delete { slide: 1 },
        expect![[r#"
            8..12 []
            | A | B two | C . C two 
            caret: ## B two
        "#]],
    );
    check(
        DECK,
        Command::Delete { slide: 4 },
        expect![[r#"
        17..23 []
        | A | B . B two | C 
        caret: # C
    "#]],
    );
    check(
        "\n# A\nb\n",
        Command::Delete { slide: 0 },
        expect![[r#"
        1..3 []
        |  
        caret: 
    "#]],
    );
    check(
        "---\ntitle: t\n---\n# A",
        Command::Delete { slide: 0 },
        expect![[r#"
        3..4 [""]
        |  
        caret: 
    "#]],
    );
    check("\n", Command::Delete { slide: 0 }, expect!["nothing"]);
}

/// Shows what a slide's text becomes when it is renamed.
#[track_caller]
fn check_name(text: &str, title: &str, expected: Expect) {
    let deck = LiveDeck::new(text);
    let slide = deck.slides().len() as u32 - 1;
    let Some(change) = deck.perform(&Command::Rename { slide, title: title.to_owned() }) else {
        return expected.assert_eq("nothing");
    };
    let after = apply_to_lines(text, &change.edits);
    let renamed = LiveDeck::new(&after);
    let named = renamed.slides().last().map(|info| info.title.to_string());
    assert_eq!(named.as_deref(), Some(title.trim()), "{after:?}");
    assert_eq!(renamed.slides().len() as u32, slide + 1);
    expected.assert_eq(&format!("{after:?} at {}", change.line));
}

#[test]
fn a_heading_keeps_its_form() {
    check_name("text\n\n## Old ##\n", "New", expect![[r#""text\n\n## New ##\n" at 2"#]]);
    check_name(
        "# <font color=\"red\">Old</font> <!-- x -->",
        "New",
        expect![[r##""# <font color=\"red\">New</font> <!-- x -->" at 0"##]],
    );
    check_name("# *Old* **name**", "New", expect![[r##""# New" at 0"##]]);
    check_name("Old\n===\n\ntext", "New", expect![[r#""New\n===\n\ntext" at 0"#]]);
    check_name("a *b*\n---\n", "New", expect![[r#""New\n---\n" at 0"#]]);
    check_name(
        "<h2 class=\"x\">Old <b>one</b></h2>",
        "New",
        expect![[r#""<h2 class=\"x\">New</h2>" at 0"#]],
    );
    check_name("# Same", "Same", expect!["nothing"]);
    check_name("# Old", "  ", expect!["nothing"]);
}

#[test]
fn a_title_is_not_taken_for_marks() {
    check_name("# Old", "C#", expect![[r##""# C#" at 0"##]]);
    check_name("# Old", "a #", expect![[r##""# a \\#" at 0"##]]);
    check_name(
        "# Old",
        "2 * 3 * 4 <b> [x](y) `z`",
        expect![[r##""# 2 \\* 3 \\* 4 \\<b\\> \\[x\\]\\(y\\) \\`z\\`" at 0"##]],
    );
    check_name("Old\n===", "- item", expect![[r#""\\- item\n===" at 0"#]]);
    check_name("Old\n===", "# x", expect![[r#""\\# x\n===" at 0"#]]);
    check_name("<h1>Old</h1>", "a & <b>", expect![[r##""# a \\& \\<b\\>" at 0"##]]);
}

#[test]
fn a_slide_without_a_heading_gets_one() {
    check_name(
        "# A\n\n---\n\n- text\n",
        "New",
        expect![[r##""# A\n\n---\n\n# New\n\n- text\n" at 4"##]],
    );
    check_name(
        "# A\n\n---\n\n## B\n\n----\n\n![B](x.png)\n",
        "New",
        expect![[r##""# A\n\n---\n\n## B\n\n----\n\n## New\n\n![B](x.png)\n" at 8"##]],
    );
    check_name(
        "---\nbreaks: true\n---\ntext",
        "New",
        expect![[r#""---\nbreaks: true\n---\n# New\n\ntext" at 3"#]],
    );
    check_name(
        "---\nbreaks: true\n---",
        "New",
        expect![[r#""---\nbreaks: true\n---\n\n# New" at 4"#]],
    );
    check_name("", "New", expect![[r#""\n# New\n" at 1"#]]);
    check_name(
        "# A\n\n---\n\n\n\n---\n\n<!-- -->\n",
        "New",
        expect![[r##""# A\n\n---\n\n\n\n---\n\n# New\n\n<!-- -->\n" at 8"##]],
    );
}

#[test]
fn a_command_crosses_in_camel_case() {
    let command = Command::MoveSlide { slide: 1, section: 2, place: 3 };
    let json = serde_json::to_string(&command).expect("a command is plain data");
    expect![[r#"{"moveSlide":{"slide":1,"section":2,"place":3}}"#]].assert_eq(&json);
    let change = LiveDeck::new(DECK).perform(&Command::Delete { slide: 0 });
    expect![[r#"{"edits":[{"lines":{"start":4,"end":8},"text":[]}],"line":4}"#]]
        .assert_eq(&serde_json::to_string(&change).expect("edits are plain data"));
}

/// Shows the text of a section once it has no report, and checks that a report takes that back.
#[track_caller]
fn check_no_report(text: &str, section: u32, expected: Expect) {
    let deck = LiveDeck::new(text);
    let Some(change) = deck.perform(&Command::NoReport { section }) else {
        return expected.assert_eq("nothing");
    };
    let silent = apply_to_lines(text, &change.edits);
    let hushed = LiveDeck::new(&silent);
    assert!(hushed.sections()[section as usize].no_report);
    assert_eq!(hushed.perform(&Command::NoReport { section }), None);
    let change = hushed.perform(&Command::Report { section }).expect("it was said");
    assert_eq!(apply_to_lines(&silent, &change.edits), text);
    expected.assert_eq(&format!("{silent:?}"));
}

#[test]
fn a_section_without_a_report_says_so_on_each_of_its_slides() {
    check_no_report(
        "# A\n\n---\n\n# B\n\n----\n\n\n\n----\n\n<!-- .slide: id=\"b\" data-visibility=\"uncounted\"\n-->\nb\n",
        1,
        expect![[
            r##""# A\n\n---\n\n<!-- .slide: data-visibility=\"hidden\" data-no-report=\"true\" -->\n# B\n\n----\n\n<!-- .slide: data-visibility=\"hidden\" data-no-report=\"true\" -->\n\n\n\n----\n\n<!-- .slide: id=\"b\" data-visibility=\"uncounted\"\n data-visibility=\"hidden\" data-no-report=\"true\"-->\nb\n""##
        ]],
    );
    check_no_report(
        "---\ntitle: t\n---\n# A",
        0,
        expect![[
            r#""---\ntitle: t\n---\n<!-- .slide: data-visibility=\"hidden\" data-no-report=\"true\" -->\n# A""#
        ]],
    );
    check_no_report(
        "<!-- .slide: -->\n`<!-- .slide: id=\"x\" -->`",
        0,
        expect![[
            r#""<!-- .slide: data-visibility=\"hidden\" data-no-report=\"true\" -->\n<!-- .slide: -->\n`<!-- .slide: id=\"x\" -->`""#
        ]],
    );
    check_no_report(
        "text <!-- .slide: class='a b'--> text\n\nNote:\n<!-- .slide: id=x -->",
        0,
        expect![[
            r#""text <!-- .slide: class='a b' data-visibility=\"hidden\" data-no-report=\"true\"--> text\n\nNote:\n<!-- .slide: id=x -->""#
        ]],
    );
    check_no_report("# A\n", 1, expect!["nothing"]);
}

#[test]
fn a_report_also_takes_back_what_was_written_by_hand() {
    let report = |text: &str| {
        let change = LiveDeck::new(text).perform(&Command::Report { section: 0 })?;
        Some(apply_to_lines(text, &change.edits))
    };
    assert_eq!(
        report("<!-- .slide: data-no-report='true' id=\"x\" data-visibility=hidden -->\n# A"),
        Some("<!-- .slide: id=\"x\" -->\n# A".to_owned())
    );
    assert_eq!(report("<!-- .slide: data-visibility=\"hidden\" -->\n# A"), None);
}
