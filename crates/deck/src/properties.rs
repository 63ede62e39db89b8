//! Properties that hold for every text whatever.

use proptest::prelude::*;

use crate::{LiveDeck, carry, dates::Date, html, parse, split};

/// Lines of decks for a call.
pub(crate) const CALL_LINES: &[&str] = &[
    "# Call 2024-04-11",
    "- one that waits <!-- carried 2024-04-11 -->",
    "<!-- carried 2024-04-11 -->",
    "- the lock opens at six in the morning",
    "- the keys are at the office of the harbour",
    "- tides are printed twice a year",
    "lol, ich kann das nicht lesen :-)",
    "wo![](/p/AAAAAAAAAAAAAAAAAAAAAA.png)rd {{date}}",
];

/// Lines that decks are made of, sound and unsound.
pub(crate) const LINES: &[&str] = &[
    "",
    "",
    "",
    "---",
    "----",
    "--- ",
    " ---",
    "-----",
    "***",
    "...",
    "title: x",
    "slideOptions:",
    "  theme: white",
    "  width: [1",
    "# Heading *x*",
    "## <font color=red>Red",
    "Setext",
    "===",
    "- item",
    "    - deeper",
    "1. one",
    "- [x] done",
    "> quote",
    "> [name=A] [color=red]",
    "```",
    "```js=5 [1-2|4]",
    "~~~",
    "    code",
    "| a | b |",
    "|---|:-:|",
    "| 1 |",
    "<div>",
    "</div>",
    "<style>",
    "</style>",
    "a { color: red }",
    "<!--",
    "-->",
    "<!-- .slide: id=\"x\" class='y' -->",
    "text <!-- .element: class=\"fragment\" -->",
    "note: *psst*",
    "Note:",
    ":::info",
    ":::",
    ":::spoiler x",
    "![a](b.png \"t\" =10x20)",
    "![](c.png =50%x)",
    "==m== ++i++ H~2~O x^2^",
    "\"quotes\" 'and' it's -- so --- ... (c)",
    "https://example.org/_a_b?c=(d) README.md a.org",
    "x@example.org",
    "*[HTML]: Hyper",
    "HTML",
    "[^1] and [^1]: x",
    "[^1]: foot",
    "Term",
    ": Def",
    "$a^2$ $$b$$",
    "{%youtube aqz-KE-bpKQ %}",
    "{%}",
    "[a]: https://example.org 'b'",
    "[a][a] <x@y.org>",
    "<b><i></b></i>",
    "<li>a<li>b",
    "<p>a<p>b",
    "<a href=javascript:x onclick=y>z</a>",
    "&lt;b&gt;",
    "\\*a\\* \\== b\\==",
    "**a _b ~~c ==d",
    "\u{1}=1x2\u{1}\u{2}",
    "a^[foot *note] b^[",
    "~a\\ b~ ^c^ ~~~d~~",
    ":tada: :x:y:",
    "//example.org/x bücher.example.org",
    "\\\\(a\\\\) \\begin{x}y\\end{x}",
    "::: warning",
    ": : :",
    "> - 1. > a",
    "\t- a\t- b",
    "[TOC]",
    "<b onclick=x style='a' data-x=\"<i>\">",
    "</style><script>",
    "&#0; &#x110000; &notit; &",
    "ä 🦀 e\u{301} 中",
    "<!-- agenda -->",
    "- <!-- agenda -->",
    "<!-- prompt: What is new? -->",
    "- <!-- prompt: What is new? -->",
    "Report by @x",
    "Report by <!-- prompt: who? -->",
    "<!-- .slide: data-visibility=\"hidden\" data-no-report=\"true\" -->",
    "<!-- .slide: data-a=x\n  data-b=\"y\" -->",
    "- [ ] to do until 2026-12-03",
    "<!-- carried 2024-04-11 -->",
    "- ",
    "\t",
];

fn deck_shaped() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        8 => prop::sample::select(LINES).prop_map(str::to_owned),
        2 => prop::sample::select(CALL_LINES).prop_map(str::to_owned),
        1 => "[ -~]{0,12}",
        1 => "\\PC{0,6}",
    ];
    let ending = prop::sample::select(&["\n", "\n", "\n", "\r\n", "\r"][..]);
    let top = prop::sample::select(&["", "", "---\ntitle: t\n---\n", "\n---\na: [\n---\n"][..]);
    (top, prop::collection::vec(line, 0..40), ending)
        .prop_map(|(top, lines, ending)| format!("{top}{}", lines.join(ending)))
}

/// What must be true of any text.
fn hold(source: &str) -> Result<(), TestCaseError> {
    let deck = parse(source);
    let count = source.replace("\r\n", "\n").replace('\r', "\n").split('\n').count() as u32;
    prop_assert!(!deck.slides.is_empty());
    let mut end = deck.front_matter.lines.end;
    for (index, slide) in deck.slides.iter().enumerate() {
        prop_assert!(slide.lines.start == end + u32::from(index > 0), "slides are contiguous");
        prop_assert!(slide.lines.start <= slide.lines.end);
        end = slide.lines.end;
    }
    prop_assert_eq!(end, count);
    for problem in &deck.problems {
        prop_assert!(problem.lines.start < problem.lines.end && problem.lines.end <= count);
        for fix in problem.fix.iter().chain(&problem.other_fix) {
            let mut at = 0;
            for edit in &fix.edits {
                prop_assert!(at <= edit.lines.start && edit.lines.start <= edit.lines.end);
                prop_assert!(edit.lines.end <= count, "{:?}", problem);
                at = edit.lines.end;
            }
        }
    }
    let live = LiveDeck::new(source);
    let sections = live.sections();
    prop_assert_eq!(sections.last().map(|s| s.slides.end), Some(deck.slides.len() as u32));
    let html = live.html();
    prop_assert_eq!(html.len(), deck.slides.len());
    for (slide, html) in deck.slides.iter().zip(&html) {
        balanced(&html.html)?;
        let height = (slide.lines.end - slide.lines.start).max(1);
        for line in html.html.split("data-line=\"").skip(1) {
            let line = line.split('"').next().and_then(|digits| digits.parse::<u32>().ok());
            prop_assert!(line.is_some_and(|line| line < height), "{:?} of {}", line, height);
        }
        balanced(&html.notes)?;
        harmless(&html.html)?;
        harmless(&html.notes)?;
    }
    Ok(())
}

/// Whatever was said can be carried over, and a template without variables is left as it is.
fn can_be_carried(source: &str) -> Result<(), TestCaseError> {
    let day = Date { year: 2026, month: 11, day: 19 };
    let title = "A \"call\"".to_owned();
    let values = carry::Values { title, date: day, number: 2, previous: None };
    if !source.contains("{{") {
        prop_assert_eq!(carry::compose(source, &values, &[], day), split::normalize(source));
    }
    let items = carry::find(source, Some(source), "", day);
    let template = "# Call\n\n---\n\n# Team A\n\n- \n";
    let deck = carry::compose(template, &values, &items, day);
    prop_assert_eq!(deck.matches("<!-- carried 2026-11-19 -->").count(), items.len());
    carry::compose(source, &values, &items, day);
    Ok(())
}

/// Only tags and attributes that are allowed, and no address that could run code. Values are escaped,
/// so a tag ends with the first `>`, and a value with the first quote.
fn harmless(html: &str) -> Result<(), TestCaseError> {
    let mut rest = html;
    while let Some((_, after)) = rest.split_once('<') {
        let (tag, after) = after.split_once('>').unwrap_or((after, ""));
        rest = after;
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
        prop_assert!(html::is_allowed(name), "<{tag}> in {html}");
        if tag.starts_with("style") {
            rest = &rest[html::find_ignoring_case(rest, "</style").unwrap_or(rest.len())..];
        }
        let mut attributes = tag.strip_prefix(name).unwrap_or_default();
        while let Some((key, after)) = attributes.split_once("=\"") {
            let (value, after) = after.split_once('"').unwrap_or((after, ""));
            let key = key.trim();
            let is_ours = (name, key) == ("div", "role");
            prop_assert!(is_ours || html::is_attribute_of(name, key), "{key} in <{tag}>");
            prop_assert!(html::is_safe_value(key, value), "{key}={value}");
            attributes = after;
        }
        prop_assert!(attributes.trim().is_empty() || tag.starts_with('/'), "<{tag}>");
    }
    Ok(())
}

/// Every element that is opened is closed, in order.
fn balanced(html: &str) -> Result<(), TestCaseError> {
    let mut open = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let tag = &rest[at + 1..];
        let end = tag.find('>').unwrap_or(tag.len());
        let (tag, after) = tag.split_at(end);
        rest = after;
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
        if tag.starts_with('/') {
            prop_assert_eq!(open.pop(), Some(name), "in {}", html);
        } else if name == "style" {
            let end = rest.find("</style").unwrap_or(rest.len());
            rest = &rest[end..];
            open.push("style");
        } else if !crate::html::is_void(name) {
            open.push(name);
        }
    }
    prop_assert!(open.is_empty(), "{:?} left open in {}", open, html);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_text_gives_a_deck(source in "\\PC{0,80}|(.|\n|\r){0,80}") {
        hold(&source)?;
    }

    #[test]
    fn any_lines_give_a_deck(source in deck_shaped()) {
        hold(&source)?;
    }

    #[test]
    fn any_lines_can_be_carried_over(source in deck_shaped()) {
        can_be_carried(&source)?;
    }
}
