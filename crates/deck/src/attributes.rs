//! Attributes that comments ask for: `<!-- .slide: k="v" -->` and `<!-- .element: k="v" -->`.

use crate::{
    edit::LineEdit,
    fence::Fence,
    html,
    lint::{Code, Problem},
};

/// What a slide says that is passed over when the deck is shown.
pub(crate) const HIDDEN: (&str, &str) = ("data-visibility", "hidden");
/// What a slide says of a section without a report.
pub(crate) const NO_REPORT: (&str, &str) = ("data-no-report", "true");

/// Whether an attribute has this value.
pub(crate) fn is(attributes: &[(String, String)], (name, value): (&str, &str)) -> bool {
    attributes.iter().any(|(known, set)| known == name && set == value)
}

/// A comment that speaks of its slide.
#[derive(Debug)]
pub(crate) struct SlideComment {
    /// What it asks for.
    pub(crate) asked: String,
    /// The line that it begins on.
    pub(crate) line: usize,
    /// The line that it ends on, and where its `-->` stands there.
    pub(crate) end: (usize, usize),
}

/// Reads the attributes of a slide from its lines. The last word on a name wins.
pub(crate) fn of_slide(lines: &[&str], problems: &mut Vec<Problem>) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for comment in slide_comments(lines) {
        for (name, value) in pairs(&comment.asked) {
            if !html::is_forwarded(&name) {
                problems.push(dropped(&name, comment.line, lines[comment.line]));
            } else if let Some(known) = found.iter_mut().find(|(known, _)| *known == name) {
                known.1 = value;
            } else {
                found.push((name, value));
            }
        }
    }
    found
}

/// Finds the comments that speak of the slide.
pub(crate) fn slide_comments(lines: &[&str]) -> Vec<SlideComment> {
    let mut found = Vec::new();
    if !lines.iter().any(|line| line.contains(".slide:")) {
        return found;
    }
    let mut fence = Fence::default();
    // Behind this line no comment is closed.
    let last_end = lines.iter().rposition(|line| line.contains("-->")).unwrap_or(0);
    let mut index = 0;
    while let Some(&line) = lines.get(index) {
        let here = index;
        index += 1;
        if fence.feed(line) || fence.is_open() {
            continue;
        }
        let mut rest = line;
        while let Some(at) = rest.find("<!--") {
            let shown_as_code = rest[..at].bytes().filter(|byte| *byte == b'`').count() % 2 == 1;
            let below = lines.get(index..last_end + 1).unwrap_or_default();
            let (comment, after, used) = comment(&rest[at + 4..], below);
            if shown_as_code {
                rest = &rest[at + 4..];
                continue;
            }
            rest = after;
            index += used;
            let Some(asked) = asked(&comment, ".slide:") else { continue };
            let last = index - 1;
            let end = (last, lines[last].len() - after.len() - "-->".len());
            found.push(SlideComment { asked: asked.to_owned(), line: here, end });
        }
    }
    found
}

/// Reads a comment that begins in `text` and may go on in `below`: its text, what follows it on its
/// last line, and how many lines of `below` it took.
fn comment<'a>(text: &'a str, below: &[&'a str]) -> (String, &'a str, usize) {
    if let Some((comment, after)) = text.split_once("-->") {
        return (comment.to_owned(), after, 0);
    }
    let mut whole = text.to_owned();
    for (index, line) in below.iter().enumerate() {
        whole.push('\n');
        if let Some((comment, after)) = line.split_once("-->") {
            whole.push_str(comment);
            return (whole, after, index + 1);
        }
        whole.push_str(line);
    }
    (String::new(), "", 0)
}

/// The attributes that a comment asks for its element.
pub(crate) fn of_element(comment: &str) -> Option<Vec<(String, String)>> {
    let asked = asked(comment, ".element")?;
    Some(pairs(asked).into_iter().filter(|(name, _)| html::is_forwarded(name)).collect())
}

/// All attributes that a comment asks for and may have.
pub(crate) fn of_comment(comment: &str) -> Vec<(String, String)> {
    let asked = [".slide:", ".element"].iter().find_map(|mark| asked(comment, mark));
    let pairs = asked.map(pairs).unwrap_or_default();
    pairs.into_iter().filter(|(name, _)| html::is_forwarded(name)).collect()
}

/// The attributes that a comment asks for its element and cannot have.
pub(crate) fn dropped_of_element(comment: &str) -> Vec<String> {
    let pairs = asked(comment, ".element").map(pairs).unwrap_or_default();
    pairs.into_iter().map(|(name, _)| name).filter(|name| !html::is_forwarded(name)).collect()
}

/// Names an attribute that a comment cannot set, and offers to remove it from its line.
pub(crate) fn dropped(name: &str, index: usize, line: &str) -> Problem {
    let problem = Problem::new(Code::AttributeDropped, index, [name.to_owned()]);
    match without(line, name) {
        Some(line) => {
            problem.with_fix("Remove it", [LineEdit::replace(index..index + 1, vec![line])])
        }
        None => problem,
    }
}

/// The line without an attribute and its value, if it stands there once.
pub(crate) fn without(line: &str, name: &str) -> Option<String> {
    let at = html::find_ignoring_case(line, name)?;
    let (before, after) = (&line[..at], &line[at + name.len()..]);
    if !before.ends_with([' ', '\t', ':']) || html::find_ignoring_case(after, name).is_some() {
        return None;
    }
    let after =
        after.trim_start().strip_prefix('=').map(|value| split_value(value.trim_start()).1)?;
    Some(format!("{}{after}", before.trim_end()))
}

fn asked<'a>(comment: &'a str, mark: &str) -> Option<&'a str> {
    comment.find(mark).map(|at| comment[at + mark.len()..].trim_start_matches(':'))
}

/// Splits `k="v" k='v' k=v k`. A name alone counts only if it is a `data-` one.
fn pairs(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let stop = |c: char| c.is_whitespace() || c == '=' || c == '"' || c == '\'';
        let end = rest.find(stop).unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let value;
        if let Some(after) = rest.strip_prefix('=') {
            (value, rest) = split_value(after.trim_start());
        } else {
            if end == 0 {
                // A stray quote.
                rest = &rest[rest.chars().next().map_or(0, char::len_utf8)..];
            }
            if name.starts_with("data-") {
                pairs.push((name, String::new()));
            }
            rest = rest.trim_start();
            continue;
        }
        if !name.is_empty() {
            pairs.push((name, value.to_owned()));
        }
        rest = rest.trim_start();
    }
    pairs
}

fn split_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.split_once(quote).unwrap_or((inner, ""));
        }
    }
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::parse;

    #[track_caller]
    fn check(source: &str, expected: Expect) {
        let shown: Vec<String> = parse(source).slides[0]
            .attributes
            .iter()
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect();
        expected.assert_eq(&shown.concat());
    }

    #[test]
    fn quotes_of_both_kinds_and_none() {
        check(
            "<!-- .slide: data-background=\"#fff\" class='a b' id=x data-auto-animate -->",
            expect![[r#"
                data-background=#fff
                class=a b
                id=x
                data-auto-animate=
            "#]],
        );
    }

    #[test]
    fn a_value_may_hold_an_equals_sign() {
        check(
            "<!-- .slide: data-background=\"https://example.org/a?b=c&d=e\" -->",
            expect![[r#"
            data-background=https://example.org/a?b=c&d=e
        "#]],
        );
    }

    #[test]
    fn comments_may_span_lines_and_stand_anywhere() {
        check(
            "# a\n\ntext <!-- .slide: data-state=\"x\"\n  style=\"color: red\" --> more\n",
            expect![[r#"
                data-state=x
                style=color: red
            "#]],
        );
        check(
            "<!-- .slide: id=\"a\" --><!-- .slide: id=\"b\" class=\"c\" -->",
            expect![[r#"
            id=b
            class=c
        "#]],
        );
    }

    #[test]
    fn code_is_not_obeyed() {
        check("```\n<!-- .slide: id=\"a\" -->\n```\n\n`<!-- .slide: id=\"b\" -->`", expect![""]);
    }

    #[test]
    fn only_harmless_names_pass() {
        check("<!-- .slide: onclick=\"x\" data-=\"y\" href='z' \" hidden -->", expect![""]);
        check("<!-- .slide: never closed", expect![""]);
    }
}
