//! Images without alternative text, style sheets, and comments that ask for what they cannot have.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::{
    address, attributes,
    edit::LineEdit,
    hidden, html,
    lint::{Code, Problem, css},
    markdown, prepare,
    tags::{self, Token},
};

/// Looks at the Markdown of a slide. It is parsed only if there is something to be seen in it.
pub(crate) fn check(lines: &[&str], source: &str, problems: &mut Vec<Problem>) {
    let of_interest = ["![]", "<img", "<IMG", "style", ".element"];
    let shows_elsewhere = source.contains("![") && source.contains("//");
    if !shows_elsewhere && !of_interest.iter().any(|word| source.contains(word)) {
        return;
    }
    let prepared = prepare::prepare(source);
    let text = prepared.text.as_ref();
    let ends = text.match_indices('\n').map(|(at, _)| at).collect();
    let mut check = Check { lines, text, ends, problems };
    let mut image: Option<(Range<usize>, String, bool)> = None;
    for (event, range) in markdown::parser(text).into_offset_iter() {
        match event {
            Event::Start(Tag::Image { dest_url, .. }) if image.is_none() => {
                image = Some((range, dest_url.to_string(), false));
            }
            Event::End(TagEnd::Image) => {
                let Some((range, url, has_text)) = image.take() else { continue };
                check.elsewhere(range.start, &url);
                if !has_text {
                    check.image(range.start, &url, "![](", "![ALT](");
                }
            }
            Event::Text(_) | Event::Code(_) | Event::InlineMath(_) => {
                if let Some((_, _, has_text)) = &mut image {
                    *has_text = true;
                }
            }
            Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_) => check.html(range),
            _ => {}
        }
    }
}

/// A longer line is not mended: it would be read and written again for each problem on it.
const MAX_MENDED: usize = 10_000;

struct Check<'a> {
    lines: &'a [&'a str],
    /// The Markdown as the parser gets it: its lines are those of the slide.
    text: &'a str,
    /// Where the lines of it end.
    ends: Vec<usize>,
    problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    fn line_at(&self, offset: usize) -> usize {
        let above = self.ends.partition_point(|end| *end < offset);
        above.min(self.lines.len().saturating_sub(1))
    }

    /// Names a problem, with a fix that replaces the only such text on the line.
    fn name(&mut self, problem: Problem, title: &str, wrong: &str, right: &str) {
        let line = problem.lines.start as usize;
        let text = self.lines.get(line).copied().unwrap_or_default();
        let is_short = text.len() <= MAX_MENDED;
        let once = is_short && text.matches(wrong).count() == 1 && wrong != right;
        self.problems.push(if once {
            let edit = LineEdit::replace(line..line + 1, vec![text.replacen(wrong, right, 1)]);
            problem.with_fix(title, [edit])
        } else {
            problem
        });
    }

    fn image(&mut self, offset: usize, url: &str, wrong: &str, right: &str) {
        let problem = Problem::new(Code::ImageAlt, self.line_at(offset), []);
        match alt(url) {
            Some(alt) => {
                let title = format!("Describe it as “{alt}”");
                self.name(problem, &title, wrong, &right.replace("ALT", &alt));
            }
            None => self.problems.push(problem),
        }
    }

    /// Names an image that is loaded from another server each time it is shown. It can be brought into
    /// the deck if its address stands there as it is.
    fn elsewhere(&mut self, offset: usize, url: &str) {
        let url = hidden::show(url.trim());
        let starts = |scheme: &str| {
            url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        };
        if !starts("https://") && !starts("http://") {
            return;
        }
        let line = self.line_at(offset);
        let stands_there = |text: &&str| text.len() <= MAX_MENDED && text.contains(&*url);
        let stands_there = self.lines.get(line).is_some_and(stands_there);
        let problem = Problem::new(Code::ImageElsewhere, line, [url.into_owned()]);
        let fix: [LineEdit; 0] = [];
        self.problems.push(match stands_there {
            true => problem.with_fix("Bring it into this deck", fix),
            false => problem,
        });
    }

    fn html(&mut self, range: Range<usize>) {
        let offset = range.start;
        let Some(html) = self.text.get(range) else { return };
        for (at, token) in tags::tokens(html) {
            match token {
                Token::Open { name, attributes } => self.tag(offset + at, &name, &attributes),
                Token::Style(sheet) => self.css(offset + at, css::sheet(sheet)),
                Token::Comment(comment) => self.comment(offset + at, comment),
                Token::Text(_) | Token::Close(_) => {}
            }
        }
    }

    fn tag(&mut self, offset: usize, name: &str, attributes: &[(String, String)]) {
        let value = |key: &str| {
            let mut found = attributes.iter().filter(|(name, _)| name == key);
            found.next().map(|(_, value)| value.as_str())
        };
        let source = value("src").unwrap_or_default();
        if name == "img" {
            self.elsewhere(offset, source);
        }
        if name == "img" && value("alt").is_none() {
            self.image(offset, source, "<img", "<img alt=\"ALT\"");
        }
        if let Some(style) = value("style") {
            self.style(offset, &style.replace("&quot;", "\""));
        }
    }

    fn comment(&mut self, offset: usize, comment: &str) {
        for name in attributes::dropped_of_element(comment) {
            let line = self.line_at(offset);
            let text = self.lines.get(line).copied().unwrap_or_default();
            self.problems.push(attributes::dropped(&name, line, text));
        }
        for (_, style) in attributes::of_comment(comment).iter().filter(|(name, _)| name == "style")
        {
            self.style(offset, style);
        }
    }

    /// Looks at the value of a `style` attribute, all of which counts for the line of its tag.
    fn style(&mut self, offset: usize, style: &str) {
        let mut findings = css::declarations(style);
        for finding in &mut findings {
            finding.at = 0;
        }
        self.css(offset, findings);
    }

    fn css(&mut self, offset: usize, findings: Vec<css::Finding>) {
        for css::Finding { at, wrong, right } in findings {
            let line = self.line_at(offset + at);
            let said: String = wrong.split_whitespace().collect::<Vec<_>>().join(" ");
            let problem = Problem::new(Code::CssDeclaration, line, [said, right.clone()]);
            self.name(problem, &format!("Write `{right}`"), &wrong, &right);
        }
    }
}

/// What the name of an image's file says of it, if that is more than a number.
fn alt(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let file = path.rsplit('/').next().unwrap_or_default();
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let name = address::display(stem).replace(['-', '_', '+'], " ");
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let digits = name.chars().filter(char::is_ascii_digit).count();
    let is_plain = !name.contains(['[', ']', '\\', '`', '<', '&', '*', '"', '$']);
    let is_safe = html::is_safe_source(url) && !path.starts_with("data:");
    (letters >= 3 && letters > digits * 2 && is_plain && is_safe).then_some(name)
}
