//! What a slide is called: its first heading, or its first words.

use pulldown_cmark::{Event, Parser};

use crate::{emoji, fence::Fence, markdown};

/// The title of a slide.
pub(crate) fn of_slide(lines: &[&str]) -> String {
    let mut first_text = None;
    let heading = scan(lines, |level, line| {
        if level.is_some() {
            Some(plain(line)).filter(|text| !text.is_empty())
        } else {
            if first_text.is_none() {
                first_text = Some(plain(line)).filter(|text| !text.is_empty());
            }
            None
        }
    });
    heading.or(first_text).unwrap_or_default()
}

/// A heading: its line among those it was looked for in, and its level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Heading {
    pub(crate) line: usize,
    pub(crate) level: usize,
}

/// The heading that gives the slide its title.
pub(crate) fn heading(lines: &[&str]) -> Option<Heading> {
    let (level, text) = scan(lines, |level, line| {
        Some((level?, line))
            .filter(|(_, line)| !plain(line).is_empty())
            .map(|(level, line)| (level, line.as_ptr()))
    })?;
    let line = lines.iter().position(|line| line.as_ptr() == text)?;
    Some(Heading { line, level })
}

/// The first heading of the first level.
pub(crate) fn first_h1(source: &str) -> Option<String> {
    let lines: Vec<&str> = source.split('\n').collect();
    scan(&lines, |level, line| {
        (level == Some(1)).then(|| plain(line)).filter(|text| !text.is_empty())
    })
}

/// The text of one line of Markdown, without its marks.
pub(crate) fn plain(line: &str) -> String {
    let text = line.trim();
    let unmarked = text.trim_start_matches('#');
    let text = if unmarked.starts_with(' ') { unmarked.trim() } else { text };
    if !text.contains(|c: char| c.is_ascii_punctuation() && !",()/?".contains(c)) {
        return text.to_owned();
    }
    let mut plain = String::new();
    for event in Parser::new_ext(line.trim(), markdown::options()) {
        match event {
            Event::Text(text) | Event::Code(text) => plain.push_str(&text),
            Event::Html(html) | Event::InlineHtml(html) => push_outside_tags(&mut plain, &html),
            Event::SoftBreak | Event::HardBreak => plain.push(' '),
            _ => {}
        }
    }
    let plain = emoji::replace(&plain);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The title with everything escaped that Markdown could take for a mark.
pub(crate) fn escape(title: &str) -> String {
    let mut out = String::with_capacity(title.len() + 8);
    for c in title.chars() {
        if "\\`*_{}[]<>#+-.!|~^=:$&\"'@()".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn push_outside_tags(plain: &mut String, html: &str) {
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => plain.push(c),
            _ => {}
        }
    }
}

/// Calls `visit` with each line of text and its heading level, until it answers. Code, comments and
/// style sheets are passed over.
fn scan<T>(lines: &[&str], mut visit: impl FnMut(Option<usize>, &str) -> Option<T>) -> Option<T> {
    let mut fence = Fence::default();
    let mut until: Option<&str> = None;
    for (index, line) in lines.iter().enumerate() {
        if let Some(end) = until {
            if line.contains(end) {
                until = None;
            }
            continue;
        }
        if fence.feed(line) || fence.is_open() || line.trim().is_empty() {
            continue;
        }
        let text = line.trim_start();
        if text.starts_with("<style") || text.starts_with("<!--") {
            let end = if text.starts_with("<!--") { "-->" } else { "</style" };
            if !text.contains(end) {
                until = Some(end);
            }
            continue;
        }
        let below = lines.get(index + 1).copied().unwrap_or_default();
        let found = visit(level(line, below), line);
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The level of the heading that a line is, given the one below it.
pub(crate) fn level(line: &str, below: &str) -> Option<usize> {
    let text = line.trim_start_matches(' ');
    if line.len() - text.len() > 3 {
        return None;
    }
    let marks = text.len() - text.trim_start_matches('#').len();
    if (1..=6).contains(&marks) && text[marks..].chars().next().is_none_or(char::is_whitespace) {
        return Some(marks);
    }
    if let [b'<', b'h' | b'H', digit @ b'1'..=b'6', b'>' | b' ', ..] = text.as_bytes() {
        return Some(usize::from(digit - b'0'));
    }
    let underline = below.trim_end();
    let is_list = text.starts_with(['-', '*', '+', '>', '|', '<']);
    if underline.is_empty() || is_list || marks > 0 {
        None
    } else if underline.trim_start_matches('=').is_empty() {
        Some(1)
    } else if underline.trim_start_matches('-').is_empty() {
        Some(2)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::parse;

    #[track_caller]
    fn check(source: &str, expected: &str) {
        assert_eq!(parse(source).slides[0].title, expected, "{source:?}");
    }

    #[test]
    fn headings_come_first() {
        check("text\n\n## A *b* `c` [d](https://example.org)", "A b c d");
        check("# <font color=\"red\">Red</font> <b>hat</b> ##", "Red hat");
        check("Big\n===\n", "Big");
        check("<h2 class=\"x\">Raw</h2>", "Raw");
        check("#\n\n## Second", "Second");
        check("# Done :tada: at 12:30:45", "Done 🎉 at 12:30:45");
        check("# a & b &amp; c\\*", "a & b & c*");
    }

    #[test]
    fn else_the_first_text() {
        check("<style>\n# no {}\n</style>\n<!-- no -->\n\n- **one**\n- two", "one");
        check("```\n# no\n```\n\n![A map](x.png)", "A map");
        check("#hashtag", "#hashtag");
        check("", "");
    }
}
