//! The settings on top of a deck: where they stand, what they may say, and what holds without them.

mod minutes;

use std::{collections::BTreeMap, ops::Range};

use serde::{Deserialize, Serialize};

use crate::{
    edit::LineEdit,
    lint::{self, Code, Problem},
    split::{self, Window},
    vocabulary::SLIDE_OPTIONS,
    yaml::{self, Entry, Value},
};

pub use self::minutes::{Minutes, SectionMinutes};

/// More than this is not read: no deck needs it, and the time to read it is bounded.
const MAX_BYTES: usize = 8 * 1024;

/// The themes of reveal.js.
#[rustfmt::skip]
pub const THEMES: [&str; 12] = [
    "beige", "black", "blood", "dracula", "league", "moon", "night", "serif", "simple", "sky",
    "solarized", "white",
];

/// What a deck gets that asks for a theme which does not exist.
pub const DEFAULT_THEME: &str = "black";

/// What a deck says about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrontMatter {
    /// The deck's name.
    pub title: Option<String>,
    /// One sentence about it.
    pub description: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The language of the text, such as `de`.
    pub lang: Option<String>,
    /// The direction of the text.
    pub dir: Option<Direction>,
    /// Whether a line break in the text is one on the slide.
    pub breaks: bool,
    /// One of [`THEMES`]; `None` if the deck does not ask for one.
    pub theme: Option<String>,
    /// Options for reveal.js, defaults included.
    pub options: BTreeMap<String, OptionValue>,
    /// How long sections may take.
    pub minutes: Minutes,
    /// Every other setting with a plain value, untouched.
    pub extra: BTreeMap<String, String>,
    /// Where it stands, blank lines above it included; empty if there is none.
    pub lines: Range<u32>,
}

/// The direction of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
}

/// The value of an option.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OptionValue {
    /// `true` or `false`
    Bool(bool),
    /// A number
    Number(f64),
    /// Anything else
    Text(String),
}

impl Default for FrontMatter {
    fn default() -> Self {
        let options = ["controls", "progress", "slideNumber", "center"]
            .map(|name| (name.to_owned(), OptionValue::Bool(true)));
        let transition = ("transition".to_owned(), OptionValue::Text("none".to_owned()));
        Self {
            title: None,
            description: None,
            tags: Vec::new(),
            lang: None,
            dir: None,
            breaks: true,
            theme: None,
            options: options.into_iter().chain([transition]).collect(),
            minutes: Minutes::default(),
            extra: BTreeMap::new(),
            lines: 0..0,
        }
    }
}

/// Finds the end of the front matter, in bytes, and how far one had to look for it.
pub(crate) fn find(window: &mut impl Window) -> (usize, usize) {
    let mut at = if window.text().starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut is_open = false;
    let looked_at = loop {
        let line = split::line(window, at);
        let text = &window.text()[at..line.end];
        let behind = line.next.unwrap_or(line.end);
        match text.trim_end() {
            "---" | "..." if is_open => break behind,
            "---" => is_open = true,
            _ if !is_open && !text.trim().is_empty() => break behind,
            _ => {}
        }
        let Some(next) = line.next else { break behind };
        at = next;
    };
    let text = split::normalize(&window.text()[..looked_at]);
    let lines: Vec<&str> = text.split('\n').collect();
    let found = block(&lines, &mut Vec::new());
    (if found.is_some() { looked_at } else { 0 }, looked_at)
}

/// Reads the front matter. What cannot be read is named, and the rest of it holds.
pub(crate) fn read(text: &str, problems: &mut Vec<Problem>) -> FrontMatter {
    let text = split::normalize(text);
    let lines: Vec<&str> = text.split('\n').collect();
    let mut front_matter = FrontMatter::default();
    let Some(block) = block(&lines, problems) else { return front_matter };
    front_matter.lines = 0..block.end as u32 + 1;
    let text = &lines[block.clone()];
    if text.iter().map(|line| line.len() + 1).sum::<usize>() > MAX_BYTES {
        problems.push(Problem::new(Code::FrontMatterTooLong, block.start - 1, []));
        return front_matter;
    }
    lint::settings(text, block.start, problems);
    let (value, errors) = yaml::read(text);
    for (line, message) in errors {
        problems.push(Problem::new(Code::BadYaml, block.start + line, [message]));
    }
    match value {
        Value::Map(entries) => {
            for entry in entries {
                front_matter.set(entry, &Place { lines: &lines, first: block.start }, problems);
            }
        }
        _ => {
            let message = "front matter is a list of `key: value` lines".to_owned();
            problems.push(Problem::new(Code::BadYaml, block.start, [message]));
        }
    }
    front_matter
}

/// Where the settings stand.
struct Place<'a> {
    lines: &'a [&'a str],
    first: usize,
}

impl Place<'_> {
    /// Removes a line, if nothing on the lines below belongs to it.
    fn removal(&self, line: usize, key: &str) -> Option<LineEdit> {
        let indent = |line: &str| line.len() - line.trim_start().len();
        let text = self.lines.get(line)?;
        let below = self.lines.get(line + 1).copied().unwrap_or_default();
        let is_whole = text.trim_start().starts_with(key)
            && !below.trim_start().starts_with("- ")
            && indent(below) <= indent(text);
        is_whole.then(|| LineEdit::replace(line..line + 1, Vec::new()))
    }
}

/// Finds the lines between the two marks.
fn block(lines: &[&str], problems: &mut Vec<Problem>) -> Option<Range<usize>> {
    let open = lines.iter().position(|line| !line.trim().is_empty())?;
    if lines[open].trim_end() != "---" {
        return None;
    }
    let start = open + 1;
    let body = &lines[start..];
    let Some(length) = body.iter().position(|line| matches!(line.trim_end(), "---" | "...")) else {
        if body.first().is_some_and(|line| is_setting(line)) {
            let settings = body.iter().take_while(|line| is_nested_setting(line)).count();
            let fix = LineEdit::insert(start + settings, "---");
            let problem = Problem::new(Code::FrontMatterUnclosed, open, []);
            problems.push(problem.with_fix("Close it below the settings", [fix]));
        }
        return None;
    };
    let body = &body[..length];
    let has_settings = body.iter().any(|line| is_setting(line));
    let blank_first = body.first().is_some_and(|line| line.trim().is_empty());
    let empty = body.iter().all(|line| line.trim().is_empty() || line.starts_with('#'));
    // A deck may begin with a separator: then no settings follow, or a blank line does.
    if !has_settings && (!empty || blank_first || open > 0) {
        return None;
    }
    if open > 0 {
        if blank_first {
            return None;
        }
        let problem = Problem::new(Code::FrontMatterAfterBlank, open, []);
        let fix = LineEdit::replace(0..open, Vec::new());
        problems.push(problem.with_fix("Remove the blank lines above", [fix]));
    }
    Some(start..start + length)
}

/// Whether a line belongs to settings: one of them, or a line indented below one.
fn is_nested_setting(line: &str) -> bool {
    is_setting(line) || (line.starts_with([' ', '\t', '-', '#']) && !line.trim().is_empty())
}

/// Whether a line reads like `key: value`, not indented.
fn is_setting(line: &str) -> bool {
    let Some(at) = line.find(':') else { return false };
    let (key, rest) = (line[..at].trim_matches(['"', '\'']), &line[at + 1..]);
    !key.is_empty()
        && key.chars().all(|c| c.is_alphanumeric() || "_-. ".contains(c))
        && !key.starts_with([' ', '-'])
        && (rest.is_empty() || rest.starts_with([' ', '\t']))
}

impl FrontMatter {
    fn set(&mut self, entry: Entry, place: &Place<'_>, problems: &mut Vec<Problem>) {
        let Entry { key, value, line } = entry;
        match key.as_str() {
            "title" => self.title = text(&value).filter(|title| !title.trim().is_empty()),
            "description" => self.description = text(&value),
            "lang" => self.lang = text(&value).filter(|lang| is_language(lang)),
            "tags" => self.tags = tags(&value),
            "breaks" => self.breaks = value != Value::Bool(false),
            "dir" => {
                self.dir = match text(&value).as_deref() {
                    Some("rtl") => Some(Direction::Rtl),
                    Some("ltr") => Some(Direction::Ltr),
                    _ => None,
                }
            }
            "minutes" => self.minutes = Minutes::read(value, line, place.first, problems),
            "slideOptions" => match value {
                Value::Map(options) => {
                    for option in options {
                        // Options inside brackets have no line of their own.
                        let at = place.first + option.line.max(line);
                        self.set_option(option, at, place, problems);
                    }
                }
                Value::Null => {}
                _ => problems.push(Problem::new(Code::OptionsShape, place.first + line, [])),
            },
            _ => {
                if let Some(value) = text(&value) {
                    self.extra.insert(key, value);
                }
            }
        }
    }

    fn set_option(
        &mut self,
        option: Entry,
        line: usize,
        place: &Place<'_>,
        problems: &mut Vec<Problem>,
    ) {
        let Entry { key, value, .. } = option;
        let remove = |problem: Problem| match place.removal(line, &key) {
            Some(edit) => problem.with_fix("Remove it", [edit]),
            None => problem,
        };
        if !SLIDE_OPTIONS.iter().any(|(name, _)| *name == key) {
            let problem = Problem::new(Code::OptionDropped, line, [key.clone()]);
            return problems.push(remove(problem));
        }
        let value = match value {
            Value::Null => return,
            Value::Bool(value) => OptionValue::Bool(value),
            Value::Number(value) => OptionValue::Number(value),
            Value::Text(value) => OptionValue::Text(value),
            Value::List(_) | Value::Map(_) => {
                return problems.push(Problem::new(Code::OptionShape, line, [key]));
            }
        };
        match (key.as_str(), value) {
            ("theme", OptionValue::Text(theme)) if THEMES.contains(&theme.as_str()) => {
                self.theme = Some(theme);
            }
            ("theme", value) => {
                self.theme = Some(DEFAULT_THEME.to_owned());
                problems.push(unknown_theme(&value, line, place));
            }
            // The direction of the text decides, so that slides and text never disagree.
            ("rtl", _) => problems.push(remove(Problem::new(Code::OptionRtl, line, []))),
            (_, value) => {
                self.options.insert(key, value);
            }
        }
    }
}

fn unknown_theme(value: &OptionValue, line: usize, place: &Place<'_>) -> Problem {
    let asked = match value {
        OptionValue::Text(text) => text.clone(),
        OptionValue::Number(number) => number.to_string(),
        OptionValue::Bool(flag) => flag.to_string(),
    };
    let nearest = THEMES.into_iter().min_by_key(|theme| lint::distance(&asked, theme));
    let nearest = nearest.unwrap_or(DEFAULT_THEME);
    let problem = Problem::new(Code::ThemeUnknown, line, [asked.clone(), THEMES.join(", ")]);
    let fixed = place
        .lines
        .get(line)
        .and_then(|text| Some((text.rsplit_once(&asked)?, text.find("theme")?)))
        .filter(|((before, _), key)| before.len() > *key)
        .map(|((before, after), _)| format!("{before}{nearest}{after}"));
    match fixed {
        Some(text) => {
            let edit = LineEdit::replace(line..line + 1, vec![text]);
            problem.with_fix(&format!("Use `{nearest}`"), [edit])
        }
        None => problem,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn tags(value: &Value) -> Vec<String> {
    let list = match value {
        Value::List(items) => items.iter().filter_map(text).collect(),
        other => text(other).unwrap_or_default().split(',').map(str::to_owned).collect::<Vec<_>>(),
    };
    list.iter().map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect()
}

fn is_language(lang: &str) -> bool {
    !lang.is_empty()
        && lang.len() <= 35
        && lang.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::parse;

    #[track_caller]
    fn check(source: &str, expected: Expect) {
        let deck = parse(source);
        let default = FrontMatter::default();
        let f = deck.front_matter;
        let mut shown = format!("lines {:?}\n", f.lines);
        if let Some(title) = f.title {
            shown += &format!("title {title}\n");
        }
        if f.theme.is_some() {
            shown += &format!("theme {:?}\n", f.theme);
        }
        if !f.breaks {
            shown += "no breaks\n";
        }
        if !f.tags.is_empty() || f.lang.is_some() || f.dir.is_some() {
            shown += &format!("tags {:?} lang {:?} dir {:?}\n", f.tags, f.lang, f.dir);
        }
        for (name, value) in f.options {
            if default.options.get(&name) != Some(&value) {
                shown += &format!("{name} = {value:?}\n");
            }
        }
        for (name, value) in f.extra {
            shown += &format!("extra {name} = {value}\n");
        }
        for problem in deck.problems {
            let line = problem.lines.start;
            shown += &format!("{line}: {:?}: {}\n", problem.code, problem.message);
        }
        expected.assert_eq(&shown);
    }

    #[test]
    fn a_typical_deck() {
        check(
            "---\ntitle: The Call\ntype: slide\ntags: a, b\nlang: de\ndir: rtl\nslideOptions:\n  theme: white\n  transition: 'slide'\n  width: 1280\n  center: false\n---\n\n# a",
            expect![[r#"
                lines 0..12
                title The Call
                theme Some("white")
                tags ["a", "b"] lang Some("de") dir Some(Rtl)
                center = Bool(false)
                transition = Text("slide")
                width = Number(1280.0)
                extra type = slide
            "#]],
        );
        check(
            "---\ntags: [a, b]\nbreaks: false\ntitle: 2026\n...\n# a",
            expect![[r#"
            lines 0..5
            title 2026
            no breaks
            tags ["a", "b"] lang None dir None
        "#]],
        );
    }

    #[test]
    fn the_defaults_hold_without_front_matter() {
        let front_matter = parse("# a").front_matter;
        assert_eq!(front_matter, FrontMatter::default());
        assert_eq!(front_matter.options["transition"], OptionValue::Text("none".to_owned()));
        assert_eq!(front_matter.options["slideNumber"], OptionValue::Bool(true));
    }

    #[test]
    fn blank_lines_and_a_byte_order_mark_are_forgiven() {
        check(
            "\u{feff}---\ntitle: x\n---\n",
            expect![[r#"
            lines 0..3
            title x
        "#]],
        );
        check(
            "\n\n---\ntitle: x\n---\n",
            expect![[r#"
            lines 0..5
            title x
            2: FrontMatterAfterBlank: blank lines above the front matter make other programs overlook it
        "#]],
        );
    }

    #[test]
    fn a_separator_is_not_front_matter() {
        for source in ["---\n\n# a\n\n---\n\n# b", "\n---\n\na: b\n\n---\n\nc", "---\nx\n---\n"] {
            assert_eq!(parse(source).front_matter.lines, 0..0, "{source:?}");
        }
        check(
            "---\n---\n# a",
            expect![[r#"
            lines 0..2
        "#]],
        );
        check(
            "---\ntitle: x\n\n# a",
            expect![[r#"
            lines 0..0
            0: FrontMatterUnclosed: the front matter is never closed with `---`
            0: SeparatorNoBlankAfter: `---` needs a blank line below it to begin a new slide
        "#]],
        );
    }

    #[test]
    fn bad_settings_are_named_and_the_rest_holds() {
        check(
            "---\ntitle: [\ntheme: x\nslideOptions:\n  theme: white\n---\n",
            expect![[r#"
                lines 0..6
                theme Some("white")
                extra theme = x
                1: BadYaml: this line of the front matter cannot be read: `[` is never closed
            "#]],
        );
        check(
            "---\nslideOptions:\n  theme: cern\n  rtl: true\n  foo: 1\n  width: [1]\n---\n",
            expect![[r#"
                lines 0..7
                theme Some("black")
                2: ThemeUnknown: there is no theme `cern`; there are beige, black, blood, dracula, league, moon, night, serif, simple, sky, solarized, white
                3: OptionRtl: `rtl` is set by `dir: rtl`, outside of `slideOptions`
                4: OptionDropped: `foo` is not an option for slides, so it does nothing
                5: OptionShape: `width` needs a single value
            "#]],
        );
        check(
            "---\nslideOptions: yes\n---\n",
            expect![[r#"
                lines 0..3
                1: OptionsShape: `slideOptions` is a list of indented `key: value` lines
            "#]],
        );
        check(
            "---\nslideOptions: {theme: sky, foo: 1}\n---\n",
            expect![[r#"
                lines 0..3
                theme Some("sky")
                1: OptionDropped: `foo` is not an option for slides, so it does nothing
            "#]],
        );
    }

    #[test]
    fn too_much_front_matter_is_not_read() {
        let source = format!("---\ntitle: x\nnote: {}\n---\n\n# a", "y".repeat(MAX_BYTES));
        check(
            &source,
            expect![[r#"
            lines 0..4
            0: FrontMatterTooLong: the front matter is longer than 8 KB and is not read
        "#]],
        );
    }
}
