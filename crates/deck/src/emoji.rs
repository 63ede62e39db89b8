//! Emoji by their shortcodes, such as `tada`.

use std::{cmp::Ordering, ops::Range};

/// Made by `build.rs`: lines of a shortcode, a blank and its emoji, in the order of their bytes. One
/// text, since that takes little room in WASM.
const LINES: &str = include_str!(concat!(env!("OUT_DIR"), "/emoji.txt"));
/// No shortcode is longer.
const MAX_NAME: usize = 48;

/// The emoji of a shortcode, whatever its case.
pub fn find(shortcode: &str) -> Option<&'static str> {
    let shortcode = shortcode.to_ascii_lowercase();
    let (mut low, mut high) = (0, LINES.len());
    while low < high {
        let middle = low + (high - low) / 2;
        // A line end is one byte, so these are places between characters.
        let start = LINES.as_bytes()[low..middle].iter().rposition(|byte| *byte == b'\n');
        let start = start.map_or(low, |at| low + at + 1);
        let end = LINES.as_bytes()[middle..high].iter().position(|byte| *byte == b'\n');
        let end = end.map_or(high, |at| middle + at);
        let (known, sign) = LINES[start..end].split_once(' ')?;
        match shortcode.as_str().cmp(known) {
            Ordering::Less => high = start,
            Ordering::Greater => low = end + 1,
            Ordering::Equal => return Some(sign),
        }
    }
    None
}

/// All shortcodes and their emoji, in alphabetical order.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    LINES.lines().filter_map(|line| line.split_once(' '))
}

/// Finds the next `:shortcode:` from `from` on, and its emoji.
pub(crate) fn next(text: &str, from: usize) -> Option<(Range<usize>, &'static str)> {
    let mut colon = from + text[from..].find(':')?;
    loop {
        let end = colon + 1 + text[colon + 1..].find(':')?;
        let name = &text[colon + 1..end];
        if name.len() <= MAX_NAME
            && let Some(sign) = find(name)
        {
            return Some((colon..end + 1, sign));
        }
        colon = end;
    }
}

/// A text with emoji for its shortcodes.
pub(crate) fn replace(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some((range, sign)) = next(text, at) {
        out.push_str(&text[at..range.start]);
        out.push_str(sign);
        at = range.end;
    }
    out + &text[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcodes_are_found_whatever_their_case() {
        for (name, sign) in
            [("tada", "🎉"), ("TaDa", "🎉"), ("+1", "👍"), ("heart", "❤️"), ("de", "🇩🇪")]
        {
            assert_eq!(find(name), Some(sign), "{name}");
        }
        for name in ["no_such_thing", "", "\n", "tada 🎉"] {
            assert_eq!(find(name), None, "{name:?}");
        }
    }

    #[test]
    fn shortcodes_in_a_text() {
        assert_eq!(replace("a :tada: 12:30:45 :x:+1:"), "a 🎉 12:30:45 ❌+1:");
    }

    #[test]
    fn every_shortcode_is_found() {
        assert!(all().count() > 1_800);
        for (name, sign) in all() {
            assert_eq!(find(name), Some(sign));
            assert!(name.len() <= MAX_NAME, "{name}");
        }
    }
}
