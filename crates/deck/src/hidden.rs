//! Hides the signs in addresses from whatever reads marks, until the addresses are found.

use std::borrow::Cow;

use crate::linkify;

/// What may stand in an address and mean something else outside of it.
const SIGNS: [char; 15] =
    ['*', '_', '~', '$', '\\', '&', '[', ']', '=', '+', '.', ',', ';', '?', '!'];
/// The sign at place `n` is written as the character `FIRST + n`, which no text may hold.
const FIRST: u32 = 0xFDD0;

/// Whether this stands for a sign in an address.
pub(crate) fn is_hidden(c: char) -> bool {
    (FIRST..FIRST + SIGNS.len() as u32).contains(&u32::from(c))
}

/// Hides the signs in the addresses of a line. Those that are the target of a link, or stand in a
/// tag, are none of running text and are left alone.
pub(crate) fn hide(line: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    let mut from = 0;
    while let Some(range) = linkify::find_with_scheme(line, from) {
        from = range.end;
        let before = line[..range.start].trim_end_matches([' ', '\t']);
        let is_near = before.len() == range.start;
        let is_target = before.ends_with("](")
            || before.ends_with("]:")
            || is_near && before.ends_with(['<', '=']) && !before.ends_with("==")
            || is_near && (before.ends_with("=\"") || before.ends_with("='"));
        if is_target {
            continue;
        }
        // In a table, a bar ends the cell.
        let address = &line[range.clone()];
        let bar = address.find('|');
        let address = bar.map_or(address, |bar| address[..bar].trim_end_matches('\\'));
        out.push_str(&line[done..range.start]);
        out.extend(address.chars().map(|c| sign(c).unwrap_or(c)));
        done = range.start + address.len();
    }
    if done == 0 {
        return Cow::Borrowed(line);
    }
    out.push_str(&line[done..]);
    Cow::Owned(out)
}

fn sign(c: char) -> Option<char> {
    let place = SIGNS.iter().position(|sign| *sign == c)?;
    char::from_u32(FIRST + place as u32)
}

/// Takes characters that would be taken for hidden signs out of a text.
pub(crate) fn without_hidden(text: &str) -> Cow<'_, str> {
    if text.contains(is_hidden) { Cow::Owned(text.replace(is_hidden, "")) } else { text.into() }
}

/// Shows the signs that were hidden.
pub(crate) fn show(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let shown = |c| if is_hidden(c) { SIGNS[(u32::from(c) - FIRST) as usize] } else { c };
    Cow::Owned(text.chars().map(shown).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_running_text_are_hidden() {
        for source in ["https://a.example/_b_?c=[d]&e~f.", "x *https://a.example/*b* \\_"] {
            let hidden = hide(source);
            assert_ne!(hidden, source);
            assert_eq!(show(&hidden), source);
        }
        for source in [
            "[a](https://a.example/_b_)",
            "[a]: https://a.example/_b_",
            "<https://a.example/_b_>",
            "<a href=\"https://a.example/_b_\">",
            "a_b_c example.org/_b_",
        ] {
            assert_eq!(hide(source), source);
        }
    }
}
