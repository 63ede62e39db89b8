//! Declarations in style sheets and `style` attributes that a browser will ignore.
//!
//! Only what is surely wrong is named. Anything that is not understood is taken for sound, so new CSS
//! raises no alarm.

use super::{distance, names::PROPERTIES};

/// A declaration that does nothing.
#[derive(Debug, PartialEq)]
pub(crate) struct Finding {
    /// Where it begins.
    pub(crate) at: usize,
    pub(crate) wrong: String,
    pub(crate) right: String,
}

/// Looks at a style sheet.
pub(crate) fn sheet(css: &str) -> Vec<Finding> {
    scan(css, false)
}

/// Looks at what a `style` attribute holds.
pub(crate) fn declarations(css: &str) -> Vec<Finding> {
    scan(css, true)
}

/// Blocks whose lines are no properties.
const OTHER_BLOCKS: [&str; 6] =
    ["@font-face", "@font-feature", "@font-palette", "@property", "@counter-style", "@page"];

fn scan(css: &str, in_block: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut blocks = vec![in_block];
    let mut start = 0;
    for (end, mark) in Marks::new(css) {
        let statement = &css[start..end];
        let begin = skip_blanks(statement);
        if mark == b'{' {
            let prelude = &statement[begin..];
            blocks.push(!OTHER_BLOCKS.iter().any(|name| prelude.starts_with(name)));
        } else {
            if blocks.last() == Some(&true) {
                findings.extend(declaration(&statement[begin..], start + begin));
            }
            // The outermost block of an attribute is never closed.
            if mark == b'}' && blocks.len() > 1 {
                blocks.pop();
            }
        }
        start = (end + 1).min(css.len());
    }
    findings
}

/// The length of the blanks and comments that a text begins with.
fn skip_blanks(text: &str) -> usize {
    let mut rest = text.trim_start();
    while let Some(comment) = rest.strip_prefix("/*") {
        let Some((_, after)) = comment.split_once("*/") else { return text.len() };
        rest = after.trim_start();
    }
    text.len() - rest.len()
}

/// The `;`, `{` and `}` of a style sheet that are not within strings, comments or brackets; then its end.
struct Marks<'a> {
    css: &'a [u8],
    at: usize,
    brackets: usize,
    ended: bool,
}

impl<'a> Marks<'a> {
    fn new(css: &'a str) -> Self {
        Self { css: css.as_bytes(), at: 0, brackets: 0, ended: false }
    }

    /// Behind the string that begins here; it ends with its line at the latest.
    fn behind_string(&self, quote: u8) -> usize {
        let mut at = self.at + 1;
        while let Some(byte) = self.css.get(at) {
            match byte {
                b'\\' => at += 1,
                b'\n' => return at,
                byte if *byte == quote => return at + 1,
                _ => {}
            }
            at += 1;
        }
        self.css.len()
    }
}

impl Iterator for Marks<'_> {
    type Item = (usize, u8);

    fn next(&mut self) -> Option<(usize, u8)> {
        while let Some(&byte) = self.css.get(self.at) {
            let here = self.at;
            match byte {
                b'"' | b'\'' => self.at = self.behind_string(byte),
                b'\\' => self.at += 2,
                b'/' if self.css[here..].starts_with(b"/*") => {
                    let end = self.css[here + 2..].windows(2).position(|pair| pair == b"*/");
                    self.at = end.map_or(self.css.len(), |length| here + length + 4);
                }
                b'(' | b'[' => (self.at, self.brackets) = (here + 1, self.brackets + 1),
                b')' | b']' => {
                    (self.at, self.brackets) = (here + 1, self.brackets.saturating_sub(1));
                }
                b'{' | b'}' => {
                    (self.at, self.brackets) = (here + 1, 0);
                    return Some((here, byte));
                }
                b';' if self.brackets == 0 => {
                    self.at += 1;
                    return Some((here, byte));
                }
                _ => self.at += 1,
            }
        }
        let is_end = !std::mem::replace(&mut self.ended, true);
        is_end.then_some((self.css.len(), b';'))
    }
}

/// Looks at one declaration.
fn declaration(text: &str, at: usize) -> Option<Finding> {
    let text = text.trim_end();
    let found = |wrong: &str, right: String| Some(Finding { at, wrong: wrong.to_owned(), right });
    let length = text.bytes().take_while(|b| b.is_ascii_alphabetic() || *b == b'-').count();
    let (name, rest) = text.split_at(length);
    if name.is_empty() || name.starts_with('-') {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let Some(value) = rest.trim_start().strip_prefix(':').map(str::trim) else {
        let value = rest.trim_start().trim_start_matches('=').trim_start();
        let is_alone = !value.is_empty() && !text.contains([':', '\n']);
        let is_apart = rest.starts_with(char::is_whitespace) || rest.starts_with('=');
        return (is_known(&name) && is_alone && is_apart)
            .then(|| found(text, format!("{name}: {value}")))?;
    };
    if let Some((first, _)) = text.split_once('\n').filter(|(_, below)| begins_another(below)) {
        let first = first.trim_end();
        return found(first, format!("{first};"));
    }
    if !is_known(&name) {
        let near = PROPERTIES.iter().find(|known| {
            known.len() > 3 && known.len().abs_diff(name.len()) < 2 && distance(&name, known) == 1
        })?;
        return found(text, format!("{near}: {value}"));
    }
    let (value, important) = match value.strip_suffix("!important") {
        Some(value) => (value.trim_end(), " !important"),
        None => (value, ""),
    };
    let right = unquoted(&name, value).map(str::to_owned).or_else(|| with_units(&name, value))?;
    found(text, format!("{name}: {right}{important}"))
}

fn is_known(name: &str) -> bool {
    PROPERTIES.binary_search(&name).is_ok()
}

/// Whether another declaration begins below, so that a semicolon is missing.
fn begins_another(below: &str) -> bool {
    below.lines().any(|line| {
        line.split_once(':').is_some_and(|(name, _)| is_known(&name.trim().to_ascii_lowercase()))
    })
}

/// A colour or a length that stands in quotes.
fn unquoted<'a>(name: &str, value: &'a str) -> Option<&'a str> {
    /// Properties that take strings.
    const TEXTS: [&str; 8] =
        ["content", "quotes", "font", "grid", "list-style", "hyphenate", "text-emphasis", "string"];
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = value[1..].strip_suffix(quote).filter(|inner| !inner.contains(quote))?.trim();
    let takes_text = TEXTS.iter().any(|text| name.starts_with(text)) && name != "font-size";
    (!takes_text && (is_color(inner) || is_length(inner))).then_some(inner)
}

fn is_color(text: &str) -> bool {
    #[rustfmt::skip]
    const COLORS: [&str; 24] = [
        "aqua", "black", "blue", "brown", "crimson", "cyan", "fuchsia", "gold", "gray", "green",
        "grey", "lime", "magenta", "maroon", "navy", "olive", "orange", "pink", "purple", "red",
        "silver", "teal", "white", "yellow",
    ];
    let lower = text.to_ascii_lowercase();
    let is_hex = lower.strip_prefix('#').is_some_and(|digits| {
        matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|b| b.is_ascii_hexdigit())
    });
    is_hex
        || COLORS.contains(&lower.as_str())
        || ["rgb(", "rgba(", "hsl(", "hsla("].iter().any(|function| lower.starts_with(function))
}

fn is_length(text: &str) -> bool {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    let unit = &text[number.len()..];
    number.parse::<f32>().is_ok()
        && ["px", "em", "rem", "pt", "%", "vw", "vh", "cm", "mm"].contains(&unit)
}

/// Lengths that lack their unit, with pixels added.
fn with_units(name: &str, value: &str) -> Option<String> {
    let takes_lengths = ["margin", "padding", "max-", "min-"].iter().any(|p| name.starts_with(p))
        && !name.ends_with("trim")
        || matches!(
            name,
            "font-size"
                | "width"
                | "height"
                | "top"
                | "right"
                | "bottom"
                | "left"
                | "inset"
                | "gap"
                | "row-gap"
                | "column-gap"
                | "border-radius"
                | "border-width"
                | "letter-spacing"
                | "word-spacing"
                | "text-indent"
                | "outline-width"
                | "outline-offset"
        );
    let is_plain =
        |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "-.%".contains(c);
    if !takes_lengths || !value.chars().all(is_plain) {
        return None;
    }
    let lacks_unit = |word: &&str| {
        word.ends_with(|c: char| c.is_ascii_digit())
            && word.parse::<f32>().is_ok_and(|number| number != 0.0)
    };
    value.split_whitespace().any(|word| lacks_unit(&word)).then(|| {
        let words = value
            .split_whitespace()
            .map(|word| if lacks_unit(&word) { format!("{word}px") } else { word.to_owned() });
        words.collect::<Vec<_>>().join(" ")
    })
}
