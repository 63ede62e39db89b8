//! The sections of a deck: columns under one heading, and who reports on them.

use std::{ops::Range, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    Minutes,
    live::Span,
    said::{self, Said},
    title,
};

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
    /// Whether a line `Report by` has a prompt where the name goes.
    pub asks_who: bool,
    /// How many minutes it may take, if the front matter says so.
    pub minutes: Option<f32>,
    /// Whether its text lets expect a report, and does not say that there is none.
    pub expected: bool,
    /// Whether all of its slides say that there is no report.
    pub no_report: bool,
    /// Whether it holds nothing but headings, `Report by`, prompts and empty bullets.
    pub is_empty: bool,
    /// The line to begin to write at: its first empty bullet or unanswered prompt, else its last
    /// line that is not blank.
    pub write_line: u32,
}

/// What the title of a section begins with that reports, whatever else it says.
const REPORTING: [&str; 7] = ["Team", "SIG", "WG", "AG", "Task Force", "Projekt", "Gruppe"];

/// Lists the sections of a deck in order. Every slide is in exactly one.
pub(crate) fn sections(spans: &[Span], minutes: &Minutes) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let minutes = minutes.by_title();
    // Where to write in each of them, if a bullet or a prompt says so, and otherwise.
    let mut gap = None;
    let mut agendas = Vec::new();
    let mut end = 0;
    for (index, span) in spans.iter().enumerate() {
        let content = span.chunk.content();
        let progress = &content.progress;
        let index = index as u32;
        let start = end + content.first_line;
        end += span.line_ends;
        if sections.len() as u32 <= span.section {
            gap = None;
            sections.push(Section {
                title: content.title.to_string(),
                slides: index..index,
                lines: start..end,
                reporter: None,
                asks_who: false,
                minutes: minutes(&content.title),
                expected: is_reporting(&content.title),
                no_report: true,
                is_empty: true,
                write_line: start,
            });
        }
        if let Some(section) = sections.last_mut() {
            section.slides.end = index + 1;
            // No line ends behind the last line.
            section.lines.end = end + u32::from(index as usize + 1 == spans.len());
            if section.reporter.is_none() {
                section.reporter.clone_from(&content.reporter);
            }
            agendas.extend(progress.lists.then_some(span.section as usize));
            section.expected |= progress.asks;
            section.asks_who |= progress.asks_who;
            section.no_report &= content.no_report;
            section.is_empty &= !progress.says;
            gap = gap.or(progress.gap.map(|line| start + line));
            let last = progress.last.map(|line| start + line);
            section.write_line = gap.or(last).unwrap_or(section.write_line);
        }
    }
    expect_reports(&mut sections, &agendas);
    sections
}

/// When no section asks for a report, each with a title does, but the first one and the agenda's.
fn expect_reports(sections: &mut [Section], agendas: &[usize]) {
    let is_any = sections.iter().any(|section| section.expected);
    for (index, section) in sections.iter_mut().enumerate() {
        let has_topic = index > 0 && !section.title.is_empty() && !agendas.contains(&index);
        section.expected |= !is_any && has_topic;
        section.expected &= !section.no_report;
    }
}

/// Whether the title is that of a team or the like.
fn is_reporting(title: &str) -> bool {
    REPORTING.iter().any(|word| {
        let start = title.get(..word.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(word))
            && !title[word.len()..].starts_with(char::is_alphanumeric)
    })
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
pub(crate) fn reporter(lines: &[Said<'_>]) -> Option<String> {
    lines.iter().filter(|said| !said.is_code).find_map(|said| {
        let names = title::plain(said::reporters(&said.text)?);
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

    /// Shows what each section is waited for with, and where to write in it.
    #[track_caller]
    fn check_progress(source: &str, expected: Expect) {
        let lines: Vec<&str> = source.split('\n').collect();
        let mut shown = String::new();
        for section in LiveDeck::new(source).sections() {
            shown += &format!("{}:", section.title);
            shown += if section.expected { " expected" } else { "" };
            shown += if section.no_report { " no-report" } else { "" };
            shown += if section.asks_who { " asks-who" } else { "" };
            shown += if section.is_empty { " empty" } else { "" };
            shown += &format!(" > {}\n", lines[section.write_line as usize]);
        }
        expected.assert_eq(&shown);
    }

    #[test]
    fn sections_with_a_prompt_a_reporter_or_the_title_of_a_team_report() {
        check_progress(
            "# Call\n\n---\n\n# Team A\ntext\n\n---\n\n# teams\n\n---\n\n# SIG: x\n\n---\n\n# Adoption\n\n- <!-- prompt: who? -->\n- x\n\n---\n\n# News\n\nReport by\n\n---\n\n# Task Force\n\nSend your report by Friday\n\nNote:\nlast",
            expect![[r#"
                Call: empty > # Call
                Team A: expected > text
                teams: empty > # teams
                SIG: x: expected empty > # SIG: x
                Adoption: expected > - <!-- prompt: who? -->
                News: expected empty > Report by
                Task Force: expected > Send your report by Friday
            "#]],
        );
    }

    #[test]
    fn when_none_asks_for_a_report_all_but_the_first_and_the_agenda_report() {
        check_progress(
            "# Call\n\n---\n\n# Agenda\n\n<!-- agenda -->\n\n---\n\n# A\n\n---\n\n![](x.png)",
            expect![[r#"
                Call: empty > # Call
                Agenda: > <!-- agenda -->
                A: expected empty > # A
                : > ![](x.png)
            "#]],
        );
    }

    #[test]
    fn a_section_without_a_report_is_not_expected() {
        let hidden = "<!-- .slide: data-visibility=\"hidden\" data-no-report=\"true\" -->";
        check_progress(
            &format!(
                "# Call\n\n---\n\n{hidden}\n# Team A\n\n----\n\n{hidden}\n\nx\n\n---\n\n{hidden}\n# Team B\n\n----\n\ny\n\n---\n\n# C"
            ),
            expect![[r#"
                Call: empty > # Call
                Team A: no-report > x
                Team B: expected > y
                C: empty > # C
            "#]],
        );
    }

    #[test]
    fn headings_prompts_and_empty_bullets_are_empty_and_the_first_of_them_is_where_to_write() {
        check_progress(
            "# Team A\n\nReport by <!-- prompt: who? -->\n\n----\n\nTeam A\n===\n\n* [ ] \n- <!-- prompt: a --> <!-- b -->\n\n---\n\n# Team B\n\n<!-- prompt: tell\nus -->\n1.\n\n---\n\n# Team C\n\n- done <!-- prompt: what? -->\n- \n\n---\n\n# Team D\n\n```\n- \n<!-- prompt: no -->\n```\n\n----\n\nlast\n\nNote:\n- \n",
            expect![[r#"
                Team A: expected asks-who empty > * [ ] 
                Team B: expected empty > <!-- prompt: tell
                Team C: expected > - 
                Team D: expected > last
            "#]],
        );
    }

    #[test]
    fn the_text_of_a_section_is_that_of_its_slides() {
        let deck = LiveDeck::new("---\ntitle: x\n---\n# A\n\n----\n\na\n\n---\n\n# B\nb\n");
        assert_eq!(deck.section_text(0), "# A\n\n----\n\na\n\n");
        assert_eq!(deck.section_text(1), "\n# B\nb\n");
        assert_eq!(deck.section_text(2), "");
    }
}
