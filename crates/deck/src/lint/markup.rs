//! Images without alternative text, style sheets, and comments that ask for what they cannot have.

use std::ops::Range;

use pulldown_cmark::{Event, Tag, TagEnd};

use crate::{
    address, attributes,
    edit::LineEdit,
    html,
    lint::{Code, Problem, css},
    markdown, prepare,
    tags::{self, Token},
};

/// Looks at the Markdown of a slide. It is parsed only if there is something to be seen in it.
pub(crate) fn check(lines: &[&str], source: &str, problems: &mut Vec<Problem>) {
    let of_interest = ["![]", "<img", "<IMG", "style", ".element"];
    if !of_interest.iter().any(|word| source.contains(word)) {
        return;
    }
    let prepared = prepare::prepare(source);
    let text = prepared.text.as_ref();
    let mut check = Check { lines, text, problems };
    let mut image: Option<(Range<usize>, String, bool)> = None;
    for (event, range) in markdown::parser(text).into_offset_iter() {
        match event {
            Event::Start(Tag::Image { dest_url, .. }) if image.is_none() => {
                image = Some((range, dest_url.to_string(), false));
            }
            Event::End(TagEnd::Image) => {
                if let Some((range, url, false)) = image.take() {
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

struct Check<'a> {
    lines: &'a [&'a str],
    /// The Markdown as the parser gets it: its lines are those of the slide.
    text: &'a str,
    problems: &'a mut Vec<Problem>,
}

impl Check<'_> {
    fn line_at(&self, offset: usize) -> usize {
        let above = &self.text.as_bytes()[..offset.min(self.text.len())];
        above.iter().filter(|byte| **byte == b'\n').count().min(self.lines.len().saturating_sub(1))
    }

    /// Names a problem, with a fix that replaces the only such text on the line.
    fn name(&mut self, problem: Problem, title: &str, wrong: &str, right: &str) {
        let line = problem.lines.start as usize;
        let text = self.lines.get(line).copied().unwrap_or_default();
        let once = text.matches(wrong).count() == 1 && wrong != right;
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
        if name == "img" && value("alt").is_none() {
            self.image(offset, value("src").unwrap_or_default(), "<img", "<img alt=\"ALT\"");
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
