//! What goes wrong when many write at once: chat, pastes, copies, and what the last call left.

use expect_test::expect;

use super::check;
use crate::{Code, LiveDeck, TextEdit, apply_to_lines, parse};

/// What is wrong with a deck, by line from 1.
fn found(source: &str) -> Vec<String> {
    let problems = parse(source).problems.into_iter();
    problems
        .map(|problem| {
            let code = serde_json::to_value(problem.code).expect("a code is plain data");
            format!("{} {}", problem.lines.start + 1, code.as_str().unwrap_or_default())
        })
        .collect()
}

fn has(code: Code, source: &str) -> bool {
    parse(source).problems.iter().any(|problem| problem.code == code)
}

#[test]
fn every_defect_of_a_call_is_named_and_nothing_else() {
    let source = include_str!("harbour-call.md");
    let shown: Vec<String> = parse(source)
        .problems
        .iter()
        .map(|p| format!("{}-{} {}\n", p.lines.start + 1, p.lines.end, p.message))
        .collect();
    expect![[r##"
        13-13 `color: "#204060"` is not valid CSS, so it does nothing; write `color: #204060`
        19-19 `2024-05-30` is not the date of the call, 2024-06-13
        25-30 this stands in `Team Locks & Tides`, too, where it fits better
        72-72 an address seems to have landed inside of other text: `Brq71-c0de-4a11-9f3e-b7d20f6a9c35.png)`
        77-77 this image comes from elsewhere each time, so it may vanish, and its server sees who watches: https://pad.harbour.example/uploads/3f9a4d70-5c1e-4b7e-8f65-0d2c6b1a9e77.png
        77-77 this image has no text for those who cannot see it
        121-121 another section is called `Team Lights`, too; join the two or rename one
        137-139 this reads like chat, and the audience sees it: Na toll, wer hat denn da die Torte gestrichen ... :-)
    "##]]
    .assert_eq(&shown.concat());
}

#[test]
fn chat_below_a_list_is_named() {
    check(
        "# a\n\n- b\nMach mal bitte lauter :-)\n\n---\n\n# c",
        expect![[r##"
            3 warning stray-text: this reads like chat, and the audience sees it: Mach mal bitte lauter :-)
              Move it to the notes: "# a\n\n- b\n\nnote:\nMach mal bitte lauter :-)\n\n---\n\n# c"
              Remove it: "# a\n\n- b\n\n---\n\n# c"
        "##]],
    );
    check(
        "# a\n\n- b\n\nich bin gleich zurück ;-)\nwer hat das geschrieben?\n\n![x](y.png)\n\nnote: later",
        expect![[r##"
            4 warning stray-text: this reads like chat, and the audience sees it: ich bin gleich zurück ;-)
              Move it to the notes: "# a\n\n- b\n\n![x](y.png)\n\nnote: later\nich bin gleich zurück ;-)\nwer hat das geschrieben?"
              Remove it: "# a\n\n- b\n\n![x](y.png)\n\nnote: later"
        "##]],
    );
}

#[test]
fn chat_is_known_by_several_signs() {
    for chat in [
        "Ich halt mich da raus :-)",
        "kannst du mal die Folien hochladen? :D",
        "lol who wrote that?",
        "Schau mal auf diese Folie",
        "can someone scroll down, I can't see it",
        "haha, sorry... my mistake",
        "Hang on, I think this slide is mine",
        "@ole bist du noch da? ;)",
        "bitte nicht löschen, ich schreib noch ...",
        "I'll fix that later 😅",
    ] {
        assert!(has(Code::StrayText, &format!("# a\n\n- b\n- c\n\n{chat}\n")), "{chat}");
        assert!(has(Code::StrayText, &format!("# a\n\n- b\n{chat}\n- c\n")), "{chat}");
    }
}

#[test]
fn friendly_slides_are_no_chat() {
    for text in [
        "More cakes wanted!",
        "Don´t forget to register for the table tennis tournament",
        "Questions? Ask me :-)",
        "Thank you for listening! :-)",
        "Ich freue mich auf Ihre Fragen :-)",
        "I'm happy to answer questions :)",
        "Welcome to all who are new 😊",
        "Do you have questions?",
        "Willst du mitmachen? Schreib uns!",
        "Press release and fact sheet done.",
        "Can you help with the docs?",
        "Join us in Berlin!",
        "Please test!",
        "We will have some money left, but can't go on for long",
        "Registration: https://a.example/summit-2024/",
        "This is what I showed you last time.",
        "Let's go!",
        "Wie geht es weiter?",
        "We have 3 options (see a:b) and then...",
        "Einmal im Monat, jedes Mal am Donnerstag",
    ] {
        assert!(!has(Code::StrayText, &format!("# a\n\n- b\n- c\n\n{text}\n")), "{text}");
        assert!(!has(Code::StrayText, &format!("# a\n\n{text}\n")), "{text}");
    }
    for source in [
        // A bullet may be as friendly as it likes.
        "# a\n\n- I'll do that, lol :-)\n    - kannst du mal schauen? :-)\n",
        "# a\n\n- a bullet that goes on below because\nmy editor broke it after so many letters\n",
        "# a\n\n> lol, I can't hear you :-)\n",
        "# a\n\n```\nlol ich kann dich nicht hören :-)\n```\n",
        "# a\n\n- b\n<!-- mach mal weiter, ich kann nicht :-) -->\n",
        "# a\n\n- b\n\nnote: mach mal weiter, ich kann nicht :-)\n",
        "# a\n\n- b\n\n| ich :-) | lol |\n| --- | --- |\n| hm | ... |\n",
        "# lol :-)\n\nich :-)\n===\n",
    ] {
        assert!(!has(Code::StrayText, source), "{source}");
    }
}

#[test]
fn pastes_inside_of_other_text_are_named() {
    for text in [
        "what stands in `{x}`* **June 12 Hrb Brq71-c0de-4a11-9f3e-b7d20f6a9c35.png)",
        "an implemen3f9a4d70-5c1e-4b7e-8f65-0d2c6b1a9e77tation",
        "the end of it 9f3e-b7d20f6a9c35.png) and more",
        "see thehttps://pad.example/uploads/a.png for it",
        "https://pad.example/uploads/3f9a4d70-5c1e-4b7e-8f65-0d2c6b1a9e77.pngand so on",
        "a wo![](https://pad.example/uploads/a.png)rd",
        "a wo![](/p/AAAAAAAAAAAAAAAAAAAAAA.png)rd",
        "run `car![](/p/AAAAAAAAAAAAAAAAAAAAAA.png)go build` now",
        "[text](https://a.exa![](https://pad.example/uploads/a.png)mple/b)",
    ] {
        assert!(has(Code::SplicedUrl, &format!("# a\n\n- {text}\n")), "{text}");
    }
    check(
        "# a\n\n- a wo![](x/b.png)rd of it\n",
        expect![[r##"
        2 warning image-alt: this image has no text for those who cannot see it
        2 warning spliced-url: an address seems to have landed inside of other text: `![](x/b.png)`
          Move the picture behind the text: "# a\n\n- a word of it ![](x/b.png)\n"
    "##]],
    );
}

#[test]
fn addresses_where_they_belong_are_sound() {
    for text in [
        "https://pad.example/uploads/3f9a4d70-5c1e-4b7e-8f65-0d2c6b1a9e77.png",
        "![x](https://pad.example/uploads/3f9a4d70-5c1e-4b7e-8f65-0d2c6b1a9e77.png)",
        "[x](https://pad.example/3f9a4d70-5c1e-4b7e-8f65-0d2c6b1a9e77?a=b#c-d), and",
        "<https://pad.example/3f9a4d70-5c1e-4b7e-8f65-0d2c6b1a9e77>",
        "<img alt=\"\" src=\"https://pad.example/uploads/3f9a4d70-5c1e-4b7e-8f65-0d2c6b1a9e77.png\" width=50%>",
        "the file 3f9a4d70-5c1e-4b7e-8f65-0d2c6b1a9e77.png (id 3f9a4d70-5c1e-4b7e-8f65-0d2c6b1a9e77)",
        "server-3f9a4d70-5c1e-4b7e-8f65-0d2c6b1a9e77 is down, **3f9a4d70-5c1e-4b7e-8f65-0d2c6b1a9e77** is up",
        "`id=x3f9a4d70-5c1e-4b7e-8f65-0d2c6b1a9e77.png)`",
        "(see diagram.png) and (the one of a.png, or b.png)",
        "https://web.example/web/2024/https://a.example/b.png",
        "[a](https://l.example/?u=https://a.example), curl -Lhttps://a.example",
        "`![](https://pad.example/uploads/a.png)` shows a picture",
        "write `see ![](/p/a.png) there` for one",
        "an icon ![](a.png) in a line, and![x](b.png) one more",
        "[![badge](https://a.example/b.svg)](https://a.example/c)",
        "we are at v1.2.3-rc1-abcd-ef01 and 2024-04-22, +49-30-1234-5678",
        "4111-1111-1111-1111 and dead-beef-cafe",
    ] {
        assert!(!has(Code::SplicedUrl, &format!("# a\n\n- {text}\n")), "{text}");
    }
    assert!(!has(Code::SplicedUrl, "# a\n\n```\nwo![](/p/a.png)rd xhttps://a.example\n```\n"));
    assert!(!has(Code::SplicedUrl, "# a\n\nall of this (as shown\nin b.png)\n"));
}

const TIDES: &str = "- Tides of the north lock\n    - the table is printed twice a year\n    - keys for the lock are at the office\n";

#[test]
fn bullets_on_the_wrong_slide_are_named_where_they_fit_less() {
    let source = format!(
        "# Hello\n\n{TIDES}\n---\n\n# Team Boats\n\n- paint\n\n---\n\n# Team Tides\n\n- the north table and its keys\n\n----\n\n# More\n\n{TIDES}"
    );
    check(
        &source,
        expect![[r##"
        2 warning wrong-slide: this stands in `Team Tides`, too, where it fits better
          Remove it here: "# Hello\n\n\n---\n\n# Team Boats\n\n- paint\n\n---\n\n# Team Tides\n\n- the north table and its keys\n\n----\n\n# More\n\n- Tides of the north lock\n    - the table is printed twice a year\n    - keys for the lock are at the office\n"
    "##]],
    );
    // The same the other way round: the later one is wrong.
    let source = format!(
        "# Hello\n\n---\n\n# Team Tides\n\n{TIDES}- the lock and its printed keys\n\n---\n\n# Team Boats\n\n- Oars for two\n{TIDES}"
    );
    let shown: Vec<String> = found(&source);
    assert_eq!(shown, ["17 wrong-slide"]);
}

#[test]
fn only_the_bullets_are_removed() {
    let with_picture = TIDES.replace("    - keys", "\n![x](y.png)\n\n    - keys");
    let source =
        format!("# Hello\n\n{with_picture}\n---\n\n# Team Tides\n\n{TIDES}- more of tides\n");
    let fix = parse(&source).problems[0].fix.clone().expect("a way to mend it");
    let mended = apply_to_lines(&source, &fix.edits);
    assert!(mended.starts_with("# Hello\n\n\n![x](y.png)\n\n\n---"), "{mended:?}");
    // A section that stands there twice hides no bullet on a third slide.
    let source = format!(
        "# Hello\n\n{TIDES}\n---\n\n# Team Tides\n\n- north\n\n{TIDES}\n---\n\n# B\n\n---\n\n# Team Tides\n\n{TIDES}"
    );
    assert_eq!(found(&source), ["3 wrong-slide", "23 section-repeated"]);
}

#[test]
fn bullets_that_are_nearly_the_same_count_as_well() {
    let near = TIDES.replace("twice a year", "twice the year").replace("- Tides", "* Tides");
    let source = format!("# Hello\n\n{near}\n---\n\n# Team Tides\n\n{TIDES}- more of tides\n");
    assert_eq!(found(&source), ["3 wrong-slide"]);
}

#[test]
fn what_is_said_again_on_purpose_is_sound() {
    for source in [
        // Two lines are no run.
        "# A\n\n- one two three four five six\n- seven eight nine ten eleven\n\n---\n\n# B\n\n- one two three four five six\n- seven eight nine ten eleven\n".to_owned(),
        // What stands in three sections is meant to.
        format!("# A\n\n{TIDES}\n---\n\n# B\n\n{TIDES}\n---\n\n# C\n\n{TIDES}"),
        // A section may say it again itself.
        format!("# A\n\n{TIDES}\n----\n\n# A\n\n{TIDES}"),
        "# A\n\n- Links\n- Open\n- Next\n- Done\n\n---\n\n# B\n\n- Links\n- Open\n- Next\n- Done\n".to_owned(),
        // So short are the questions of a template.
        "# A\n\n- What we did\n- What is next\n- Where we need help\n\n---\n\n# B\n\n- What we did\n- What is next\n- Where we need help\n".to_owned(),
        format!("# A\n\n```\n{TIDES}```\n\n---\n\n# B\n\n```\n{TIDES}```\n"),
    ] {
        assert_eq!(found(&source), [""; 0], "{source}");
    }
}

#[test]
fn a_copy_of_a_section_can_be_removed() {
    check(
        "# Hi\n\n---\n\n# A\n\nwe are a\n\n----\n\n# A\n\n- b\n\n---\n\n# C\n\n---\n\n# A \n\n- b\n\n---\n\n# D",
        expect![[r##"
            20 info section-repeated: another section is called `A`, too; join the two or rename one
              Remove this copy: "# Hi\n\n---\n\n# A\n\nwe are a\n\n----\n\n# A\n\n- b\n\n---\n\n# C\n\n---\n\n# D"
        "##]],
    );
    // What says something new is not offered to be removed.
    check(
        "# A\n\n- b\n\n---\n\n# C\n\n---\n\n# A\n\n- c",
        expect![[r#"
        10 info section-repeated: another section is called `A`, too; join the two or rename one
    "#]],
    );
    let copy = "# A\n\n- b\n\n---\n\n# C\n\n---\n\n# A\n\n- b";
    let fix = parse(copy).problems[0].fix.clone().expect("a copy");
    assert_eq!(apply_to_lines(copy, &fix.edits), "# A\n\n- b\n\n---\n\n# C\n");
}

#[test]
fn the_dates_of_a_call_must_be_one() {
    check(
        "---\ntitle: Call 2024-04-11\n---\n\n# Call\n## 28 March 2024",
        expect![[r#"
            5 warning date-mismatch: `28 March 2024` is not the date of the call, 2024-04-11
              Write `11 April 2024`: "---\ntitle: Call 2024-04-11\n---\n\n# Call\n## 11 April 2024"
        "#]],
    );
    check(
        "---\ndate: 2024-04-11\ntitle: \"Call of April 4\"\n---\n\n# Call\n## 2024-03-28",
        expect![[r#"
            2 warning date-mismatch: `April 4` is not the date of the call, 2024-04-11
            6 warning date-mismatch: `2024-03-28` is not the date of the call, 2024-04-11
              Write `2024-04-11`: "---\ndate: 2024-04-11\ntitle: \"Call of April 4\"\n---\n\n# Call\n## 2024-04-11"
        "#]],
    );
    for sound in [
        "---\ntitle: Call 2024-04-11\n---\n\n# Call\n## 11. April 2024",
        "---\ntitle: Call 2024-04-11\n---\n\n# Call, Apr 10-12\n\nNext: 2024-04-25",
        "---\ntitle: Call 2024-04-11\n---\n\n# Call\n\n---\n\n# Events\n\n- 2024-03-01 is over",
        "---\ndate: 2024-04-11\ntitle: Call of 11 April\n---\n\n# Call 11.04.2024",
        "---\ntitle: Call\n---\n\n# Call 2024-03-28",
        "---\ntitle: Call 2024-04-11\n---\n\n# Call 2024-04-11\n## After the one of 2024-03-28",
    ] {
        assert!(!has(Code::DateMismatch, sound), "{sound}");
    }
}

#[test]
fn what_was_carried_over_is_kept_or_dropped() {
    check(
        "# A\n\n- [ ] one <!-- carried 2024-04-11 -->\n    - two\n\n      three\n\n- four <!-- carried -->",
        expect![[r##"
            2 info carried: carried over from the call on 2024-04-11: keep it or drop it
              Keep: "# A\n\n- [ ] one\n    - two\n\n      three\n\n- four <!-- carried -->"
              Drop: "# A\n\n\n- four <!-- carried -->"
        "##]],
    );
    check(
        "# A\n\n---\n\n# B\n<!-- carried 2024-04-11 -->\n\n- x\n\n----\n\n# C",
        expect![[r##"
            5 info carried: carried over from the call on 2024-04-11: keep it or drop it
              Keep: "# A\n\n---\n\n# B\n\n- x\n\n----\n\n# C"
              Drop: "# A\n\n---\n\n# C"
        "##]],
    );
    assert!(!has(Code::Carried, "# A\n\n- `<!-- carried 2024-04-11` x\n\n<!-- carried over -->"));
}

#[test]
fn variables_of_a_template_are_residue_and_prompts_are_not() {
    check(
        "---\ntitle: \"Call {{date}}\"\n# {{note}}\nlang: en\n---\n\n# Call {{date:long}}\n\n- `{{code}}` {{ x }} {{}} {a} {{1}}\n\n- <!-- prompt: What is @todo in 202X? {{x}} -->\n",
        expect![[r#"
            1 warning template-residue: `{{date}}` seems to be left over from a template
            6 warning template-residue: `{{date:long}}` seems to be left over from a template
        "#]],
    );
    check("# a\n\n- the \"Road to <YOUR_PORT>\" is long, „<YOUR_PORT>“ too\n", expect![""]);
}

#[test]
fn what_other_slides_say_is_looked_at_again_with_each_edit() {
    let mut text = format!("# Hello\n\n{TIDES}\n---\n\n# Team Tides\n\n{TIDES}- more of tides\n");
    let mut deck = LiveDeck::new(&text);
    deck.update();
    let count = |deck: &LiveDeck| deck.problems().len();
    assert_eq!(count(&deck), 1);
    let at = text.find("printed").expect("there") as u32;
    deck.edit(&[TextEdit { at, delete: 30, insert: "quite another thing now".to_owned() }]);
    assert!(deck.update().problems_changed);
    assert_eq!(count(&deck), 0);
    text = deck.text();
    deck.edit(&[TextEdit { at: text.len() as u32, delete: 0, insert: "x".to_owned() }]);
    assert!(!deck.update().problems_changed, "nothing is said again that did not change");
}
