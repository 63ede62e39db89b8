//! The variables of a template, and what fills them.

use std::{collections::HashMap, ops::Range};

use crate::{
    LiveDeck,
    characters::{head, tail},
    dates::Date,
    split, title,
    yaml::{escaped, quoted},
};

/// What fills the variables of a template.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// What the call is called.
    pub title: String,
    /// When it is.
    pub date: Date,
    /// The how-manieth it is.
    pub number: u32,
    /// When the one before was, if there was one.
    pub previous: Option<Date>,
}

/// What stands for the day of a call that never was.
const NONE: &str = "–";
/// Between its braces, a variable is no longer than this, blanks included.
const MAX_NAME: usize = 64;
/// So many bytes on each side tell how Markdown takes a value.
const AROUND: usize = 100;
/// So many places of a template are tried out; in those behind them, a value stands as it is.
const TRIES: usize = 500;

/// The template with its variables filled; those with a name that is not known stay.
pub(super) fn fill(template: &str, values: &Values) -> String {
    let text = split::normalize(template);
    let deck = LiveDeck::new(&text);
    let front = deck.front_matter();
    let settings = front.lines.start..front.lines.end.saturating_sub(1);
    let lang = front.lang.as_deref().unwrap_or_default();
    let mut known = Known { values, lang, found: HashMap::new(), tries: 0 };
    let filled = text.split('\n').enumerate().map(|(index, line)| {
        if settings.contains(&(index as u32)) {
            return setting(line, &mut known);
        }
        replaced(line, |name, place| known.in_markdown(name, line, place))
    });
    filled.collect::<Vec<_>>().join("\n")
}

impl Values {
    fn get(&self, name: &str, lang: &str) -> Option<String> {
        Some(match name {
            "date" => self.date.to_string(),
            "date:long" => self.date.long(lang),
            // A line break or the end of a comment would end what the title stands in.
            "title" => {
                let words: Vec<&str> = self.title.split_whitespace().collect();
                words.join(" ").replace("-->", "→")
            }
            "number" => self.number.to_string(),
            "previous" => self.previous.map_or_else(|| NONE.to_owned(), |date| date.to_string()),
            _ => return None,
        })
    }
}

/// A value, as it is and with all escaped that Markdown could take for a mark.
struct Value {
    plain: String,
    escaped: String,
}

/// The values that were asked for; most templates name each of them more than once.
struct Known<'a> {
    values: &'a Values,
    lang: &'a str,
    found: HashMap<String, Option<Value>>,
    tries: usize,
}

impl Known<'_> {
    fn get(&mut self, name: &str) -> Option<&Value> {
        if !self.found.contains_key(name) {
            let plain = self.values.get(name, self.lang);
            let value = plain.map(|plain| Value { escaped: title::escape(&plain), plain });
            self.found.insert(name.to_owned(), value);
        }
        self.found.get(name)?.as_ref()
    }

    fn plain(&mut self, name: &str) -> Option<String> {
        self.get(name).map(|value| value.plain.clone())
    }

    /// The value as it is, unless Markdown would take it for something else where it goes.
    fn in_markdown(&mut self, name: &str, line: &str, place: Range<usize>) -> Option<String> {
        let may_try = self.tries < TRIES;
        let value = self.get(name)?;
        if !may_try || is_harmless(&value.plain) {
            return Some(value.plain.clone());
        }
        let (before, behind) = (&line[..place.start], &line[place.end..]);
        let (near, next) = (tail(before, AROUND), head(behind, AROUND));
        // What does not begin the line must not be taken for a list or a heading.
        let start = if near.len() < before.len() { "x" } else { "" };
        let reads = |written: &str| {
            title::plain(&format!("{start}{near}{written}{next}")).contains(&value.plain)
        };
        let is_mistaken = !reads(&value.plain) && reads(&value.escaped);
        let found = if is_mistaken { &value.escaped } else { &value.plain }.clone();
        self.tries += 1;
        Some(found)
    }
}

/// Whether a value is letters, digits and blanks, or a day such as `2024-04-11`.
fn is_harmless(value: &str) -> bool {
    value.chars().all(|c| c.is_alphanumeric() || c == ' ') || Date::parse(value).is_some()
}

/// Replaces each `{{name}}` that there is a value for, given where it stands.
fn replaced(line: &str, mut value: impl FnMut(&str, Range<usize>) -> Option<String>) -> String {
    let mut out = String::with_capacity(line.len());
    let mut at = 0;
    while let Some(start) = line[at..].find("{{").map(|start| at + start) {
        let end = head(&line[start..], MAX_NAME).find("}}").map(|end| start + end);
        out.push_str(&line[at..start]);
        let value = end
            .and_then(|end| Some((value(line[start + 2..end].trim(), start..end + 2)?, end + 2)));
        match value {
            Some((value, end)) => {
                out.push_str(&value);
                at = end;
            }
            None => {
                out.push_str("{{");
                at = start + 2;
            }
        }
    }
    out + &line[at..]
}

/// A line of the front matter. A value that is in no quotes gets some, so that nothing in it can be
/// taken for a sign of YAML.
fn setting(line: &str, known: &mut Known<'_>) -> String {
    let key = line.find(": ").map(|at| at + 2);
    let item = || line.trim_start().starts_with("- ").then(|| line.find("- ").map(|at| at + 2));
    let at = key.or_else(|| item().flatten()).unwrap_or(0);
    let value = line[at..].trim();
    let is_plain = !value.starts_with(['"', '\'', '[', '#', '|', '>']);
    let text = replaced(value, |name, _| known.plain(name));
    if is_plain && text != value {
        return format!("{}{}", &line[..at], quoted(&text));
    }
    let (mut quotes, mut read) = (Quotes::default(), 0);
    replaced(line, |name, place| {
        let value = known.plain(name)?;
        quotes.read(&line[read..place.start]);
        read = place.start;
        Some(match quotes.open {
            Some('"') => escaped(&value),
            Some(_) => value.replace('\'', "''"),
            None => quoted(&value),
        })
    })
}

/// The quotes that are open behind some text.
#[derive(Default)]
struct Quotes {
    open: Option<char>,
    is_escaped: bool,
}

impl Quotes {
    fn read(&mut self, text: &str) {
        for c in text.chars() {
            match self.open {
                Some('"') if self.is_escaped => self.is_escaped = false,
                Some('"') if c == '\\' => self.is_escaped = true,
                Some(quote) if c == quote => self.open = None,
                None if matches!(c, '"' | '\'') => self.open = Some(c),
                _ => {}
            }
        }
    }
}
