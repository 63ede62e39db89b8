//! What is found in the last call, and where it goes in the next one.

use expect_test::{Expect, expect};

use super::*;

const CALL: &str = "\
---
title: Call 2024-04-11
---

# Call
## 2024-04-11, next one 2024-04-25

---

# Team A

Report by @ada

----

## Team A

- done in 2024-03
- [x] told everybody by 2024-05-01
- [ ] ask [the board](https://example.org/2030-01-01 \"Minutes\") <!-- carried 2024-03-28 -->
    - who goes there?
        - not me
* [ ]
* plain
    1. [ ] write it down
- review until May 2

Note:
- [ ] breathe

---

# Events

* **May 14** Summit
    * tickets: soon
* 22.–23. Mai Messe <!-- carried 2024-03-28 -->
* April 24: over
* 14.5. Treffen

----

<!-- .slide: data-background=\"/p/sea.jpg\" data-visibility=\"hidden\" data-no-report=\"true\" -->
<!-- carried 2024-03-28 -->

## Meetup

![Poster](/p/poster.png \"The poster\")

2024-05-22 15 CEST

Note:
Bring cake.

----

## Old meetup

2024-04-22 15 CEST

---

# Code of conduct

<!-- standing -->

Be kind.

---

# Rooms

Second door on the left
";

fn day(text: &str) -> Date {
    Date::parse(text).expect("a day")
}

#[track_caller]
fn check(previous: &str, before: Option<&str>, template: &str, expected: Expect) {
    let items = find(previous, before, template, day("2024-04-25"));
    let mut shown = String::new();
    for item in items {
        let date = item.date.map_or_else(String::new, |date| date.to_string());
        shown += &format!("{:?} {date} | {} | {}\n", item.kind, item.section, item.text);
        let (Source::Bullet(lines) | Source::Slide(lines)) = item.source;
        for line in lines {
            shown += &if line.is_empty() { "\n".to_owned() } else { format!("    {line}\n") };
        }
    }
    expected.assert_eq(&shown);
}

#[test]
fn open_tasks_coming_events_and_standing_slides_are_found_with_all_that_stands_in_them() {
    check(
        CALL,
        None,
        "",
        expect![[r#"
        Task  | Team A | ask the board
            - [ ] ask [the board](https://example.org/2030-01-01 "Minutes")
                - who goes there?
                    - not me
        Task  | Team A | write it down
            1. [ ] write it down
        Event 2024-05-02 | Team A | review until May 2
            - review until May 2
        Event 2024-05-14 | Events | May 14 Summit
            * **May 14** Summit
                * tickets: soon
        Event 2024-05-22 | Events | 22.–23. Mai Messe
            * 22.–23. Mai Messe
        Event 2024-05-14 | Events | 14.5. Treffen
            * 14.5. Treffen
        Event 2024-05-22 | Events | Meetup
            <!-- .slide: data-background="/p/sea.jpg" -->
    
            ## Meetup
    
            ![Poster](/p/poster.png "The poster")
    
            2024-05-22 15 CEST
    
            Note:
            Bring cake.
        Slide  | Code of conduct | Code of conduct
            # Code of conduct
    
            <!-- standing -->
    
            Be kind.
    "#]],
    );
}

#[test]
fn what_the_template_has_already_is_not_found() {
    let template =
        "# Team A\n\n- [ ] write it down\n* **May 14** Summit <!-- x -->\n  * tickets:  soon";
    check(CALL, None, &CALL.replace("2024-03-28", "2024-02-02"), expect![""]);
    let all = find(CALL, None, "", day("2024-04-25"));
    let left = find(CALL, None, template, day("2024-04-25"));
    let gone: Vec<&str> =
        all.iter().filter(|item| !left.contains(item)).map(|item| item.text.as_str()).collect();
    assert_eq!(gone, ["write it down", "May 14 Summit"]);
}

#[test]
fn slides_that_said_the_same_twice_stand_unless_their_day_is_over() {
    let before = "# Call\n\n---\n\n# Rooms\n\nSecond   door on the left <!-- x -->\n\n---\n\n## Old meetup\n\n2024-04-22 15 CEST\n\n---\n\n# Team A\n\nReport by @bob";
    let found = find(CALL, Some(before), "", day("2024-04-25"));
    let slides: Vec<&str> = found
        .iter()
        .filter(|item| item.kind == Kind::Slide)
        .map(|item| item.text.as_str())
        .collect();
    assert_eq!(slides, ["Code of conduct", "Rooms"]);
}

#[test]
fn the_same_item_has_the_same_id_whatever_else_changes() {
    let find = |text: &str| find(text, None, "", day("2024-04-25"));
    let (before, after) = (find(CALL), find(&CALL.replace("# Call", "# Call\n- [ ] new")));
    assert_eq!(after.len(), before.len() + 1);
    assert!(before.iter().all(|item| after.iter().any(|other| other.id == item.id)));
    let ids: HashSet<u32> = before.iter().map(|item| item.id).collect();
    assert_eq!(ids.len(), before.len());
    let json = serde_json::to_string(&before[0]).expect("an item is plain data");
    expect![[
        r#"{"id":3684949799,"kind":"task","section":"Team A","text":"ask the board","date":null}"#
    ]]
    .assert_eq(&json);
}

#[test]
fn reporters_are_suggested_for_their_sections() {
    assert_eq!(reporters(CALL), [("Team A".to_owned(), "ada".to_owned())]);
}

fn values() -> Values {
    Values {
        title: "Open \"Harbour\" \\o/".to_owned(),
        date: day("2024-04-25"),
        number: 7,
        previous: Some(day("2024-04-11")),
    }
}

#[track_caller]
fn check_deck(template: &str, keep: &[&str], expected: Expect) {
    let mut items = find(CALL, None, "", day("2024-04-25"));
    items.retain(|item| keep.iter().any(|text| item.text.contains(text)));
    assert_eq!(items.len(), keep.len());
    expected.assert_eq(&compose(template, &values(), &items, day("2024-04-11")));
}

#[test]
fn variables_are_filled_and_escaped_where_they_stand() {
    check_deck(
        "---\r\ntitle: \"{{title}}: {{date}}\"\r\ndescription: '{{ title }} isn''t {{previous}}'\r\ntags: [call, {{title}}]\r\nshort: {{title}} # {{number}}\r\n---\r\n\r\n# {{title}}\r\n{{date:long}}, no. {{number}}, {{other}} {{date\r\n\r\n- <!-- prompt: What is new since {{previous}}? -->\r\n",
        &[],
        expect![[r#"
            ---
            title: "Open \"Harbour\" \\o/: 2024-04-25"
            description: 'Open "Harbour" \o/ isn''t 2024-04-11'
            tags: [call, "Open \"Harbour\" \\o/"]
            short: "Open \"Harbour\" \\o/ # 7"
            ---

            # Open "Harbour" \o/
            25 April 2024, no. 7, {{other}} {{date

            - <!-- prompt: What is new since 2024-04-11? -->
        "#]],
    );
    let deck = compose(
        "---\nlang: de-AT\n---\n\n{{date:long}} *{{title}}*\n\n# am {{date:long}}",
        &Values { title: "1 * 2 * 3\n-->".to_owned(), previous: None, ..values() },
        &[],
        day("2024-04-11"),
    );
    expect![[r#"
        ---
        lang: de-AT
        ---

        25\. April 2024 *1 * 2 * 3 →*

        # am 25. April 2024"#]]
    .assert_eq(&deck);
}

#[test]
fn what_is_filled_in_can_be_read_again() {
    for quotes in ["\"", "'", ""] {
        let template = format!("---\ntitle: {quotes}{{{{title}}}}{quotes}\n---\n\n# a");
        let deck = crate::parse(&compose(&template, &values(), &[], day("2024-04-11")));
        assert_eq!(deck.front_matter.title.as_deref(), Some("Open \"Harbour\" \\o/"));
        assert_eq!(deck.problems, []);
    }
}

#[test]
fn items_go_into_the_section_with_the_same_words() {
    check_deck(
        "# Start\n\n---\n\n# team a!\n\n- <!-- prompt: What is done? -->\n\n----\n\n- <!-- prompt: What is next? -->\n  - more\n\nNote:\nSmile.\n\n---\n\n## Events\n\nSee you there\n\n---\n\n# End\n",
        &["ask the board", "write it down", "Messe", "Meetup"],
        expect![[r##"
            # Start

            ---

            # team a!

            - <!-- prompt: What is done? -->

            ----

            - <!-- prompt: What is next? -->
              - more
            - [ ] ask [the board](https://example.org/2030-01-01 "Minutes") <!-- carried 2024-04-11 -->
                - who goes there?
                    - not me
            -  [ ] write it down <!-- carried 2024-04-11 -->

            Note:
            Smile.

            ---

            ## Events

            See you there

            * 22.–23. Mai Messe <!-- carried 2024-04-11 -->

            ----

            <!-- carried 2024-04-11 -->
            <!-- .slide: data-background="/p/sea.jpg" -->

            ## Meetup

            ![Poster](/p/poster.png "The poster")

            2024-05-22 15 CEST

            Note:
            Bring cake.

            ---

            # End
        "##]],
    );
}

#[test]
fn only_the_marker_of_an_item_becomes_that_of_its_list() {
    let items =
        find("# Call\n\n12. [ ] one\n\n    * two\n\n    3 three\n", None, "", day("2024-04-25"));
    let deck = compose("# Call\n\n+ zero", &values(), &items, day("2024-04-11"));
    expect![[r#"
        # Call

        + zero
        +   [ ] one <!-- carried 2024-04-11 -->

            * two

            3 three"#]]
    .assert_eq(&deck);
}

#[test]
fn what_has_no_section_gets_one_at_the_end() {
    check_deck(
        "# Start\n\n---\n",
        &["Treffen", "Code of conduct"],
        expect![[r#"
        # Start

        ---

        # Carried over

        * 14.5. Treffen <!-- carried 2024-04-11 -->

        ----

        <!-- carried 2024-04-11 -->
        # Code of conduct

        <!-- standing -->

        Be kind.

        ---
    "#]],
    );
    check_deck(
        "---\nlang: de\n---\n",
        &["Treffen"],
        expect![[r#"
            ---
            lang: de
            ---

            # Übernommen

            * 14.5. Treffen <!-- carried 2024-04-11 -->"#]],
    );
}

#[test]
fn what_is_carried_again_is_marked_once() {
    let from = day("2024-04-25");
    let first = compose("# Start", &values(), &find(CALL, None, "", from), day("2024-04-11"));
    let again = find(&first, None, "", from);
    let second = compose("# Start", &values(), &again, day("2024-04-18"));
    assert_eq!(second.matches("<!-- carried").count(), again.len());
    assert_eq!(second, first.replace("carried 2024-04-11", "carried 2024-04-18"));
}

#[test]
fn the_template_that_comes_with_ondeck_gives_a_deck_that_waits_for_its_reports() {
    let template = include_str!("../../../../examples/template.md");
    let text = compose(template, &values(), &[], day("2024-04-11"));
    let deck = LiveDeck::new(&text);
    assert_eq!(deck.problems(), []);
    assert!(!text.contains("{{"));
    let sections = deck.sections();
    let waits: Vec<&str> = sections
        .iter()
        .filter(|section| section.expected && section.is_empty)
        .map(|section| section.title.as_str())
        .collect();
    expect![
        "Team Platform, Team Product, Team Operations, Documentation, Adoption, Decisions, Events"
    ]
    .assert_eq(&waits.join(", "));
    let agenda = deck.html().into_iter().find(|slide| slide.html.contains("\"agenda\""));
    let agenda = agenda.expect("there is one").html;
    assert!(agenda.contains("<li>Team Platform</li>") && !agenda.contains("Agenda</li>"));
}

/// Long enough, in bytes, that whatever takes the square of it never ends; all that a text may have takes
/// an unoptimized build seconds.
const LONG: usize = 210_000;

#[test]
fn a_line_of_nothing_but_variables_is_filled_in_one_pass() {
    let values = Values { title: "*A* call".to_owned(), ..values() };
    for part in ["{{date}}", "{{date:long}}", "{{title}}", "`{{title}}` ", "{{ ", "{{", "{{x}}"] {
        let line = part.repeat(LONG / part.len());
        let filled = variables::fill(&line, &values);
        let settings = variables::fill(&format!("---\ntitle: \"{line}\"\n---\n"), &values);
        assert_eq!(filled.contains("{{"), matches!(part, "{{ " | "{{" | "{{x}}"));
        assert_eq!(settings.contains("{{"), filled.contains("{{"));
    }
}

#[test]
fn a_long_line_is_read_around_a_title_alone() {
    let values = Values { title: "1. *A*".to_owned(), ..values() };
    let far = "y ".repeat(200);
    for (line, filled) in [
        ("{{title}}".to_owned(), "1\\. \\*A\\*".to_owned()),
        (format!("{far}{{{{title}}}} {far}"), format!("{far}1\\. \\*A\\* {far}")),
        (format!("{far}`{{{{title}}}}`{far}"), format!("{far}`1. *A*`{far}")),
    ] {
        assert_eq!(variables::fill(&line, &values), filled);
    }
}

#[test]
fn many_items_go_into_many_sections() {
    let previous: String =
        (0..5_000).map(|it| format!("# S{it}\n\n- [ ] a{it}\n\n---\n\n")).collect();
    let template: String = (0..5_000).map(|it| format!("# S{it}\n\n- b\n\n---\n\n")).collect();
    let items = find(&previous, None, &template, day("2024-04-25"));
    assert_eq!(items.len(), 5_000);
    let text = compose(&template, &values(), &items, day("2024-04-11"));
    assert!(text.contains("# S4999\n\n- b\n- [ ] a4999 <!-- carried 2024-04-11 -->\n"));
}

#[test]
fn items_within_each_other_are_read_once() {
    let line = format!("# A\n\n{}1", "- ".repeat(LONG / 2));
    assert_eq!(find(&line, Some(&line), &line, day("2024-04-25")), []);
}

#[test]
fn a_long_title_is_not_copied_whole_for_each_item() {
    let items =
        "- [ ] a\n".repeat(2) + &(0..10_000).map(|it| format!("- [ ] a{it}\n")).collect::<String>();
    let text = format!("# {}\n\n{items}", "x".repeat(LONG / 2));
    let items = find(&text, None, "", day("2024-04-25"));
    assert_eq!(items.len(), 10_001);
    assert!(items.iter().all(|item| item.section.len() == MAX_SECTION));
}
