//! The sections of a deck: columns under one heading, and who reports on them.

use std::{ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{html, live::Span, title};

/// A run of slides about one thing: a column, or columns that follow one another under one title.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Section {
    /// The title of its first slide.
    pub title: String,
    /// Its slides, as flat indexes.
    pub slides: Range<u32>,
    /// Its lines, from its first slide's to the separator behind its last one.
    pub lines: Range<u32>,
    /// Who reports, from a line such as `Report by @name`.
    pub reporter: Option<String>,
}

/// Lists the sections of a deck in order. Every slide is in exactly one.
pub(crate) fn sections(spans: &[Span]) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut end = 0;
    for (index, span) in spans.iter().enumerate() {
        let content = span.chunk.content();
        let index = index as u32;
        let start = end + content.first_line;
        end += span.line_ends;
        if sections.len() as u32 <= span.section {
            sections.push(Section {
                title: content.title.to_string(),
                slides: index..index,
                lines: start..end,
                reporter: None,
            });
        }
        if let Some(section) = sections.last_mut() {
            section.slides.end = index + 1;
            // No line ends behind the last line.
            section.lines.end = end + u32::from(index as usize + 1 == spans.len());
            if section.reporter.is_none() {
                section.reporter.clone_from(&content.reporter);
            }
        }
    }
    sections
}

/// Gives every slide the number of its section again after some of them changed; answers where
/// the numbers are what they were before.
pub(crate) fn number_sections(spans: &mut [Span], changed: Range<usize>) -> usize {
    let above = &spans[..changed.start];
    let mut section = above.last().map_or(0, |span| span.section);
    let head = above.iter().rev().find(|span| span.opens_column);
    let mut title = head.map(|span| Arc::clone(&span.chunk.content().title));
    for (index, span) in spans.iter_mut().enumerate().skip(changed.start) {
        if span.opens_column {
            let own = &span.chunk.content().title;
            let goes_on = |title: &Arc<str>| !own.is_empty() && own.eq_ignore_ascii_case(title);
            if index > 0 && !title.as_ref().is_some_and(goes_on) {
                section += 1;
            }
            if index >= changed.end && span.section == section {
                return index;
            }
            title = Some(Arc::clone(own));
        }
        span.section = section;
    }
    spans.len()
}

/// Finds `Report by @name`, `Report by <a …>@name</a>` or `Report by Name`.
pub(crate) fn reporter(source: &str) -> Option<String> {
    source.lines().find_map(|line| {
        let at = html::find_ignoring_case(line, "report by")?;
        let names = title::plain(&line[at + "report by".len()..]);
        let handles: Vec<&str> = names
            .split(|c: char| !c.is_alphanumeric() && !"@-_".contains(c))
            .filter_map(|word| word.strip_prefix('@'))
            .filter(|handle| !handle.is_empty())
            .collect();
        if !handles.is_empty() {
            return Some(handles.join(", "));
        }
        let name = names.trim_matches(|c: char| c == ':' || c.is_whitespace());
        (!name.is_empty()).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::LiveDeck;

    #[track_caller]
    fn check(source: &str, expected: Expect) {
        let shown: Vec<String> = LiveDeck::new(source)
            .sections()
            .into_iter()
            .map(|s| format!("{:?} {:?} {:?} {:?}\n", s.title, s.slides, s.lines, s.reporter))
            .collect();
        expected.assert_eq(&shown.concat());
    }

    #[test]
    fn a_column_is_a_section_and_the_same_title_goes_on() {
        check(
            "# Hello\n\n---\n\n# Team A\n\n----\n\n# Team A\n\n----\n\n# Detail\n\n---\n\n# Team A\n\n---\n\n# Team B",
            expect![[r#"
                "Hello" 0..1 0..2 None
                "Team A" 1..5 3..18 None
                "Team B" 5..6 19..21 None
            "#]],
        );
        check(
            "",
            expect![[r#"
                "" 0..1 0..1 None
            "#]],
        );
    }

    #[test]
    fn reporters_are_read_in_every_usual_form() {
        check(
            "# A\n\nReport by @al-ice\n\n---\n\n# B\n\nReport by <a href=\"https://example.org/bob\">@bob</a>",
            expect![[r#"
                "A" 0..1 0..4 Some("al-ice")
                "B" 1..2 5..9 Some("bob")
            "#]],
        );
        check(
            "# A\n\n----\n\n*report by* x\n\nReport by [@carol](https://example.org) and @dan\n\n---\n\n# B\n\nReport by: Eve",
            expect![[r#"
                "A" 0..2 0..8 Some("x")
                "B" 2..3 9..13 Some("Eve")
            "#]],
        );
    }
}
