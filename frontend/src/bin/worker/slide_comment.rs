//! Writes the attributes of a slide into its `<!-- .slide: … -->` comment.

use std::ops::Range;

use crate::render_protocol::LineEdit;

/// The edit that gives a slide these attributes. `lines` is where the slide is, `text_line` its first
/// line that is not blank. A slide's first comment is written anew, every other one goes.
pub(crate) fn set_attributes(
    text: &str,
    lines: Range<u32>,
    text_line: u32,
    attributes: &[(String, String)],
) -> LineEdit {
    let all: Vec<&str> = text.split('\n').collect();
    let slide = all.get(lines.start as usize..lines.end as usize).unwrap_or_default().join("\n");
    let comment = comment(attributes);
    let mut written = String::new();
    let mut from = 0;
    let mut replaced = false;
    while let Some((start, end)) = find(&slide, from) {
        written.push_str(&slide[from..start]);
        from = end;
        if replaced || comment.is_empty() {
            // A line of its own goes with its comment.
            let alone = written.is_empty() || written.ends_with('\n');
            let ends = slide[end..].len() - slide[end..].trim_start_matches('\n').len();
            from += if alone { ends } else { 0 };
        } else {
            written.push_str(&comment);
        }
        replaced = true;
    }
    written.push_str(&slide[from..]);
    if replaced || comment.is_empty() {
        return LineEdit { lines, text: written.split('\n').map(str::to_owned).collect() };
    }
    LineEdit { lines: text_line..text_line, text: vec![comment, String::new()] }
}

/// Where the next comment for the slide begins and ends.
fn find(slide: &str, mut from: usize) -> Option<(usize, usize)> {
    while let Some(start) = slide[from..].find("<!--").map(|at| at + from) {
        let end = slide[start..].find("-->")? + start + 3;
        if slide[start + 4..end].trim_start().starts_with(".slide:") && !is_code(&slide[..start]) {
            return Some((start, end));
        }
        from = end;
    }
    None
}

/// Whether what follows is shown as code: a fence or a backtick is open.
fn is_code(before: &str) -> bool {
    let fence = |line: &&str| ["```", "~~~"].iter().any(|mark| line.trim_start().starts_with(mark));
    let line = before.rsplit('\n').next().unwrap_or_default();
    before.lines().filter(fence).count() % 2 == 1 || line.matches('`').count() % 2 == 1
}

fn comment(attributes: &[(String, String)]) -> String {
    if attributes.is_empty() {
        return String::new();
    }
    let mut comment = String::from("<!-- .slide:");
    for (name, value) in attributes {
        let quote = if value.contains('"') { '\'' } else { '"' };
        // What would end the quotes or the comment has no way to be written.
        let value = value.replace(if quote == '"' { '"' } else { '\'' }, "").replace("-->", "");
        comment.extend([" ", name, "="]);
        comment.extend([quote]);
        comment.push_str(&value);
        comment.extend([quote]);
    }
    comment + " -->"
}
