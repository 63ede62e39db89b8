//! Prompts: comments that say what somebody should write, and what is still empty for want of it.

use crate::{agenda, said::Said, title};

/// What a slide says of how far it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Progress {
    /// Whether a prompt or a line `Report by` asks somebody for a report.
    pub(crate) asks: bool,
    /// Whether a line `Report by` has a prompt where the name goes.
    pub(crate) asks_who: bool,
    /// Whether it says more than its heading and who reports.
    pub(crate) says: bool,
    /// Whether the audience sees any of its text.
    pub(crate) shows: bool,
    /// Whether it is the agenda.
    pub(crate) lists: bool,
    /// The first bullet without a text, or prompt without an answer.
    pub(crate) gap: Option<u32>,
    /// The last line that is not blank.
    pub(crate) last: Option<u32>,
}

/// Reads how far a slide is, from the lines that the audience sees and what they say.
pub(crate) fn progress(lines: &[&str], all: &[Said<'_>]) -> Progress {
    let mut progress = Progress::default();
    for (index, said) in all.iter().enumerate() {
        let below = lines.get(index + 1).copied().unwrap_or_default();
        if !lines[index].trim().is_empty() {
            progress.last = Some(index as u32);
        }
        let names_reporter = said.names_reporter();
        progress.asks |= names_reporter || said.has_prompt();
        progress.asks_who |= names_reporter && said.has_prompt();
        if said.comments.iter().any(|comment| agenda::is_asked_by(comment)) {
            progress.lists = true;
            (progress.says, progress.shows) = (true, true);
        }
        if said.is_blank() {
            let is_gap = said.is_empty_bullet() || said.has_prompt();
            if is_gap && progress.gap.is_none() {
                progress.gap = Some(index as u32);
            }
            continue;
        }
        progress.shows = true;
        let is_underline = index > 0 && is_rule(said) && is_heading(&all[index - 1], lines[index]);
        progress.says |= !names_reporter && !is_underline && !is_heading(said, below);
    }
    progress
}

fn is_heading(said: &Said<'_>, below: &str) -> bool {
    !said.is_code && !said.is_blank() && title::level(&said.text, below).is_some()
}

/// Whether it can be the line below a heading.
fn is_rule(said: &Said<'_>) -> bool {
    let text = said.text.trim();
    !said.is_code && ['=', '-'].iter().any(|mark| text.trim_start_matches(*mark).is_empty())
}

#[cfg(test)]
mod tests {
    use crate::{Code, parse};

    #[test]
    fn a_slide_with_nothing_but_prompts_shows_nothing() {
        let is_empty = |slide: &str| {
            let deck = parse(&format!("# A\n\n---\n\n{slide}"));
            deck.problems.iter().any(|problem| problem.code == Code::SlideEmpty)
        };
        for slide in [
            "- <!-- prompt: a -->",
            "<!-- prompt: a\n# b -->\n1.\n- [ ] ",
            "<style>\n</style>",
            "*",
        ] {
            assert!(is_empty(slide), "{slide}");
        }
        for slide in ["- a <!-- prompt: b -->", "# A", "```\n```", "<!-- agenda -->", "`a`"] {
            assert!(!is_empty(slide), "{slide}");
        }
        let hidden = "<!-- .slide: data-visibility=\"hidden\" -->\n- ";
        assert!(!is_empty(hidden));
    }
}
