//! What can be wrong with a deck, and the checks that look at its lines.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Something the author should know. It never stops a deck from being shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The kind of problem, for machines.
    pub code: Code,
    /// One sentence for people.
    pub message: String,
    /// Where it is.
    pub lines: Range<u32>,
    /// How much it matters.
    pub severity: Severity,
}

/// How much a problem matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Something is lost.
    Error,
    /// Probably not what was meant.
    Warning,
    /// Good to know.
    Info,
}

/// The kinds of problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it, and `Problem::message` says it in full")]
pub enum Code {
    BadYaml,
    FrontMatterAfterBlank,
    FrontMatterUnclosed,
    FrontMatterTooLong,
    OptionDropped,
    OptionShape,
    ThemeUnknown,
    SetextSeparator,
    SeparatorNoBlankAfter,
    SeparatorIndented,
    SeparatorTooLong,
    SeparatorInFence,
    RuleNotSeparator,
    FenceUnclosed,
    CommentUnclosed,
    AttributeDropped,
}

impl Problem {
    pub(crate) fn new(code: Code, line: usize, message: impl Into<String>) -> Self {
        let line = line as u32;
        let severity = match code {
            Code::BadYaml | Code::FrontMatterTooLong | Code::FenceUnclosed => Severity::Error,
            Code::SeparatorInFence | Code::RuleNotSeparator | Code::FrontMatterAfterBlank => {
                Severity::Info
            }
            _ => Severity::Warning,
        };
        Self { code, message: message.into(), lines: line..line + 1, severity }
    }
}

/// Looks at a line that is no separator but resembles one. `before` and `after` are its neighbours.
pub(crate) fn near_separator(line: &str, before: &str, after: &str) -> Option<(Code, String)> {
    let mark = line.trim();
    let dashes = mark.len() >= 3 && mark.bytes().all(|byte| byte == b'-');
    let alone = before.trim().is_empty() && after.trim().is_empty();
    if dashes && line.starts_with(['-', ' ']) && mark.len() <= 4 {
        if !before.trim().is_empty() {
            let message = format!("`{mark}` needs a blank line above it to begin a new slide");
            return (!line.starts_with(' ')).then_some((Code::SetextSeparator, message));
        }
        if line.starts_with(' ') && line.len() - line.trim_start().len() <= 3 && alone {
            return Some((
                Code::SeparatorIndented,
                format!("`{mark}` behind blanks is a rule, not a new slide"),
            ));
        }
        if !line.starts_with(' ') && !after.trim().is_empty() {
            return Some((
                Code::SeparatorNoBlankAfter,
                format!("`{mark}` needs a blank line below it to begin a new slide"),
            ));
        }
        return None;
    }
    if dashes && alone && !line.starts_with(' ') {
        let message = format!("`{mark}` is a rule; `---` or `----` begins a new slide");
        return Some((Code::SeparatorTooLong, message));
    }
    let rule = mark.len() >= 3 && ["*", "_"].iter().any(|c| mark.trim_start_matches(c).is_empty());
    (rule && alone)
        .then(|| (Code::RuleNotSeparator, format!("`{mark}` is a rule, not a new slide")))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::parse;

    #[track_caller]
    fn check(source: &str, expected: Expect) {
        let found: Vec<String> = parse(source)
            .problems
            .iter()
            .map(|p| format!("{}: {:?} {:?}: {}\n", p.lines.start, p.severity, p.code, p.message))
            .collect();
        expected.assert_eq(&found.concat());
    }

    #[test]
    fn a_sound_deck_has_no_problems() {
        check(
            "---\ntitle: x\n---\n\n# a\n\n---\n\n# b\n\n----\n\n- c\n\n| a |\n| --- |\n",
            expect![""],
        );
    }

    #[test]
    fn near_separators_are_named() {
        check(
            "text\n---\n\nmore",
            expect![[r#"
                1: Warning SetextSeparator: `---` needs a blank line above it to begin a new slide
            "#]],
        );
        check(
            "a\n\n---\nb",
            expect![[r#"
            2: Warning SeparatorNoBlankAfter: `---` needs a blank line below it to begin a new slide
        "#]],
        );
        check(
            "a\n\n ---\n\nb",
            expect![[r#"
            2: Warning SeparatorIndented: `---` behind blanks is a rule, not a new slide
        "#]],
        );
        check(
            "a\n\n-----\n\nb",
            expect![[r#"
            2: Warning SeparatorTooLong: `-----` is a rule; `---` or `----` begins a new slide
        "#]],
        );
        check(
            "a\n\n***\n\nb\n\n___\n\nc",
            expect![[r#"
            2: Info RuleNotSeparator: `***` is a rule, not a new slide
            6: Info RuleNotSeparator: `___` is a rule, not a new slide
        "#]],
        );
    }

    #[test]
    fn fences_and_comments_are_watched() {
        check(
            "```\n\n---\n\n```",
            expect![[r#"
            2: Info SeparatorInFence: a separator inside a code fence is code, not a new slide
        "#]],
        );
        check(
            "a\n\n```js\nx\n\n---\n\n# b",
            expect![[r#"
            2: Error FenceUnclosed: this code fence is never closed, so everything below it is code
            5: Info SeparatorInFence: a separator inside a code fence is code, not a new slide
        "#]],
        );
        check(
            "<!-- hidden\n\n---\n\n# b",
            expect![[r#"
            0: Warning CommentUnclosed: this comment is never closed with `-->`
        "#]],
        );
    }

    #[test]
    fn slide_attributes_that_are_not_allowed_are_named() {
        check(
            "# a\n\n<!-- .slide: onclick=\"x\" data-state=\"y\" -->",
            expect![[r#"
            2: Warning AttributeDropped: `onclick` cannot be set on a slide
        "#]],
        );
    }
}
